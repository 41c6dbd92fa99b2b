"""The Treasury's curves: the XML feed and the CSV file, whose columns change with the years."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from .figures import FOREVER, Figures
from .wire import Cell, Habits, Page, Reply, Request, Sheet, csv, decimal

_BASE = "/resource-center/data-chart-center/interest-rates"
_CSV = re.compile(rf"{_BASE}/daily-treasury-rates\.csv/(?:(\d{{4}})/all|all/(\d{{6}}))")
_PAGE = 300
_NO_BOND = (date(2002, 2, 19), date(2006, 2, 8))
"""There was no 30-year bond; FRED shows estimates for these years."""


Known = Mapping[str, Mapping[date, float | None]]


@dataclass(frozen=True, slots=True)
class _Tenor:
    """A column: element of the feed, title in the file, series, and since when there is one."""

    element: str
    title: str
    series: tuple[str, ...]
    since: date = date.min


_NOMINAL = (
    _Tenor("BC_1MONTH", "1 Mo", ("DGS1MO",), date(2001, 7, 31)),
    _Tenor("BC_1_5MONTH", "1.5 Month", ("DGS1_5MO", "DGS1MO"), date(2025, 2, 18)),
    _Tenor("BC_2MONTH", "2 Mo", ("DGS2MO", "DGS1MO"), date(2018, 10, 16)),
    _Tenor("BC_3MONTH", "3 Mo", ("DGS3MO",)),
    _Tenor("BC_4MONTH", "4 Mo", ("DGS4MO", "DGS3MO"), date(2022, 10, 19)),
    _Tenor("BC_6MONTH", "6 Mo", ("DGS6MO",)),
    *(_Tenor(f"BC_{n}YEAR", f"{n} Yr", (f"DGS{n}",)) for n in (1, 2, 3, 5, 7, 10, 20, 30)),
)
_REAL = tuple(_Tenor(f"TC_{n}YEAR", f"{n} YR", (f"DFII{n}",)) for n in (5, 7, 10, 20, 30))
_CURVES = {
    "daily_treasury_yield_curve": (_NOMINAL, "DailyTreasuryYieldCurveRateDat"),
    "daily_treasury_real_yield_curve": (_REAL, "DailyTreasuryRealYieldCurveRateDat"),
}


def answer(request: Request, figures: Figures, habits: Habits) -> Page | Reply:
    """What the Treasury says to a request for a month, a year, or a page of all years."""
    query = request.query
    file = _CSV.fullmatch(request.path)
    curve = _CURVES.get(query.get("type" if file else "data", ""))
    if curve is None or not (file or request.path == f"{_BASE}/pages/xml"):
        return Reply(b"<html><body>Page not found</body></html>", "text/html; charset=UTF-8", 404)
    tenors, name = curve
    asked = query.get("field_tdr_date_value_month") or query.get("field_tdr_date_value", "")
    if file:
        asked = file[1] or file[2]
    served = {_served(tenor, figures) for tenor in tenors} - {""}
    known = {name: dict(figures.published(name, timedelta(0))) for name in served}
    first, last = _span(asked)
    days = sorted({day for table in known.values() for day in table if first <= day <= last})
    if not file:
        if asked == "all":
            page = int(query.get("page") or 0)
            days = days[page * _PAGE : (page + 1) * _PAGE]
        sheet = _sheet("NEW_DATE", [tenor.element for tenor in tenors], _rows(tenors, known, days))
        return Page((sheet,), _feed(name, null=habits.null))
    present = [tenor for tenor in tenors if tenor.since <= last]
    rows = _rows(present, known, days)
    return Page((_sheet("Date", [f'"{tenor.title}"' for tenor in present], rows[::-1]),), _file)


def _served(tenor: _Tenor, figures: Figures) -> str:
    """The series that is shown in a column: the maturity's own, or its neighbour's."""
    return next((name for name in tenor.series if name in figures), "")


def _span(asked: str) -> tuple[date, date]:
    if not asked.isdecimal():
        return date.min, FOREVER
    year, month = int(asked[:4]), int(asked[4:] or 0)
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


_Rows = tuple[tuple[date, tuple[Cell, ...]], ...]


def _rows(tenors: Sequence[_Tenor], known: Known, days: Sequence[date]) -> _Rows:
    """A row for each day with a yield; the Treasury leaves holidays out."""
    rows = []
    for day in days:
        cells = tuple(_cell(tenor, known, day) for tenor in tenors)
        if any(cells):
            rows.append((day, cells))
    return tuple(rows)


def _cell(tenor: _Tenor, known: Known, day: date) -> Cell:
    if day < tenor.since:
        return None
    if tenor.element == "BC_30YEAR" and _NO_BOND[0] <= day <= _NO_BOND[1]:
        return ""
    table = next((known[series] for series in tenor.series if series in known), {})
    return decimal(table.get(day), 2)


def _sheet(key: str, columns: Sequence[str], rows: _Rows) -> Sheet:
    return Sheet(key, tuple(columns), rows, tuple(range(len(columns))))


def _file(sheets: Sequence[Sheet]) -> Reply:
    text = csv(sheets[0], day=lambda day: f"{day:%m/%d/%Y}")
    headers = {"Content-Disposition": 'attachment; filename="daily-treasury-rates.csv"'}
    return Reply(text.encode(), "text/csv; charset=UTF-8", headers=headers, validated=True)


def _feed(name: str, *, null: bool) -> Callable[[Sequence[Sheet]], Reply]:
    def write(sheets: Sequence[Sheet]) -> Reply:
        (sheet,) = sheets
        newest = sheet.rows[-1][0] if sheet.rows else date(2000, 1, 1)
        head = (
            '<?xml version="1.0" encoding="utf-8" standalone="yes" ?>\n'
            '<feed xml:base="https://home.treasury.gov/" '
            'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" '
            'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
            'xmlns="http://www.w3.org/2005/Atom">\n'
            f'<title type="text">{name}a</title>\n<id>{name}a</id>\n'
            f"<updated>{newest}T00:00:00Z</updated>\n"
            f'<link rel="self" title="{name}a" href="{name}a" />\n'
        )
        entries = [
            "<entry>\n"
            f"<id>{name}um({number})</id>\n"
            f'<title type="text"></title>\n<updated>{newest}T00:00:00Z</updated>\n'
            "<author><name /></author>\n"
            f'<link rel="edit" title="{name}um" href="{name}um({number})" />\n'
            f'<category term="TreasuryDataWarehouseModel.{name}um" />\n'
            '<content type="application/xml">\n<m:properties>\n'
            f'<d:Id m:type="Edm.Int32">{number}</d:Id>\n'
            f'<d:{sheet.key} m:type="Edm.DateTime">{day}T00:00:00</d:{sheet.key}>\n'
            f"{''.join(_elements(sheet.columns, cells, null=null))}"
            "</m:properties>\n</content>\n</entry>\n"
            for number, (day, cells) in enumerate(sheet.rows, 1)
        ]
        text = "".join((head, *entries, "</feed>\n"))
        return Reply(text.encode(), "text/xml; charset=UTF-8", validated=True)

    return write


def _elements(columns: Sequence[str], cells: Sequence[Cell], *, null: bool) -> Iterator[str]:
    empty = ' m:null="true" />' if null else " />"
    for name, cell in zip(columns, cells, strict=True):
        if cell is None:
            continue
        end = f">{cell}</d:{name}>" if cell else empty
        yield f'<d:{name} m:type="Edm.Double"{end}\n'
        if name == "BC_30YEAR":
            yield f'<d:BC_30YEARDISPLAY m:type="Edm.Double">{cell or 0}</d:BC_30YEARDISPLAY>\n'
