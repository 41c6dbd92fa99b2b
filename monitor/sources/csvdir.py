"""A folder of the user's own files, such as a desk's exports: CSV, also packed, and Parquet.

A file holds one series and is called like it (``DGS10.csv``), or several, each in a column of its
name, or it is long, with the columns ``series``, period and ``value``. The periods stand in a
column ``date``, ``observation_date`` or ``period``. Values are in the unit of the catalogue.

A value is known from the day on which we read it, unless the file says otherwise: by the day of a
vintage behind the name of a column or of the file (``UNRATE_20260330``), or in a column
``known_from`` from line to line.
"""

from __future__ import annotations

import csv
import difflib
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from monitor.catalog import FILES, SERIES
from monitor.domain import Fetch, Frequency, Statement, Want, add_months, month_of
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources import Answer, rows
from monitor.sources.redaction import plain

PERIOD: Final = ("date", "observation_date", "period")
"""What the column of periods may be called, in any case."""
KNOWN_FROM: Final = "known_from"
ENDINGS: Final = (".csv", ".csv.gz", ".parquet")

_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_VINTAGE = re.compile(r"(.+)_(\d{4})(\d{2})(\d{2})", re.ASCII)
_UNPACKING = (OSError, EOFError, zlib.error)
"""What Python's gzip raises on bytes that are not a sound gzip file."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one file says of one series.

    Attributes:
        series: its identifier in the catalogue.
        rows: its values.
        since, until: on which days the file says so: one day for a vintage, and from the first
            of them to today for a file whose lines tell since when they are known.
    """

    series: str
    rows: Sequence[rows.Row]
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    raw: bytes
    parts: Sequence[Part]


class CsvDir:
    """Publisher ``csvdir``: whatever the folder holds, read anew each time.

    A file is always read whole, and its age does not matter. What several files say of a series
    is put together; one bad file stops no other.

    Args:
        path: the folder. Folders in it are not read.
    """

    name = FILES
    house = "your own files"

    def __init__(self, path: Path) -> None:
        self._path = path

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """The values of some series; see :class:`monitor.sources.Publisher`.

        A file that cannot be read fails the series it is called like, or if it is called like
        none, all of them: beside what other files say, so that it does not go unnoticed.
        """
        wanted = [want.spec.id for want in wants]
        try:
            names = sorted(path.name for path in self._path.iterdir() if _is_ours(path))
        except OSError as err:
            told = f"{self.name}: {self._path}: {err.strerror}; see path under [sources.csvdir]"
            yield Answer(failed={series: SourceUnavailable(told) for series in wanted})
            return
        files: list[_File] = []
        bad: list[Answer] = []
        for name in names:
            try:
                files.append(self._read(name, now.date()))
            except SourceError as err:
                series = _bound(_stem(name))
                if blamed := [it for it in wanted if series is None or it == series[0]]:
                    bad.append(Answer(failed=dict.fromkeys(blamed, err)))
        yield self._answer(wanted, files, now)
        yield from bad

    def _read(self, name: str, today: date) -> _File:
        shown = plain(name, 100)
        try:
            raw = (self._path / name).read_bytes()
        except OSError as err:
            raise SourceUnavailable(f"{self.name}: {shown}: {err.strerror}") from None
        with rows.named(self.name, shown, raw):
            return _File(name, raw, parse(name, raw, today))

    def _answer(self, wanted: Sequence[str], files: Sequence[_File], now: datetime) -> Answer:
        fetches: list[Fetch] = []
        failed: dict[str, SourceError] = {}
        for series in wanted:
            having = [file for file in files if any(part.series == series for part in file.parts)]
            parts = [part for file in having for part in file.parts if part.series == series]
            if not parts:
                failed[series] = self._none(series, files)
                continue
            try:
                fetches.append(self._fetch(series, parts, having, now))
            except SourceError as err:
                failed[series] = err
        return Answer(tuple(fetches), failed)

    def _none(self, series: str, files: Sequence[_File]) -> SourceError:
        """Why there is nothing: no file, or a file without a value."""
        for file in files:
            if (bound := _bound(_stem(file.name))) and bound[0] == series:
                told = f"{self.name}: {plain(file.name, 100)}: there is no value in it"
                return SourceMalformed(told, file.raw)
        return SeriesUnknown(f"{self.name}: {series}: in no file of {self._path}")

    def _fetch(
        self, series: str, parts: Sequence[Part], files: Sequence[_File], now: datetime
    ) -> Fetch:
        found = [row for part in parts for row in part.rows]
        raw = b"\n".join(file.raw for file in files)
        try:
            fetch = rows.fetch(self.name, series, found, now, raw=raw)
        except SourceMalformed as err:
            names = " and ".join(plain(file.name, 100) for file in files)
            raise SourceMalformed(f"{err}; it is in {names}", raw) from None
        statements = dict.fromkeys(
            Statement(part.since, part.until, min(periods), max(periods))
            for part in parts
            for periods in [[period for period, _, _ in part.rows]]
        )
        return replace(fetch, statements=tuple(statements))


