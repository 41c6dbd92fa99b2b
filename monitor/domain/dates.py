"""Months as their first day, and the distance between them."""

from __future__ import annotations

import calendar
from datetime import date


def month_of(day: date) -> date:
    """First day of the month of ``day``."""
    return day.replace(day=1)


def add_months(month: date, months: int) -> date:
    """First day of the month ``months`` after the month of ``month``."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(start: date, end: date) -> int:
    """Whole months from the month of ``start`` to the month of ``end``; negative if earlier."""
    return (end.year - start.year) * 12 + end.month - start.month


def end_of_month(day: date) -> date:
    """Last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
