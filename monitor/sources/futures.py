"""The user's own prices of federal funds futures (ZQ), from one CSV file.

The file has the columns ``date``, ``contract`` and ``price``, in any order and beside others: the
day of the settlement, the month of the contract as ``2026-10`` or as a code (``ZQV6``, ``ZQV26``),
and the price as quoted (95.975). It may hold many days. Nothing is asked over the network.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from monitor.domain import (
    Finding,
    Said,
    Settlements,
    add_months,
    end_of_month,
    month_of,
    months_between,
)
from monitor.errors import SourceMalformed
from monitor.sources import rows
from monitor.sources.redaction import plain

COLUMNS: Final = ("date", "contract", "price")

LONGEST_AGE: Final = timedelta(days=7)
"""Prices older than this say what the market thought then, not what it thinks."""

FINAL: Final = timedelta(days=7)
"""How far from the end of its month the last price of a contract may be dated. The final
settlement is published on the first business day after the last one of the month."""

LISTED_MONTHS: Final = 60
"""Contracts are listed for no longer ahead: 60 months on 2026-09-18."""

CHEAPEST, DEAREST = 75.0, 102.0
"""Prices outside are none: since July 1954 the effective rate has averaged 0.05 to 19.1 percent in
every month."""

STARTED: Final = date(1988, 10, 1)
"""Federal funds futures have been traded since that month."""

TOLD: Final = 3
"""How many lines that cannot be used are told one by one."""

_MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_CODE = re.compile(r"ZQ([FGHJKMNQUVXZ])(\d{1,2})", re.ASCII | re.IGNORECASE)
_LETTERS: Final = "FGHJKMNQUVXZ"
"""The letters that futures exchanges give the months."""

_Key = tuple[date, date]
"""Day of a price, and first day of the contract's month."""


def read(
    path: Path, day: date, before: Sequence[date] = ()
) -> tuple[tuple[Settlements, ...], tuple[Finding, ...]]:
    """The newest settlements that the file has for a day, and for some days before it.

    See :func:`parse`; a file that cannot be read is told in the same way.
    """
    try:
        content = path.read_bytes()
    except OSError as err:
        told = Said(
            "cannot be read: {reason}; see futures under [policy] in the settings.",
            reason=str(err.strerror),
        )
        return (), (_finding("unreadable", path.name, told),)
    return parse(path.name, content, day, before)


def parse(
    name: str, content: bytes, day: date, before: Sequence[date] = ()
) -> tuple[tuple[Settlements, ...], tuple[Finding, ...]]:
    """The newest settlements in a file that were known on a day, and what is wrong with it.

    A line that cannot be used is told and left out; it stops no other. Lines of later days count
    as not written yet, whatever else they say.

    Args:
        name: name of the file.
        content: its bytes.
        day: the day; prices of that day itself are known.
        before: earlier days, in order, of which those that have settlements come first.

    Returns:
        Nothing where the file cannot be read, has nothing up to ``day``, or its newest price is
        more than :data:`LONGEST_AGE` old; a finding says which. Else those of the earlier days
        that have any, each with its newest prices alone, and last those of the day.
    """
    try:
        table = _table(content)
    except SourceMalformed as err:
        return (), (_finding("unreadable", name, Said("{reason}.", reason=err.message)),)
    kept, wrong = _kept(table, day)
    findings = tuple(_told(name, wrong))
    prices = _Prices(plain(name, 100), kept)
    newest = prices.newest(day)
    if newest is None or day - newest > LONGEST_AGE:
        told = (
            Said("holds no price of {day} or before; there are no odds from futures.", day=f"{day}")
            if newest is None
            else Said(
                "the newest prices up to {day} are of {newest}, more than {n} days old; there are"
                " no odds from futures.",
                day=f"{day}",
                newest=f"{newest}",
                n=LONGEST_AGE.days,
            )
        )
        return (), (*findings, _finding("stale", name, told))
    found = (prices.on(it) for it in (*before, day))
    return tuple(it for it in found if it), findings


def _kept(table: _Table, day: date) -> tuple[dict[_Key, float], list[Said]]:
    """Prices up to a day without those that contradict each other, and what is left out."""
    found: dict[_Key, tuple[float, int]] = {}
    doubtful: set[_Key] = set()
    wrong: list[Said] = []
    for number, line in table.lines:
        try:
            if (read := table.read(line, day)) is None:
                continue
        except SourceMalformed as err:
            wrong.append(Said("line {n} is left out: {reason}.", n=number, reason=err.message))
            continue
        key, price = read
        other, place = found.setdefault(key, (price, number))
        if price != other and key not in doubtful:
            doubtful.add(key)
            wrong.append(
                Said(
                    "lines {n} and {other_n} are left out: they have two prices, {price} and"
                    " {other_price}, for one day and contract; delete the wrong one.",
                    n=place,
                    other_n=number,
                    price=other,
                    other_price=price,
                )
            )
    return {key: price for key, (price, _) in found.items() if key not in doubtful}, wrong