def parse(name: str, content: bytes, today: date) -> list[Part]:
    """What a file says, for each series and vintage in it.

    Args:
        name: name of the file.
        content: its bytes.
        today: the day from which a value is known if the file does not say.

    Raises:
        SourceMalformed: it cannot be read; the message names the line and what to do.
        SourceError: reading it needs a package that is not installed.
    """
    if name.lower().endswith(".parquet"):
        table = _parquet(content)
    else:
        if name.lower().endswith(".gz"):
            try:
                content = gzip.decompress(content)
            except _UNPACKING as err:
                raise SourceMalformed(f"not a gzip file, or cut off: {err}") from None
        table = _csv(content)
    return list(_parts(_stem(name), table, today))


_Table = tuple[list[str], Iterable[tuple[str, Sequence[str]]]]
"""The names of the columns, and the lines, each with its place in the file."""
_Bound = tuple[str, date | None]
"""A series of the catalogue, and the day of a vintage."""


def _csv(content: bytes) -> _Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceMalformed("not text in UTF-8: save it as UTF-8") from None
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    lines = _numbered(text, separator)
    _, names = next(lines, ("", []))
    return names, lines


def _numbered(text: str, separator: str) -> Iterator[tuple[str, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for line in reader:
            if line:
                yield f"line {reader.line_num}", line
    except csv.Error as err:
        raise SourceMalformed(f"line {reader.line_num}: not valid CSV: {err}") from None


def _parquet(content: bytes) -> _Table:
    try:
        import pandas as pd

        frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
        if not isinstance(frame.index, pd.RangeIndex):
            frame = frame.reset_index(names=[name or PERIOD[0] for name in frame.index.names])
        columns = [
            column.dt.strftime("%Y-%m-%d") if column.dtype.kind == "M" else column.astype("object")
            for _, column in frame.items()
        ]
        texts = [["" if pd.isna(cell) else str(cell) for cell in column] for column in columns]
    except ImportError:
        told = "reading Parquet needs a package: pip install 'recession-monitor[parquet]'"
        raise SourceError(told) from None
    # pyarrow's word for a column of a type that it cannot convert is NotImplementedError.
    except (ValueError, OSError, NotImplementedError, TypeError, KeyError) as err:
        raise SourceMalformed(f"not a Parquet file of a table: {plain(str(err), 100)}") from None
    lines = enumerate(zip(*texts, strict=True), 1)
    return [str(name) for name in frame.columns], ((f"row {n}", cells) for n, cells in lines)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand in a line: the places of the columns.

    Attributes:
        width: how many columns there are.
        period, known_from: of the period, and of the day from which the line is known.
        series: of the series in a long file, which has its values at ``value``.
        columns: of the values in a wide file, with series and vintage.
    """

    width: int
    period: int
    known_from: int | None
    series: int | None
    value: int
    columns: Mapping[int, _Bound]

    def values(self, line: Sequence[str]) -> Iterable[tuple[int, _Bound]]:
        """Place, series and vintage of each value in a line that is in the catalogue."""
        if len(line) != self.width:
            raise SourceMalformed(f"{len(line)} columns, and {self.width} in the first line")
        if self.series is None:
            return self.columns.items()
        bound = _bound(line[self.series])
        return [(self.value, bound)] if bound else ()


def _layout(stem: str, names: Sequence[str]) -> _Layout:
    places = {name.strip().lower(): place for place, name in enumerate(names)}
    if len(places) < len(names):
        raise SourceMalformed("two columns have one name")
    periods = [places[name] for name in PERIOD if name in places]
    if len(periods) != 1:
        raise SourceMalformed(f"call one column {PERIOD[0]!r}, and put the periods there")
    known_from, series = places.get(KNOWN_FROM), places.get("series")
    value = places.get("value", -1)
    if series is not None:
        if value < 0:
            raise SourceMalformed("call one column 'value', and put the values there")
        return _Layout(len(names), periods[0], known_from, series, value, {})
    rest = [place for place in range(len(names)) if place not in (periods[0], known_from)]
    columns = {place: bound for place in rest if (bound := _bound(names[place]))}
    if own := _bound(stem):
        if not columns and (value >= 0 or len(rest) == 1):
            columns = {value if value >= 0 else rest[0]: own}
        if own[0] not in {bound[0] for bound in columns.values()}:
            raise SourceMalformed(f"the file is called like {own[0]}, and holds something else")
        columns = {
            place: own if bound == (own[0], None) else bound for place, bound in columns.items()
        }
    if not columns:
        near = difflib.get_close_matches(stem.upper(), SERIES, n=3)
        hint = f": did you mean {' or '.join(near)}?" if near else "; docs/data.md has the names"
        raise SourceMalformed(f"no column is called like a series of the catalogue{hint}")
    return _Layout(len(names), periods[0], known_from, None, -1, columns)


def _parts(stem: str, table: _Table, today: date) -> Iterator[Part]:
    names, lines = table
    layout = _layout(stem, names)
    found: dict[_Bound, list[rows.Row]] = {}
    for where, line in lines:
        try:
            for place, bound in layout.values(line):
                found.setdefault(bound, []).append(_row(line, place, bound, layout, today))
        except SourceMalformed as err:
            raise SourceMalformed(f"{where}: {err}") from None
    for (series, _), said in found.items():
        valued = [period for period, _, value in said if value is not None]
        if valued:
            first, last = min(valued), max(valued)
            kept = [row for row in said if first <= row[0] <= last]
            since = min(known_from for _, known_from, _ in kept)
            yield Part(series, kept, since, today if layout.known_from is not None else since)


def _row(line: Sequence[str], place: int, bound: _Bound, layout: _Layout, today: date) -> rows.Row:
    series, vintage = bound
    known_from = vintage or today
    if layout.known_from is not None and line[layout.known_from].strip():
        known_from = _day(line[layout.known_from])
    if known_from > today:
        raise SourceMalformed(f"{known_from} lies in the future: nothing is known from then")
    try:
        value = rows.number(line[place])
    except SourceMalformed as err:
        hint = "leave a cell without a value empty, and write decimals with a point"
        raise SourceMalformed(f"{err}: {hint}") from None
    return _period(line[layout.period], SERIES[series].frequency), known_from, value


@lru_cache(maxsize=65_536)  # the columns of a file share their periods
def _period(text: str, frequency: Frequency) -> date:
    """The first day of a month or quarter, whichever of its days the file names."""
    text = text.strip()
    period = _day(f"{text}-01" if _MONTH.fullmatch(text) else text)
    if frequency == "monthly":
        return month_of(period)
    return add_months(period, -((period.month - 1) % 3)) if frequency == "quarterly" else period


def _day(text: str) -> date:
    try:
        return rows.day(text.strip())
    except SourceMalformed as err:
        raise SourceMalformed(f"{err}: write dates as YYYY-MM-DD") from None


def _bound(name: str) -> _Bound | None:
    """Series and vintage that a column or a file is called like."""
    series = name.strip().upper()
    if series in SERIES:
        return series, None
    if (parts := _VINTAGE.fullmatch(series)) and parts[1] in SERIES:
        try:
            return parts[1], date(int(parts[2]), int(parts[3]), int(parts[4]))
        except ValueError:
            return None
    return None


def _is_ours(path: Path) -> bool:
    name = path.name.lower()
    return name.endswith(ENDINGS) and not name.startswith((".", "~")) and path.is_file()


def _stem(name: str) -> str:
    ending = next(ending for ending in ENDINGS if name.lower().endswith(ending))
    return name[: -len(ending)]
