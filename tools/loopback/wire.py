"""The shapes that every publisher's answer goes through: request, sheet of figures, reply.

An answer is first a sheet of rows, then bytes. Faults that a careless publisher makes (a column
renamed, rows in another order) are made on the sheet, so each works for every format.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

MISSING = "."
"""FRED's sign of no value."""


class Token(str):
    """A cell that is written into JSON as it is, without quotes."""

    __slots__ = ()


Cell = str | None
"""A cell as it is printed; empty where there is no value, ``None`` where not even an element."""

Row = tuple[date, tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows as a publisher shows them, in its order.

    Attributes:
        key: name of the column of dates.
        columns: names of the others.
        rows: for each the day and the cells of the other columns.
        figures: numbers of the columns that hold figures.
        name: what the sheet as a whole is called, if anything.
        place: number of columns that stand before that of dates.
    """

    key: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    figures: tuple[int, ...]
    name: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked.

    Attributes:
        method, path: of the request line.
        query: the parameters, each with its first value.
        body: what was posted.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in its wire format.

    Attributes:
        body: the content before any compression.
        content_type: header of that name.
        status: HTTP status.
        headers: further headers.
        chunked: whether the publisher sends it in chunks, without a length.
        validated: whether the publisher sends validators and answers 304.
    """

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False
    validated: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """An answer before it is written down.

    Attributes:
        sheets: its figures.
        write: makes the reply of them.
    """

    sheets: tuple[Sheet, ...]
    write: Callable[[Sequence[Sheet]], Reply]

    def reply(self) -> Reply:
        """The answer of a publisher in good health."""
        return self.write(self.sheets)


@dataclass(frozen=True, slots=True)
class Habits:
    """What publishers have been seen to do in one way or another.

    Attributes:
        old_header: fredgraph's first column is ``DATE``, as until the autumn of 2024.
        point: fredgraph writes ``.`` for no value, as it once did; else nothing.
        whole_history: fredgraph ignores ``cosd`` and ``coed``.
        null: the Treasury marks an element without value ``m:null``; else it is only empty.
        annual_average: BLS sends a thirteenth month with each year.
        known_keys: the keys that are registered; ``None`` for every well-formed one.
        per_minute: FRED's limit for one key; 0 for none.
        validators: who sends ``ETag`` and ``Last-Modified`` and answers 304.
    """

    old_header: bool = False
    point: bool = False
    whole_history: bool = False
    null: bool = True
    annual_average: bool = False
    known_keys: frozenset[str] | None = None
    per_minute: int = 0
    validators: frozenset[str] = frozenset({"treasury", "board"})


def decimal(value: float | None, digits: int | None = None) -> str:
    """A figure in decimal notation, empty for no value."""
    if value is None:
        return ""
    if digits is not None:
        return f"{value:.{digits}f}"
    text = repr(value)
    return (f"{value:.10f}" if "e" in text else text).removesuffix(".0")


def csv(sheet: Sheet, *, day: Callable[[date], str] = date.isoformat, end: str = "\n") -> str:
    """A sheet with a header of names that need no quotes."""
    lines = [",".join((sheet.key, *sheet.columns))]
    lines += [",".join((day(when), *(cell or "" for cell in cells))) for when, cells in sheet.rows]
    return end.join(lines) + end


def objects(sheet: Sheet, gap: str = "") -> list[str]:
    """Each row as a JSON object, the day among the other names at its place.

    Args:
        sheet: the rows.
        gap: what stands between a name and its value.
    """
    place = sheet.place
    names = (*sheet.columns[:place], sheet.key, *sheet.columns[place:])
    form = "{" + ",".join(f'"{name}":{gap}%s' for name in names) + "}"
    return [
        form % tuple(map(_quoted, (*cells[:place], when.isoformat(), *cells[place:])))
        for when, cells in sheet.rows
    ]


def _quoted(cell: Cell) -> str:
    if isinstance(cell, Token):
        return cell
    return '""' if cell is None else f'"{cell}"'


def document(**parts: object) -> bytes:
    """A JSON object as FRED writes it: no spaces, slashes escaped."""
    return json.dumps(parts, separators=(",", ":")).replace("/", "\\/").encode()
