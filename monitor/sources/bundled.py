"""The history inside the package, so that the first run knows the past without a network.

Four true vintages of the monthly series, one of the daily curve, and NBER's turning points with
the day each was announced. Format and origin are told in ``docs/data.md``; the files are made by
``tools/build_history.py``, save ``nber.csv``, which is a table of facts kept by hand.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import repeat
from typing import Final

from monitor.catalog import BUNDLED, PEAKS, SERIES, TROUGHS
from monitor.domain import Fetch, Observation, Statement
from monitor.errors import SourceMalformed

_BUNDLE: Final[Traversable] = files("monitor") / "data"
_HOLE: Final = "."
"""The publisher says that there is no value for this period."""

_TURNING_POINTS: Final = {"peak": PEAKS, "trough": TROUGHS}
_MONTHLY: Final = tuple(
    spec.id
    for spec in SERIES.values()
    if BUNDLED in spec.publishers
    and spec.frequency in ("monthly", "quarterly")
    and spec.id not in _TURNING_POINTS.values()
)
_DAILY: Final = tuple(
    spec.id for spec in SERIES.values() if BUNDLED in spec.publishers and spec.frequency == "daily"
)


def fetches(now: datetime, bundle: Traversable = _BUNDLE) -> Iterator[Fetch]:
    """Everything that is bundled, one answer a series, in the units of the catalogue.

    An observation stands for every vintage in which a period was new, revised or newly missing;
    ``known_from`` is the day of that vintage, or of the announcement of a turning point, whose
    value is 1. There is a statement for each vintage of a series, from the first to the last
    period known by then; turning points come without.

    Args:
        now: instant of the reading.
        bundle: folder of the files, if not the one inside the package.

    Raises:
        SourceMalformed: a file is missing or damaged; the message names file and line.
    """
    vintages = _vintages(bundle)
    for name in _MONTHLY:
        days, observations = _monthly(bundle, name, vintages["monthly"])
        yield Fetch(name, BUNDLED, now, observations, _statements(days, observations))
    if len(vintages["daily"]) != 1:
        raise SourceMalformed("bundled vintages.csv: must have exactly one line for daily")
    for name, observations in _curve(bundle, *vintages["daily"]):
        statements = _statements(vintages["daily"], observations)
        yield Fetch(name, BUNDLED, now, observations, statements)
    for name, observations in _turning_points(bundle).items():
        yield Fetch(name, BUNDLED, now, observations)


def fingerprint(bundle: Traversable = _BUNDLE) -> str:
    """SHA-256 over names and contents of all bundled files, in hexadecimal.

    Args:
        bundle: folder of the files, if not the one inside the package.

    Raises:
        SourceMalformed: a file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        for name, file in sorted(_files(bundle), key=lambda pair: pair[0]):
            content = file.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    except OSError as err:
        raise SourceMalformed(f"bundled history: cannot be read: {err}") from err
    return digest.hexdigest()


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _files(entry, f"{name}/")
        elif name.endswith(".csv"):
            yield name, entry


# ---------------------------------------------------------------------------------------- the files
def _vintages(bundle: Traversable) -> dict[str, tuple[date, ...]]:
    """Days of the snapshots by folder of the bundle."""
    days: dict[str, list[date]] = {"monthly": [], "daily": []}
    header, rows = _table(bundle, "vintages.csv")
    _expect("vintages.csv", header, ["known_from", "folder", "file", "sha256"])
    for number, (known_from, folder, *_) in enumerate(rows, 2):
        try:
            days[folder].append(date.fromisoformat(known_from))
        except KeyError as err:
            raise _malformed("vintages.csv", number, f"unknown folder {err}") from None
        except ValueError as err:
            raise _malformed("vintages.csv", number, err) from err
    return {folder: tuple(found) for folder, found in days.items()}


