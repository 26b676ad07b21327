"""The organisation's required check: a ruleset that makes a workflow run on every pull request.

`ruleset` says what is wanted, `workflow_file` whether it can be required, `planning` compares it
with what is there, without touching anything, `world` reads and writes: the steps of a plan, and
nothing else.
"""
