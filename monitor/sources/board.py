"""The Board of Governors: its Data Download Program, and the file of the excess bond premium.

https://www.federalreserve.gov/datadownload/
https://www.federalreserve.gov/econres/notes/feds-notes/updating-the-recession-risk-and-the-excess-bond-premium-20161006.html
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from monitor.domain import Fetch, Want
from monitor.errors import SourceError, SourceMalformed
from monitor.sources import Answer, rows

if TYPE_CHECKING:
    from monitor.sources.http import Body, Client


@dataclass(frozen=True, slots=True)
class Package:
    """One of the Board's ready-made selections of series.

    Attributes:
        release: its release.
        id: what the address calls the selection. It changes when the Board changes the contents.
    """

    release: str
    id: str


CURVE: Final = Package("H15", "bf17364827e38702b42a58cf8eaa3f78")
REAL_CURVE: Final = Package("H15", "0b98a66d3ff5e1ea0fbf88adc59b387f")
MONTHLY: Final = Package("H15", "d7e27b7b09a3a7feae95b9c61781fcd8")
OVERNIGHT: Final = Package("H15", "c5025f4bbbed155a6f17c587772ed69e")
POLICY: Final = Package("PRATES", "c27939ee810cb2e929a920a6bd77d9f6")
CONDITION: Final = Package("H41", "ccfdc0c8cb86be87af324da79a6f8826")
FACTORS: Final = Package("H41", "bf254044496631c2a1c54617dd265a95")
PREMIUM: Final = "/econres/notes/feds-notes/ebp_csv.csv"
"""A file of its own, whose whole history is estimated anew each month."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where a series stands.

    Attributes:
        file: a package, or the path of a file.
        id: name of its column; in a package the "Unique Identifier".
    """

    file: Package | str
    id: str


COLUMNS: Final[Mapping[str, Column]] = {
    "DGS1MO": Column(CURVE, "H15/H15/RIFLGFCM01_N.B"),
    "DGS3MO": Column(CURVE, "H15/H15/RIFLGFCM03_N.B"),
    "DGS6MO": Column(CURVE, "H15/H15/RIFLGFCM06_N.B"),
    "DGS1": Column(CURVE, "H15/H15/RIFLGFCY01_N.B"),
    "DGS2": Column(CURVE, "H15/H15/RIFLGFCY02_N.B"),
    "DGS3": Column(CURVE, "H15/H15/RIFLGFCY03_N.B"),
    "DGS5": Column(CURVE, "H15/H15/RIFLGFCY05_N.B"),
    "DGS7": Column(CURVE, "H15/H15/RIFLGFCY07_N.B"),
    "DGS10": Column(CURVE, "H15/H15/RIFLGFCY10_N.B"),
    "DGS20": Column(CURVE, "H15/H15/RIFLGFCY20_N.B"),
    "DGS30": Column(CURVE, "H15/H15/RIFLGFCY30_N.B"),
    "DFII5": Column(REAL_CURVE, "H15/H15/RIFLGFCY05_XII_N.B"),
    "DFII7": Column(REAL_CURVE, "H15/H15/RIFLGFCY07_XII_N.B"),
    "DFII10": Column(REAL_CURVE, "H15/H15/RIFLGFCY10_XII_N.B"),
    "DFII20": Column(REAL_CURVE, "H15/H15/RIFLGFCY20_XII_N.B"),
    "DFII30": Column(REAL_CURVE, "H15/H15/RIFLGFCY30_XII_N.B"),
    "GS1M": Column(MONTHLY, "H15/H15/RIFLGFCM01_N.M"),
    "GS3M": Column(MONTHLY, "H15/H15/RIFLGFCM03_N.M"),
    "GS6M": Column(MONTHLY, "H15/H15/RIFLGFCM06_N.M"),
    "GS1": Column(MONTHLY, "H15/H15/RIFLGFCY01_N.M"),
    "GS2": Column(MONTHLY, "H15/H15/RIFLGFCY02_N.M"),
    "GS3": Column(MONTHLY, "H15/H15/RIFLGFCY03_N.M"),
    "GS5": Column(MONTHLY, "H15/H15/RIFLGFCY05_N.M"),
    "GS7": Column(MONTHLY, "H15/H15/RIFLGFCY07_N.M"),
    "GS10": Column(MONTHLY, "H15/H15/RIFLGFCY10_N.M"),
    "GS20": Column(MONTHLY, "H15/H15/RIFLGFCY20_N.M"),
    "GS30": Column(MONTHLY, "H15/H15/RIFLGFCY30_N.M"),
    "FII5": Column(MONTHLY, "H15/H15/RIFLGFCY05_XII_N.M"),
    "FII10": Column(MONTHLY, "H15/H15/RIFLGFCY10_XII_N.M"),
    "TB3MS": Column(MONTHLY, "H15/H15/RIFSGFSM03_N.M"),
    "TB6MS": Column(MONTHLY, "H15/H15/RIFSGFSM06_N.M"),
    "FEDFUNDS": Column(MONTHLY, "H15/H15/RIFSPFF_N.M"),
    "DFF": Column(OVERNIGHT, "H15/H15/RIFSPFF_N.D"),
    "IORB": Column(POLICY, "PRATES/PRATES_POLICY_RATES/RESBM_N.D"),
    # Consolidated. The gross sum of the twelve banks (RESPPA_N.WW) differed until October 2012.
    "WALCL": Column(CONDITION, "H41/H41/RESPPMA_N.WW"),
    "TREAST": Column(CONDITION, "H41/H41/RESPPALGUO_N.WW"),
    "WSHOBL": Column(CONDITION, "H41/H41/RESPPALGUOB_N.WW"),
    "WSHOMCB": Column(CONDITION, "H41/H41/RESPPALGASMO_N.WW"),
    "WRESBAL": Column(FACTORS, "H41/H41/RESH4R_XAW_N.WW"),
    "EBP": Column(PREMIUM, "ebp"),
}
"""A column that a package does not have fails its series alone."""

_PATH = "/datadownload/Output.aspx"
_HEADER = ("unit", "multiplier", "currency", "unique identifier", "time period")
_NO_VALUE = ("ND", "NA", "NC", "")
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_AMERICAN = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_RATES = ("percent", "percentage points")
_AMOUNTS = {"millions of USD": 1e6, "billions of USD": 1e9}
_AT_LEAST = timedelta(days=100)
"""So far back we always ask, so that monthly figures have come and none is no answer."""


@dataclass(frozen=True, slots=True)
class Published:
    """One column.

    Attributes:
        unit: its unit, such as ``Percent:_Per_Year``, or the currency where it is one.
        multiplier: how many units a value of 1 stands for.
        cells: periods and values, in any order.
    """

    unit: str
    multiplier: float
    cells: Sequence[tuple[date, str]]


class Board:
    """Publisher ``board``: one request for each package.

    No receipt is handed out: a package that has not changed may hold a series never stored.

    Args:
        client: how to ask.
        url: address of the Board's site, without path.
    """

    name = "board"
    house = "Board of Governors of the Federal Reserve System"

    def __init__(self, client: Client, url: str) -> None:
        self._client = client
        self._url = url

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """The values of some series; see :class:`monitor.sources.Publisher`.

        A package is asked for from the first period wanted, and from :data:`_AT_LEAST` ago at
        the latest.
        """
        known: dict[Package | str, list[Want]] = {}
        found, unknown = rows.served(self.name, wants, COLUMNS)
        for want, column in found:
            known.setdefault(column.file, []).append(want)
        if unknown:
            yield Answer(failed=unknown)
        for file, group in known.items():
            yield self._answer(file, group, now)

    def _answer(self, file: Package | str, group: Sequence[Want], now: datetime) -> Answer:
        latest = now.date() - _AT_LEAST
        starts = [min(want.since, latest) if want.since else None for want in group]
        fetches: list[Fetch] = []
        failed: dict[str, SourceError] = {}
        raw = b""
        try:
            body = self._ask(file, starts, now.date())
            raw = body.content
            table: Mapping[str, Published] | SourceError = (
                parse_package(body) if isinstance(file, Package) else parse_premium(body)
            )
        except SourceError as err:
            table = err
        for want, start in zip(group, starts, strict=True):
            series = want.spec.id
            try:
                with rows.named(self.name, series, raw):
                    found = _rows(table, want, now.date())
                fetches.append(rows.fetch(self.name, series, found, now, since=start, raw=raw))
            except SourceError as err:
                failed[series] = err
        return Answer(tuple(fetches), failed)

    def _ask(self, file: Package | str, starts: Sequence[date | None], today: date) -> Body:
        if isinstance(file, str):
            return self._client.get(self._url + file)
        dates = [start for start in starts if start]
        whole = len(dates) < len(starts)
        query = {
            "rel": file.release,
            "series": file.id,
            "lastobs": "",
            "from": "" if whole else f"{min(dates):%m/%d/%Y}",
            "to": "" if whole else f"12/31/{today.year}",
            "filetype": "csv",
            "label": "include",
            "layout": "seriescolumn",
            "type": "package",
        }
        return self._client.get(self._url + _PATH, query)


def parse_package(body: Body) -> dict[str, Published]:
    """The columns of a package under their unique identifiers.

    Six header lines tell description, unit, multiplier, currency, identifier and short name of
    each column; then comes a line for each period, the oldest first.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not a package.
    """
    lines = _lines(body)
    header: dict[str, list[str]] = {}
    while lines and "time period" not in header:
        title, *texts = lines.pop(0)
        header[title.strip().rstrip(":").lower()] = [text.strip() for text in texts]
    widths = {len(header.get(title, ())) for title in _HEADER}
    if len(widths) != 1 or widths == {0}:
        raise SourceMalformed("the header lines of a package are not there")
    periods = _periods(lines, widths.pop() + 1)
    titles = (header[title] for title in ("unit", "multiplier", "currency", "unique identifier"))
    found: dict[str, Published] = {}
    for place, (unit, multiplier, currency, name) in enumerate(zip(*titles, strict=True), 1):
        cells = [(period, line[place]) for period, line in zip(periods, lines, strict=True)]
        factor = rows.number(multiplier)
        if factor is None or name in found:
            raise SourceMalformed(f"two columns {name[:40]!r}, or one without a multiplier")
        found[name] = Published(currency if unit == "Currency" else unit, factor, cells)
    return found


def parse_premium(body: Body) -> dict[str, Published]:
    """The columns of the file of the excess bond premium, in percentage points.

    A month is written as its first day: YYYY-MM-DD until August 2026, and since then M/D/YYYY.

    Raises:
        SourceRejected: the request was refused.
        SourceMalformed: the answer is not that file.
    """
    lines = _lines(body)
    header = [name.strip().lower() for name in lines.pop(0)] if lines else []
    if header[:1] != ["date"] or len(set(header)) < len(header):
        raise SourceMalformed(f"the header is {','.join(header)[:80]!r}")
    periods = _periods(lines, len(header))
    return {
        name: Published(
            "Percent",
            1,
            [
                (period.replace(day=1), line[place])
                for period, line in zip(periods, lines, strict=True)
            ],
        )
        for place, name in enumerate(header[1:], 1)
    }


def _lines(body: Body) -> list[list[str]]:
    text = body.text()
    if not body.framed and not text.endswith("\n"):
        raise SourceMalformed("the file may be cut off: its last line does not end")
    try:
        return [line for line in csv.reader(text.splitlines(), strict=True) if line]
    except csv.Error as err:
        raise SourceMalformed(f"not valid CSV: {err}") from None


def _periods(lines: Sequence[Sequence[str]], width: int) -> list[date]:
    for line in lines:
        if len(line) != width:
            raise SourceMalformed(f"a line of {len(line)} columns: {','.join(line)[:80]!r}")
    return [_period(line[0].strip()) for line in lines]


def _period(text: str) -> date:
    if _MONTH.fullmatch(text):
        return rows.day(f"{text}-01")
    if found := _AMERICAN.fullmatch(text):
        return rows.day(f"{found['year']}-{found['month']:>02}-{found['day']:>02}")
    return rows.day(text)


def _rows(table: Mapping[str, Published] | SourceError, want: Want, today: date) -> list[rows.Row]:
    if isinstance(table, SourceError):
        raise type(table)(str(table))
    name = COLUMNS[want.spec.id].id
    column = table.get(name)
    if column is None:
        raise SourceMalformed(f"there is no column {name}")
    scale = _scale(column, want.spec.unit)
    return [(period, today, _value(text, scale)) for period, text in column.cells]


def _value(text: str, scale: float) -> float | None:
    value = None if text.strip() in _NO_VALUE else rows.number(text)
    # Read again because the largest number there is becomes infinite in a smaller unit.
    return None if value is None else rows.number(repr(value / scale))


def _scale(column: Published, ours: str) -> float:
    """How many of the Board's units one of ours is."""
    if ours in _RATES and column.unit.startswith("Percent") and column.multiplier == 1:
        return 1
    if ours in _AMOUNTS and column.unit == "USD" and column.multiplier in _AMOUNTS.values():
        return _AMOUNTS[ours] / column.multiplier
    raise SourceMalformed(
        f"its unit is {column.unit[:40]!r} times {column.multiplier:g}, which is not {ours}"
    )
