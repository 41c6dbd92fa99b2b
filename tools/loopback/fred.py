"""FRED's API, version 1: observations with vintages, metadata, vintage dates, its refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from xml.sax.saxutils import quoteattr

from .figures import FOREVER, Figures, Series
from .wire import MISSING, Habits, Page, Reply, Request, Row, Sheet, decimal, document, objects

BEGINNING = date(1776, 7, 4)
"""FRED's name for the first day of all vintages."""

MOST_VINTAGES = 2000
"""In one request."""

_EARLIEST, _LATEST = date(1600, 1, 1), FOREVER
_ALL, _FIRST_ONLY = 1, 4
"""Values of ``output_type``."""

_SUMMER = range(4, 11)
"""Months of daylight saving time in St. Louis, in the main."""

_OK = 200
_KEY = re.compile(r"[0-9a-z]{32}")
_READ = "  Read https://fred.stlouisfed.org/docs/api/api_key.html for more information."
_FREQUENCIES = {
    "daily": ("Daily", "D"),
    "weekly": ("Weekly", "W"),
    "monthly": ("Monthly", "M"),
    "quarterly": ("Quarterly", "Q"),
}
_ADJUSTMENTS = {
    "none": ("Not Seasonally Adjusted", "NSA"),
    "seasonal": ("Seasonally Adjusted", "SA"),
    "seasonal, annual rate": ("Seasonally Adjusted Annual Rate", "SAAR"),
}
_UNITS = (
    ("percent", "Percent", "%"),
    ("billions of chained", "Billions of Chained 2017 Dollars", "Bil. of Chn. 2017 $"),
    ("billions of", "Billions of Dollars", "Bil. of $"),
    ("millions of", "Millions of U.S. Dollars", "Mil. of U.S. $"),
    ("thousands of persons", "Thousands of Persons", "Thous. of Persons"),
)


class _RefusedError(Exception):
    """FRED's own message."""


def answer(request: Request, figures: Figures, habits: Habits) -> Page | Reply:
    """What FRED says to a request."""
    endpoints: dict[str, Callable[[Request, Figures], Page | Reply]] = {
        "/fred/series/observations": _observations,
        "/fred/series": _series,
        "/fred/series/vintagedates": _vintage_dates,
    }
    endpoint = endpoints.get(request.path)
    if endpoint is None:
        return Reply(b"<html><body><h1>Not Found</h1></body></html>", "text/html", 404)
    try:
        _check_key(request, habits)
        return endpoint(request, figures)
    except _RefusedError as err:
        return refusal(request, 400, f"Bad Request.  {err}")


def refusal(request: Request, status: int, message: str) -> Reply:
    """An error in the format that was asked for."""
    if request.query.get("file_type") == "json":
        return _json(document(error_code=status, error_message=message), status)
    text = f'\n\n\n\n<error code="{status}" message={quoteattr(message)} />'
    return _xml(text, status)


def _check_key(request: Request, habits: Habits) -> None:
    key = request.query.get("api_key", "")
    if not key:
        raise _RefusedError("Variable api_key is not set." + _READ)
    if not _KEY.fullmatch(key):
        raise _RefusedError(
            "The value for variable api_key is not a 32 character alpha-numeric lower-case string."
            + _READ
        )
    if habits.known_keys is not None and key not in habits.known_keys:
        raise _RefusedError("The value for variable api_key is not registered." + _READ)


# ------------------------------------------------------------------------------------ observations
def _observations(request: Request, figures: Figures) -> Page:
    query = request.query
    vintages = [
        _day(day, "vintage_dates") for day in query.get("vintage_dates", "").split(",") if day
    ]
    start, end = _window(request, figures.today, (figures.today, figures.today))
    series = _known(request, figures, archive=bool(vintages) or _asks_archive(request))
    first = _date(request, "observation_start", _EARLIEST)
    last = _date(request, "observation_end", _LATEST)
    kind = _number(request, "output_type", _ALL, _ALL, _FIRST_ONLY)
    limit = _number(request, "limit", 100_000, 1, 100_000)
    offset = _number(request, "offset", 0, 0, 10**9)
    if (
        kind not in (_ALL, _FIRST_ONLY)
        or query.get("units", "lin") != "lin"
        or "frequency" in query
    ):
        raise _RefusedError("This output_type, units or frequency is not served on loopback.")
    if vintages:
        rows = _by_vintage(series, vintages)
        start, end = min(vintages), max(vintages)
    else:
        _check_window(series, start, end, figures.today)
        rows = _by_interval(series, start, end, first_only=kind == _FIRST_ONLY)
    rows = [row for row in rows if first <= row[0] <= last]
    if query.get("sort_order") == "desc":
        rows.reverse()
    sheet = Sheet(
        "date",
        ("realtime_start", "realtime_end", "value"),
        tuple(rows[offset : offset + limit]),
        (2,),
        series.spec.id,
        place=2,
    )
    head = {
        "realtime_start": f"{start}", "realtime_end": f"{end}",
        "observation_start": f"{first}", "observation_end": f"{last}",
        "units": "lin", "output_type": kind, "file_type": query.get("file_type", "xml"),
        "order_by": "observation_date", "sort_order": query.get("sort_order", "asc"),
        "count": len(rows), "offset": offset, "limit": limit,
    }  # fmt: skip
    return Page((sheet,), partial(_written, head, _modified(series), len(sheet.rows)))


