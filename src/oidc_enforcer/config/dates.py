"""Dates and times of the configuration: UTC, as text that sorts by time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta


def is_date(text: str) -> bool:
    """Whether this is a day of the calendar, `YYYY-MM-DD`."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and _is_real(text)


def is_moment(text: str) -> bool:
    """Whether this is a time of a day in UTC, `YYYY-MM-DDTHH:MMZ`; a day alone is its end."""
    if is_date(text):
        return True
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z"
    return re.fullmatch(form, text) is not None and _is_real(text)


def _is_real(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def end_of(text: str) -> datetime:
    """When what `until` names is over: a day at 24:00 UTC, a time when it comes."""
    if is_date(text):
        day = date.fromisoformat(text)
        if day == date.max:
            return datetime.max.replace(tzinfo=UTC)
        return datetime.combine(day + timedelta(days=1), time.min, UTC)
    return datetime.fromisoformat(text)


def days_between(earlier: str, later: str) -> int:
    """How many days `later` lies after `earlier`, both dates."""
    return (date.fromisoformat(later[:10]) - date.fromisoformat(earlier[:10])).days