class _Prices:
    """All prices of a file, by their day."""

    def __init__(self, source: str, kept: Mapping[_Key, float]) -> None:
        self._source = source
        self._by_day: dict[date, dict[date, float]] = defaultdict(dict)
        self._final: dict[date, list[tuple[date, float]]] = defaultdict(list)
        for (settled, month), price in sorted(kept.items()):
            self._by_day[settled][month] = price
            if settled >= end_of_month(month) - FINAL:
                self._final[month].append((settled, price))
        # A day on which only the contract of a month that was over had a price is none.
        self._days = [
            settled for settled, prices in self._by_day.items() if max(prices) >= month_of(settled)
        ]

    def newest(self, day: date) -> date | None:
        """The newest day with prices up to a day."""
        place = bisect_right(self._days, day)
        return self._days[place - 1] if place else None

    def on(self, day: date) -> Settlements | None:
        """Prices of the newest day, and the last ones of the months that were over then."""
        newest = self.newest(day)
        if newest is None or day - newest > LONGEST_AGE:
            return None
        prices = dict(self._by_day[newest])
        for month, final in self._final.items():
            known = [price for settled, price in final if settled <= newest]
            if end_of_month(month) < newest and known:
                prices[month] = known[-1]
        return Settlements(newest, self._source, dict(sorted(prices.items())))


# ------------------------------------------------------------------------------------------ lines
@dataclass(frozen=True, slots=True)
class _Table:
    """The lines of the file after the first, and how to read them.

    Attributes:
        lines: those that are not empty, with their numbers.
        separator: between two cells.
        width: number of cells.
        places: where the columns stand.
    """

    lines: Sequence[tuple[int, str]]
    separator: str
    width: int
    places: Mapping[str, int]

    def read(self, line: str, day: date) -> tuple[_Key, float] | None:
        """Day, contract and price; ``None`` for a line of a later day, or without a price."""
        cells = _cells(line, self.separator)
        place = self.places["date"]
        settled = _day(cells[place] if place < len(cells) else "")
        if settled > day:
            return None
        if settled < STARTED:
            raise SourceMalformed(
                Said("on {day} there were no such futures yet: correct the date", day=f"{settled}")
            )
        if len(cells) != self.width:
            raise SourceMalformed(
                Said(
                    "it has {n} columns, and the first line {width}: give each a cell",
                    n=len(cells),
                    width=self.width,
                )
            )
        contract = _contract(cells[self.places["contract"]].strip(), settled)
        price = _price(cells[self.places["price"]])
        return None if price is None else ((settled, contract), price)


def _table(content: bytes) -> _Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceMalformed(Said("is not text in UTF-8: save it as CSV in UTF-8")) from None
    # Line by line, so that a quotation mark that is never closed does not swallow the rest.
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    head = lines[0][1] if lines else ""
    separator = ";" if head.count(";") > head.count(",") else ","
    names = [name.strip().lower() for name in _cells(head, separator)]
    for column in COLUMNS:
        if (count := names.count(column)) != 1:
            told = {"column": repr(column), "columns": ", ".join(COLUMNS)}
            raise SourceMalformed(
                Said(
                    "has {n} columns {column}: its first line must name the columns {columns},"
                    " each once",
                    n=count,
                    **told,
                )
                if count
                else Said(
                    "has no columns {column}: its first line must name the columns {columns}, each"
                    " once",
                    **told,
                )
            )
    places = {column: names.index(column) for column in COLUMNS}
    return _Table(lines[1:], separator, len(names), places)


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:  # decades of prices have a quarter of a million lines
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error as err:
        raise SourceMalformed(Said("it is not valid CSV: {reason}", reason=str(err))) from None


@lru_cache(maxsize=64)  # the contracts of a day share it
def _day(text: str) -> date:
    try:
        return rows.day(text.strip())
    except SourceMalformed as err:
        raise SourceMalformed(
            Said("{reason}: write dates as YYYY-MM-DD", reason=err.message)
        ) from None


def _contract(text: str, settled: date) -> date:
    """First day of the month of a contract that had a price on a day."""
    # The final settlement of a month that is over comes in the next.
    earliest = (settled - FINAL).replace(day=1)
    if month := _MONTH.fullmatch(text):
        contract = date(int(month[1]), int(month[2]), 1)
    elif code := _CODE.fullmatch(text):
        contract = date(earliest.year, _LETTERS.index(code[1].upper()) + 1, 1)
        cycle = 10 ** len(code[2])
        while contract < earliest or contract.year % cycle != int(code[2]):
            contract = add_months(contract, 12)
    else:
        raise SourceMalformed(
            Said(
                "{text} is not a contract: write its month as 2026-10 or its code as ZQV6",
                text=repr(plain(text, 40)),
            )
        )
    if contract < earliest or months_between(settled, contract) >= LISTED_MONTHS:
        raise SourceMalformed(
            Said(
                "on {day} there was no contract {contract}: correct the date or the contract",
                day=f"{settled}",
                contract=plain(text, 40),
            )
        )
    return contract


def _price(text: str) -> float | None:
    try:
        price = rows.number(text)
    except SourceMalformed as err:
        raise SourceMalformed(
            Said("{reason}: write decimals with a point", reason=err.message)
        ) from None
    if price is not None and not CHEAPEST <= price <= DEAREST:
        raise SourceMalformed(
            Said(
                "the price {price} is not between {low} and {high}: write it as quoted, which is"
                " 100 minus the rate",
                price=price,
                low=f"{CHEAPEST:g}",
                high=f"{DEAREST:g}",
            )
        )
    return price


# --------------------------------------------------------------------------------------- findings
def _told(name: str, wrong: Sequence[Said]) -> Iterator[Finding]:
    for told in wrong[:TOLD]:
        yield _finding("line", name, told)
    if len(wrong) > TOLD:
        told = Said("{n} more lines like these are left out.", n=len(wrong) - TOLD)
        yield _finding("line", name, told)


def _finding(kind: str, name: str, told: Said) -> Finding:
    message = Said("Federal funds futures: {file}: {words}", file=plain(name, 100), words=told)
    return Finding(f"futures_{kind}", "warning", None, message)