def _monthly(
    bundle: Traversable, name: str, vintages: tuple[date, ...]
) -> tuple[list[date], tuple[Observation, ...]]:
    """Vintages of a monthly or quarterly series, and what each adds: a column a vintage."""
    path = f"monthly/{name}.csv"
    header, rows = _table(bundle, path)
    known = {str(day): day for day in vintages}
    _expect(path, header, ["period", *(day for day in known if day in header)])
    columns = [known[day] for day in header[1:]]
    observations: list[Observation] = []
    previous = date.min
    for number, row in enumerate(rows, 2):
        try:
            period = _after(previous, date.fromisoformat(f"{row[0]}-01"))
            observations += [
                Observation(period, known_from, None if cell == _HOLE else _number(cell))
                for known_from, cell in zip(columns, row[1:], strict=True)
                if cell
            ]
        except ValueError as err:
            raise _malformed(path, number, err) from err
        previous = period
    return columns, tuple(observations)


def _statements(days: Iterable[date], observations: Iterable[Observation]) -> tuple[Statement, ...]:
    """For each vintage that it covers the periods that were known by then."""
    statements: list[Statement] = []
    for day in days:
        periods = [row.period for row in observations if row.known_from <= day]
        if periods:
            statements.append(Statement(day, day, min(periods), max(periods)))
    return tuple(statements)


def _curve(bundle: Traversable, known_from: date) -> Iterator[tuple[str, tuple[Observation, ...]]]:
    """The daily curve: a row a day, a column a maturity.

    A blank before the first or after the last value of a maturity means nothing; between them it
    means that the publisher gave no value that day.
    """
    path = "daily/curve.csv"
    header, rows = _table(bundle, path)
    _expect(path, header, ["date", *_DAILY])
    days: list[date] = []
    values: list[list[float | None]] = []
    previous = date.min
    for number, row in enumerate(rows, 2):
        try:
            previous = _after(previous, date.fromisoformat(row[0]))
            values.append([_number(cell) if cell else None for cell in row[1:]])
        except ValueError as err:
            raise _malformed(path, number, err) from err
        days.append(previous)
    for name, column in zip(_DAILY, zip(*values, strict=True), strict=True):
        yield name, _inside(days, column, known_from)


def _inside(
    days: list[date], column: tuple[float | None, ...], known_from: date
) -> tuple[Observation, ...]:
    stated = [index for index, value in enumerate(column) if value is not None]
    inside = slice(stated[0], stated[-1] + 1) if stated else slice(0)
    return tuple(map(Observation, days[inside], repeat(known_from), column[inside]))


def _turning_points(bundle: Traversable) -> dict[str, tuple[Observation, ...]]:
    """NBER's chronology: a row a turning point, with the day it was announced."""
    path = "nber.csv"
    header, rows = _table(bundle, path)
    _expect(path, header, ["kind", "month", "announced", "basis"])
    points: dict[str, list[Observation]] = {name: [] for name in _TURNING_POINTS.values()}
    previous = date.min
    for number, (kind, month, announced, _) in enumerate(rows, 2):
        try:
            previous = _after(previous, date.fromisoformat(f"{month}-01"))
            observation = Observation(previous, date.fromisoformat(announced), 1.0)
            points[_TURNING_POINTS[kind]].append(observation)
        except KeyError:
            raise _malformed(path, number, f"{kind!r} is neither peak nor trough") from None
        except ValueError as err:
            raise _malformed(path, number, err) from err
    return {name: tuple(found) for name, found in points.items()}


# ------------------------------------------------------------------------------------- small pieces
def _table(bundle: Traversable, path: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a file without quoting; every row is as long as the header."""
    try:
        text = bundle.joinpath(*path.split("/")).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise SourceMalformed(f"bundled {path}: cannot be read: {err}") from err
    header, *rows = [line.split(",") for line in text.splitlines()] or [[""]]
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise _malformed(path, number, f"{len(row)} cells instead of {len(header)}")
    return header, rows


def _expect(path: str, header: list[str], wanted: list[str]) -> None:
    if header != wanted:
        raise _malformed(path, 1, f"the header is {','.join(header)}, not {','.join(wanted)}")


def _after(previous: date, day: date) -> date:
    if day <= previous:
        raise ValueError(f"{day} does not come after {previous}")
    return day


@lru_cache(maxsize=4096)  # yields repeat: a few thousand decimals make up the whole curve
def _number(cell: str) -> float:
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"{cell!r} is not a finite number")
    return value


def _malformed(path: str, line: int, reason: object) -> SourceMalformed:
    return SourceMalformed(
        f"bundled {path}, line {line}: {reason}; reinstall the package, or rebuild the file "
        "as docs/data.md says"
    )