def _by_interval(series: Series, start: date, end: date, *, first_only: bool) -> list[Row]:
    """A row for each span of days on which a value stood, cut to the window."""
    opening = series.vintage_dates[0]
    rows: list[Row] = []
    seen: set[date] = set()
    for record in series.records:
        if record.until < start or record.since > end:
            continue
        if first_only:
            # What stood in the first vintage of all was not published then for the first time.
            if record.since == opening or record.period in seen:
                continue
            seen.add(record.period)
        since, until = max(record.since, start), min(record.until, end)
        value = decimal(record.value, _digits(series)) or MISSING
        rows.append((record.period, (f"{since}", f"{until}", value)))
    return rows


def _by_vintage(series: Series, vintages: Sequence[date]) -> list[Row]:
    return sorted(
        (period, (f"{day}", f"{day}", decimal(value, _digits(series)) or MISSING))
        for day in vintages
        for period, value in series.on(day)
    )


def _check_window(series: Series, start: date, end: date, today: date) -> None:
    inside = sum(start <= day <= end for day in series.vintage_dates)
    if inside > MOST_VINTAGES:
        raise _RefusedError(
            f"There are {inside} vintage dates in the specified real-time period: {start} to {end}."
            "  This exceeds the maximum number of vintage dates allowed for this file type"
            f" ({MOST_VINTAGES})."
        )
    if end < series.vintage_dates[0] and start < today:
        raise _RefusedError(_NOT_IN_ALFRED)


def _digits(series: Series) -> int | None:
    return 2 if series.spec.frequency == "daily" and series.spec.unit == "percent" else None


def _written(head: Mapping[str, Any], modified: str, sent: int, sheets: Sequence[Sheet]) -> Reply:
    (sheet,) = sheets
    # A fault that takes a row away or adds one is not to be seen by counting.
    head = {**head, "count": head["count"] + len(sheet.rows) - sent}
    headers = {"Last-Modified": modified}
    if head["file_type"] == "json":
        opening = document(**head)[:-1]
        rows = objects(sheet)
        body = opening + b',"observations":[' + ",".join(rows).encode() + b"]}"
        return _json(body, headers=headers)
    rows = [
        f'  <observation date="{day}" '
        + " ".join(f'{name}="{cell}"' for name, cell in zip(sheet.columns, cells, strict=True))
        + "/>"
        for day, cells in sheet.rows
    ]
    attributes = " ".join(f'{name}="{value}"' for name, value in head.items())
    text = "\n".join((f"<observations {attributes}>", *rows, "</observations>"))
    return _xml(f"\n\n{text}\n", headers=headers)


# ------------------------------------------------------------------------- metadata, vintage dates
def _series(request: Request, figures: Figures) -> Reply:
    series = _known(request, figures, archive=_asks_archive(request))
    start, end = _window(request, figures.today, (figures.today, figures.today))
    spec, latest = series.spec, series.latest
    frequency, short = _FREQUENCIES[spec.frequency]
    adjusted, adjusted_short = _ADJUSTMENTS[spec.adjustment]
    units, units_short = next(
        ((long, brief) for prefix, long, brief in _UNITS if spec.unit.startswith(prefix)),
        (spec.unit.capitalize(), spec.unit),
    )
    offset = "-05" if figures.today.month in _SUMMER else "-06"
    entry = {
        "id": spec.id, "realtime_start": f"{start}", "realtime_end": f"{end}",
        "title": spec.title,
        "observation_start": f"{latest[0][0]}", "observation_end": f"{latest[-1][0]}",
        "frequency": frequency, "frequency_short": short,
        "units": units, "units_short": units_short,
        "seasonal_adjustment": adjusted, "seasonal_adjustment_short": adjusted_short,
        "last_updated": f"{series.vintage_dates[-1]} 07:44:02{offset}",
        "popularity": 50, "notes": "Figures after the end of the bundled history are invented.",
    }  # fmt: skip
    if request.query.get("file_type") == "json":
        body = document(realtime_start=f"{start}", realtime_end=f"{end}", seriess=[entry])
        return _json(body)
    attributes = " ".join(f"{name}={quoteattr(str(value))}" for name, value in entry.items())
    return _xml(
        f'\n\n<seriess realtime_start="{start}" realtime_end="{end}">\n'
        f"  <series {attributes}/>\n</seriess>\n"
    )


