"""FRED's graph download: one CSV file for the series of one frequency, else a zip of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from .figures import FOREVER, Figures
from .wire import MISSING, Habits, Page, Reply, Request, Sheet, csv, decimal

_EARLIEST = date(1600, 1, 1)
_NOT_FOUND = b"""<!DOCTYPE html>
<html lang="en"><head><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>The requested URL was not found on this server.</p></body></html>
"""
_FIXED = (2000, 1, 1, 0, 0, 0)

Table = Mapping[date, float | None]


def answer(request: Request, figures: Figures, habits: Habits) -> Page | Reply:
    """What the site says to a request for a file."""
    names = request.query.get("id", "").upper().split(",")
    days = request.query.get("vintage_date", "").split(",")
    archive = request.path == "/graph/alfredgraph.csv"
    if not all(name in figures for name in names) or (archive and len(days) != len(names)):
        return Reply(_NOT_FOUND, "text/html; charset=UTF-8", 404)
    tables: dict[str, dict[str, Table]] = {}
    for index, name in enumerate(names):
        series = figures[name]
        label, rows = name, series.latest
        if archive:
            label, rows = f"{name}_{days[index].replace('-', '')}", series.on(_day(days[index]))
        tables.setdefault(series.spec.frequency, {})[label] = dict(rows)
    first, last = _EARLIEST, FOREVER
    if not habits.whole_history:
        first, last = (
            _day(request.query.get("cosd", f"{first}")),
            _day(request.query.get("coed", f"{last}")),
        )
    sheets = tuple(
        _sheet(frequency, columns, first, last, habits) for frequency, columns in tables.items()
    )
    return Page(sheets, _written)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _sheet(
    frequency: str, columns: Mapping[str, Table], first: date, last: date, habits: Habits
) -> Sheet:
    missing = MISSING if habits.point else ""
    days = sorted({day for table in columns.values() for day in table if first <= day <= last})
    digits = 2 if frequency == "daily" else None
    return Sheet(
        "DATE" if habits.old_header else "observation_date",
        tuple(columns),
        tuple(
            (day, tuple(decimal(table.get(day), digits) or missing for table in columns.values()))
            for day in days
        ),
        tuple(range(len(columns))),
        frequency,
    )


def _written(sheets: Sequence[Sheet]) -> Reply:
    if len(sheets) == 1:
        headers = {"Content-Disposition": 'attachment; filename="fredgraph.csv"'}
        return Reply(csv(sheets[0]).encode(), "text/csv", headers=headers, chunked=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        add = partial(_add, archive)
        add("README.txt", "One file for each frequency.\n")
        for sheet in sheets:
            add(f"{sheet.name}.csv", csv(sheet))
    headers = {"Content-Disposition": 'attachment; filename="fredgraph.zip"'}
    return Reply(packed.getvalue(), "application/zip", headers=headers, chunked=True)


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    """Add a file whose bytes do not depend on the hour, so that an unchanged answer is one."""
    member = zipfile.ZipInfo(name, _FIXED)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, text)
