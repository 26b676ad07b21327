"""A whole organisation: read once and kept, then judged repository by repository.

`store` keeps what was read, so that a run that was stopped goes on where it was and one that comes
later reads what has changed; `reading` fills it, `judging` makes one report of it, and `secrets`
tells which of the organisation's keys nothing reads.
"""