def _vintage_dates(request: Request, figures: Figures) -> Reply:
    series = _known(request, figures, archive=True)
    start, end = _window(request, figures.today, (BEGINNING, FOREVER))
    limit = _number(request, "limit", 10_000, 1, 10_000)
    offset = _number(request, "offset", 0, 0, 10**9)
    days = [f"{day}" for day in series.vintage_dates if start <= day <= end]
    order = request.query.get("sort_order", "asc")
    if order == "desc":
        days.reverse()
    head = {
        "realtime_start": f"{start}", "realtime_end": f"{end}", "order_by": "vintage_date",
        "sort_order": order, "count": len(days), "offset": offset, "limit": limit,
    }  # fmt: skip
    page = days[offset : offset + limit]
    if request.query.get("file_type") == "json":
        return _json(document(**head, vintage_dates=page))
    attributes = " ".join(f'{name}="{value}"' for name, value in head.items())
    entries = "\n".join(f"  <vintage_date>{day}</vintage_date>" for day in page)
    return _xml(f"\n\n<vintage_dates {attributes}>\n{entries}\n</vintage_dates>\n")


# ------------------------------------------------------------------------------------ small pieces
_NOT_IN_ALFRED = (
    "The series does not exist in ALFRED but may exist in FRED.  Try setting realtime_start and"
    " realtime_end to today's date or removing the realtime_start and realtime_end variables."
)


def _asks_archive(request: Request) -> bool:
    return "realtime_start" in request.query or "realtime_end" in request.query


def _known(request: Request, figures: Figures, *, archive: bool) -> Series:
    name = request.query.get("series_id", "")
    if not name:
        raise _RefusedError("Variable series_id is not set.")
    if name not in figures or (archive and not figures[name].archived):
        # The same words for a series without archive and for one that does not exist at all.
        raise _RefusedError(_NOT_IN_ALFRED if archive else "The series does not exist.")
    return figures[name]


def _window(request: Request, today: date, usual: tuple[date, date]) -> tuple[date, date]:
    """The real-time period; one of which only the start is given goes on for ever."""
    start = _date(request, "realtime_start", usual[0])
    end = _date(request, "realtime_end", FOREVER if "realtime_start" in request.query else usual[1])
    for name, day in (("realtime_start", start), ("realtime_end", end)):
        if today < day < FOREVER:
            raise _RefusedError(
                f"Variable {name} can not be after today's date ({today}) unless it's equal to the"
                " real-time max date 9999-12-31."
            )
    if end < start:
        raise _RefusedError("Variable realtime_start can not be after variable realtime_end.")
    return start, end


def _date(request: Request, name: str, usual: date) -> date:
    return _day(request.query[name], name) if name in request.query else usual


def _day(text: str, name: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise _RefusedError(f"Variable {name} is not a YYYY-MM-DD formatted date (e.g. 2000-02-24).")


def _number(request: Request, name: str, usual: int, low: int, high: int) -> int:
    text = request.query.get(name, str(usual))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise _RefusedError(f"Variable {name} is not between {low} and {high}.")
    return int(text)


def _modified(series: Series) -> str:
    return f"{series.vintage_dates[-1]:%a, %d %b %Y} 13:01:02 GMT"


def _json(body: bytes, status: int = _OK, headers: dict[str, str] | None = None) -> Reply:
    kind = "application/json; charset=UTF-8"
    return Reply(body, kind, status, headers or {}, validated=status == _OK)


def _xml(text: str, status: int = _OK, headers: dict[str, str] | None = None) -> Reply:
    body = f'<?xml version="1.0" encoding="utf-8" ?>{text}'.encode()
    return Reply(body, "text/xml; charset=UTF-8", status, headers or {}, validated=status == _OK)
