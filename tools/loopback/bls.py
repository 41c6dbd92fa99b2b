"""BLS, versions 2 and 1: every refusal comes with status 200."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from itertools import groupby
from statistics import fmean
from typing import Any

from .figures import Figures
from .wire import Habits, Page, Reply, Request, Row, Sheet, decimal

SERIES = {
    "LNS14000000": "UNRATE",
    "LNS13000000": "UNEMPLOY",
    "LNS13008516": "UEMP15OV",
    "LNS11000000": "CLF16OV",
    "CES0000000001": "PAYEMS",
    "CES3000000007": "AWHMAN",
    "CUSR0000SA0": "CPIAUCSL",
    "CUSR0000SA0L1E": "CPILFESL",
}
"""Identifier at BLS to ours."""

_DECIMALS = {"LNS14000000": 1, "CES3000000007": 1, "CUSR0000SA0": 3, "CUSR0000SA0L1E": 3}
_V1, _V2 = "/publicAPI/v1/timeseries/data/", "/publicAPI/v2/timeseries/data/"
_MONTHS = 12
_YEARS = {True: 20, False: 10}
_MOST_SERIES = {True: 50, False: 25}
_LAPSE = '{"code":"X","text":"Data unavailable due to the 2025 lapse in appropriations."}'
_PRELIMINARY = '{"code":"P","text":"preliminary"}'
_QUOTA = (
    "Request could not be serviced, as the daily threshold for total number of requests allocated"
    " to the user with registration key {key} has been reached."
)
_KEY = (
    "The key:{key} provided by the User is invalid. Please provide a proper key for the operation"
    " to be successful"
)


def answer(request: Request, figures: Figures, habits: Habits) -> Page | Reply:
    """What BLS says to a request for some series and years."""
    asked = _asked(request)
    if asked is None:
        return refusal("REQUEST_FAILED_INVALID_PARAMETERS", "Invalid JSON in the request.")
    key = str(asked.get("registrationkey") or "")
    if key and habits.known_keys is not None and key not in habits.known_keys:
        return refusal("REQUEST_NOT_PROCESSED", _KEY.format(key=key))
    names = [str(name) for name in asked.get("seriesid", [])]
    if not 1 <= len(names) <= _MOST_SERIES[bool(key)]:
        return refusal(
            "REQUEST_NOT_PROCESSED",
            f"The number of series must be between 1 and {_MOST_SERIES[bool(key)]}.",
        )
    last = int(asked.get("endyear") or figures.today.year)
    first = int(asked.get("startyear") or last - 2)
    messages = []
    if last - first >= _YEARS[bool(key)]:
        # The newest years are those that are left out.
        last = first + _YEARS[bool(key)] - 1
        limit = _YEARS[bool(key)]
        messages.append(
            f"Year range has been reduced to the system-allowed limit of {limit} years."
        )
    sheets = []
    for name in names:
        rows: tuple[Row, ...] = ()
        if name not in SERIES or SERIES[name] not in figures:
            messages.append(f"Series does not exist for Series {name}")
        else:
            rows = _rows(name, figures, first, last)
            found = {day.year for day, _ in rows}
            messages += [
                f"No Data Available for Series {name} Year: {year}"
                for year in range(first, last + 1)
                if year not in found
            ]
        sheets.append(Sheet("year", ("value",), rows, (0,), name))
    average = habits.annual_average or bool(asked.get("annualaverage"))
    newest = {name: figures[ours].latest[-1][0] for name, ours in SERIES.items() if ours in figures}
    return Page(tuple(sheets), partial(_written, messages, newest, average=average))


def refusal(status: str, message: str) -> Reply:
    """An error: the only sign of it is the status inside."""
    body = {"status": status, "responseTime": 12, "message": [message], "Results": {}}
    return _reply(json.dumps(body, separators=(",", ":")))


def quota(request: Request) -> Reply:
    """The answer to the request after the last of the day; it repeats the key."""
    asked = _asked(request) or {}
    text = _QUOTA.format(key=asked.get("registrationkey") or "")
    return refusal("REQUEST_NOT_PROCESSED", text)


def _asked(request: Request) -> dict[str, Any] | None:
    if request.method == "GET" and request.path.startswith(_V1):
        return {**request.query, "seriesid": [request.path.removeprefix(_V1)]}
    try:
        asked = json.loads(request.body)
    except ValueError:
        return None
    return asked if isinstance(asked, dict) and request.path in (_V1, _V2) else None


def _rows(name: str, figures: Figures, first: int, last: int) -> tuple[Row, ...]:
    """Newest first."""
    latest = figures[SERIES[name]].between(date(first, 1, 1), date(last, 12, 31))
    digits = _DECIMALS.get(name, 0)
    return tuple((day, (decimal(value, digits) or "-",)) for day, value in reversed(latest))


def _written(
    messages: list[str], newest: dict[str, date], sheets: Sequence[Sheet], *, average: bool
) -> Reply:
    written = []
    for sheet in sheets:
        data: list[str] = []
        for year, rows in groupby(sheet.rows, key=lambda row: row[0].year):
            months = list(rows)
            if average and len(months) == _MONTHS:
                data.append(_average(sheet, year, months))
            data += [_entry(sheet, row, newest.get(sheet.name)) for row in months]
        written.append(f'{{"seriesID":"{sheet.name}","data":[{",".join(data)}]}}')
    return _reply(
        '{"status":"REQUEST_SUCCEEDED","responseTime":233,"message":'
        f'{json.dumps(messages)},"Results":{{\n"series":\n[{",".join(written)}]\n}}}}'
    )


def _entry(sheet: Sheet, row: Row, newest: date | None) -> str:
    day, cells = row
    latest = '"latest":"true",' if day == newest else ""
    note = _LAPSE if cells[0] == "-" else _PRELIMINARY if latest else "{}"
    values = "".join(
        f'"{name}":{json.dumps(cell) if type(cell) is str else cell},'
        for name, cell in zip(sheet.columns, cells, strict=True)
    )
    return (
        f'{{"{sheet.key}":"{day.year}","period":"M{day.month:02}","periodName":"{day:%B}",{latest}{values}'
        f'"footnotes":[{note}]}}'
    )


def _average(sheet: Sheet, year: int, rows: Sequence[Row]) -> str:
    mean = fmean(float(cells[0]) for _, cells in rows if cells[0] not in (None, "-"))
    return (
        f'{{"{sheet.key}":"{year}","period":"M13","periodName":"Annual","{sheet.columns[0]}":"{mean:.3f}",'
        '"footnotes":[{}]}'
    )


def _reply(text: str) -> Reply:
    headers = {"Access-Control-Allow-Origin": "*"}
    return Reply(text.encode(), "application/json", headers=headers, chunked=True)
