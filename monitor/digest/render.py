"""Digest in words -> subject, plain text and page. The same view gives the same bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from monitor.digest import files, script, wording
from monitor.digest.blocks import Table
from monitor.digest.view import DigestView
from monitor.digest.wording import EN, Wording
from monitor.errors import RenderError

WIDTH: Final = 78
"""Columns of the plain text; a Chinese character takes two."""

_GAP: Final = "  "
_INDENT: Final = "    "
_NARROWEST: Final = 30
"""Columns below which a cell is not broken into lines; the row is told in sentences instead."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished digest.

    Attributes:
        subject: one line, without a line end.
        text: plain text of at most 78 columns.
        html: a page that needs no other file.
    """

    subject: str
    text: str
    html: str


class Spoken(Protocol):
    """Words that a template puts on a page, and which language they are in."""

    @property
    def language(self) -> str:
        """The language as BCP 47 writes it."""


def render(view: DigestView, templates: Path | None = None) -> Rendered:
    """Subject, text and page of one digest.

    Args:
        view: the digest in words.
        templates: folder of the templates, if not the one that comes with the package.

    Raises:
        RenderError: the templates are missing or do not fit the view.
    """
    subject, text, html = (
        fill_in(name, view, templates)
        for name in ("email/digest.subject.txt", "email/digest.txt", "web/digest.html")
    )
    return Rendered(subject.rstrip("\n"), text, html)


def fill_in(name: str, view: Spoken, templates: Path | None = None) -> str:
    """One template with the words of one view.

    Args:
        name: the template below the folder.
        view: what the template calls ``view``.
        templates: folder of the templates, if not the one that comes with the package.

    Raises:
        RenderError: the templates are missing or do not fit the view.
    """
    say = wording.of(view.language.replace("-", "_"))
    try:
        template = _environment(templates or files.templates(), say.language).get_template(name)
        return template.render(view=view)
    except TemplateError as err:
        where = getattr(err, "name", None) or "templates"
        raise RenderError(f"{name} cannot be rendered: {where}: {err}") from err


@cache
def _environment(folder: Path, language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    say = wording.of(language)
    environment.filters |= {"fill": fill, "table": partial(lay_out, say=say), "columns": columns}
    environment.globals |= {
        "bracketed": say.bracketed,
        "hover": script.SOURCE,
        "hover_hash": script.csp_hash(),
        "clauses": say.clauses,
        "masthead": lambda product, day: say("{product}, {day}", product=product, day=day),
        "pair": say.pair,
    }
    return environment


# ------------------------------------------------------------------------------------- plain text
_WIDE: Final = frozenset("WF")
# Punctuation of either width, by code point where a full-width form looks like its ASCII twin.
_NO_START: Final = frozenset(
    "\uff0c。\uff1b\uff1a、\uff01\uff1f\uff09》〉」』】”\u2019…—·%\uff05℃,.;:!?)]}"
)
"""What may not begin a line."""
_NO_END: Final = frozenset("\uff08《〈「『【“\u2018([{")
"""What may not end one."""


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for a Chinese character."""
    return sum(map(_column, text))


def _column(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in _WIDE else 1


def fill(text: str, first: str = "", rest: str = "") -> str:
    """Text broken into lines of at most 78 columns, with an indent for the first and the rest.

    Lines break at white space, and between a Chinese character and its neighbour unless that is
    punctuation that belongs to the other; what is longer than a line is cut.
    """
    lines: list[str] = []
    line, empty = first, True
    for space, piece in _pieces(text):
        gap = " " if space and not empty else ""
        if columns(line) + len(gap) + columns(piece) <= WIDTH:
            line, empty = line + gap + piece, False
            continue
        left = piece
        if columns(rest) + columns(piece) > WIDTH:
            head = _cut(piece, WIDTH - columns(line) - len(gap))
            line, left = line + gap + head if head else line, piece[len(head) :]
            empty = empty and not head
        if not empty:
            lines.append(line)
            line = rest
        while columns(line) + columns(left) > WIDTH:
            head = _cut(left, WIDTH - columns(line)) or left[:1]
            lines.append(line + head)
            line, left = rest, left[len(head) :]
        line, empty = line + left, not left
    return "\n".join([*lines, *([] if empty else [line])])


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """What no line may break within, and whether white space stands before it."""
    for word in text.split():
        start = 0
        for place in range(1, len(word)):
            if _may_break(word[place - 1], word[place]):
                yield start == 0, word[start:place]
                start = place
        yield start == 0, word[start:]


def _may_break(before: str, after: str) -> bool:
    if before.isascii() and after.isascii():
        return False
    if before in _NO_END or after in _NO_START:
        return False
    return _column(before) == _DOUBLE or _column(after) == _DOUBLE


_DOUBLE: Final = 2


def _cut(text: str, room: int) -> str:
    """As much of the beginning of a text as there is room for."""
    used = 0
    for place, letter in enumerate(text):
        used += _column(letter)
        if used > room:
            return text[:place]
    return text


def lay_out(table: Table, say: Wording = EN) -> str:
    """A table in aligned columns, or told row by row where it does not fit 78 columns."""
    titles = tuple(column.title for column in table.columns)
    widths = [max(map(columns, cells)) for cells in zip(titles, *table.rows, strict=True)]
    used = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
    spare = WIDTH - used
    numeric = table.columns[-1].numeric
    if widths[-1] > spare and (numeric or spare < _NARROWEST):
        return "\n".join(_told(say, row, titles) for row in table.rows)
    widths[-1] = min(widths[-1], spare)
    rule = _GAP.join("-" * width for width in widths)
    aligned = [_aligned(row, table, widths) for row in (titles, *table.rows)]
    return "\n".join([aligned[0], rule, *aligned[1:]])


def _aligned(row: Sequence[str], table: Table, widths: Sequence[int]) -> str:
    cells = [
        _padded(cell, width, right=column.numeric)
        for cell, column, width in zip(row, table.columns, widths, strict=True)
    ]
    head = _GAP.join(cells[:-1])
    if columns(cells[-1]) <= widths[-1]:
        return _GAP.join(cells).rstrip()
    indent = " " * (columns(head) + len(_GAP))
    return fill(cells[-1].strip(), head + _GAP, indent)


def _padded(cell: str, width: int, *, right: bool) -> str:
    blank = " " * (width - columns(cell))
    return blank + cell if right else cell + blank


def _told(say: Wording, row: Sequence[str], titles: Sequence[str]) -> str:
    """One row as its name and below it the rest as ``title: cell``, as many as fit in a line."""
    lines: list[str] = []
    for title, cell in zip(titles[1:], row[1:], strict=True):
        pair = say.pair(title, cell)
        longer = say.clauses(lines[-1], pair) if lines else ""
        if lines and len(_INDENT) + columns(longer) <= WIDTH:
            lines[-1] = longer
        else:
            lines.append(pair)
    told = [fill(line, _INDENT, _INDENT * 2) for line in lines]
    return "\n".join([fill(say("{name} {value}", name=titles[0], value=row[0])), *told])
