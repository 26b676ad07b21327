"""The edge to GitHub: reads what it is told to read, and obeys a `ReviewPlan`; decides nothing.

`connection` speaks to the API, with bounds on what it waits for. Upon it stand `contents` (files at
a commit), `pull_request` (what a pull request shows and says), `reviewing` (comments), `settings`
(what protects branches and environments) and `run_token` (the run's own OIDC token). Whatever
GitHub refuses is a `Refused`, which says what to do.
"""
