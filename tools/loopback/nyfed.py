"""The New York Fed's markets data: reference rates, and the Fed's portfolio by class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from .figures import Figures
from .wire import Cell, Habits, Page, Reply, Request, Row, Sheet, Token, decimal, objects

_RATES = re.compile(
    r"/api/rates/(?:unsecured/(effr|obfr)|secured/(sofr|tgcr|bgcr))/(search|last/(\d+))\.json"
)
_TARGETS = ("DFEDTARL", "DFEDTARU")
_QUARTER = 0.25
_SATURDAY = 5
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache", "Access-Control-Allow-Origin": "*"}

SOMA = {
    "mbs": "SOMA_MBS",
    "cmbs": "SOMA_CMBS",
    "tips": "SOMA_TIPS",
    "frn": "SOMA_FRN",
    "tipsInflationCompensation": "SOMA_TIPS_COMPENSATION",
    "notesbonds": "SOMA_NOTES_BONDS",
    "bills": "SOMA_BILLS",
    "agencies": "SOMA_AGENCIES",
}
"""Class of securities to our identifier."""

_FIRST_RATE = date(2000, 7, 3)


def answer(request: Request, figures: Figures, habits: Habits) -> Page | Reply:
    """What the New York Fed says to a request."""
    del habits
    if request.path == "/api/soma/summary.json":
        return Page((_soma(figures),), _summary)
    found = _RATES.fullmatch(request.path)
    if found is None:
        return Reply(b'{"error": "Bad Request"}', "application/json; charset=utf-8", 400)
    kind = (found[1] or found[2]).upper()
    days = list(reversed(_published(kind, figures)))
    if found[4]:
        days = days[: int(found[4])]
    else:
        first = date.fromisoformat(request.query.get("startDate", "1954-07-01"))
        last = date.fromisoformat(request.query.get("endDate", f"{figures.today}"))
        days = [row for row in days if first <= row[0] <= last]
    rows = _rates(kind, days, figures)
    target = _target_names(kind)
    columns = (
        "type", "percentRate", "percentPercentile1", "percentPercentile25",
        "percentPercentile75", "percentPercentile99", *target, "volumeInBillions",
        "revisionIndicator",
    )  # fmt: skip
    figures_at = tuple(range(1, len(columns) - 1))
    return Page((Sheet("effectiveDate", columns, tuple(rows), figures_at, kind),), _written)


def _target_names(kind: str) -> tuple[str, ...]:
    return ("targetRateFrom", "targetRateTo") if kind == "EFFR" else ()


def _rates(kind: str, days: Sequence[tuple[date, float | None]], figures: Figures) -> list[Row]:
    rows: list[Row] = []
    names = [dict(figures[name].latest) if name in figures else {} for name in _TARGETS]
    for day, value in days:
        if value is None:
            continue
        targets: list[Cell] = []
        if kind == "EFFR":
            low = names[0].get(day) or value // _QUARTER * _QUARTER
            high = names[1].get(day) or low + _QUARTER
            targets = [Token(f"{low:.2f}"), Token(f"{high:.2f}")]
        numbers = [value, value - 0.04, value - 0.01, value + 0.07, value + 0.11]
        cells = [Token(f"{number:.2f}") for number in numbers]
        rows.append((day, (kind, *cells, *targets, Token("100"), "")))
    return rows


def _published(kind: str, figures: Figures) -> Sequence[tuple[date, float | None]]:
    """Up to the working day before today."""
    if kind in figures:
        return figures.published(kind, timedelta(days=1))
    days = (
        date.fromordinal(number)
        for number in range(_FIRST_RATE.toordinal(), figures.today.toordinal())
    )
    return [(day, 3.85) for day in days if day.weekday() < _SATURDAY]


def _soma(figures: Figures) -> Sheet:
    """Wednesdays, oldest first, in dollars; the total leaves the compensation out."""
    tables = {name: dict(figures[ours].latest) for name, ours in SOMA.items() if ours in figures}
    rows = []
    for day in sorted({day for table in tables.values() for day in table}):
        held = {name: tables.get(name, {}).get(day) for name in SOMA}
        total = sum(value or 0 for name, value in held.items() if "Compensation" not in name)
        rows.append((day, tuple(_dollars(value) for value in (*held.values(), total))))
    columns = (*SOMA, "total")
    return Sheet("asOfDate", columns, tuple(rows), tuple(range(len(columns))))


def _dollars(millions: float | None) -> str:
    return "" if millions is None else decimal(millions * 1e6, 2)


def _summary(sheets: Sequence[Sheet]) -> Reply:
    return _reply('{"soma": { "summary": [ ', objects(sheets[0], " "), " ]}}")


def _written(sheets: Sequence[Sheet]) -> Reply:
    rows = [_spaced(row) for row in objects(sheets[0], " ")]
    return _reply('{ "refRates": [ ', rows, " ] }")


def _spaced(row: str) -> str:
    """The odd spacing of the real answers."""
    return "{ " + row[1:-1].replace(',"', ' ,"').replace(' ,"type"', ', "type"') + " }"


def _reply(opening: str, rows: Sequence[str], end: str) -> Reply:
    body = (opening + ", ".join(rows) + end).encode()
    kind = "application/json; charset=utf-8"
    return Reply(body, kind, headers=_HEADERS, chunked=True)
