"""Digest in words -> subject, plain text and page. The same view gives the same bytes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from monitor.digest.blocks import Table
from monitor.digest.view import DigestView
from monitor.errors import RenderError

WIDTH: Final = 78
"""Columns of the plain text."""

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


def fill_in(name: str, view: object, templates: Path | None = None) -> str:
    """One template with the words of one view.

    Args:
        name: the template below the folder.
        view: what the template calls ``view``.
        templates: folder of the templates, if not the one that comes with the package.

    Raises:
        RenderError: the templates are missing or do not fit the view.
    """
    try:
        return _environment(templates or _folder()).get_template(name).render(view=view)
    except TemplateError as err:
        where = getattr(err, "name", None) or "templates"
        raise RenderError(f"{name} cannot be rendered: {where}: {err}") from err


def _folder() -> Path:
    """Folder of the templates: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).parents[1]
    places = [package / "templates", package.parent / "templates"]
    for place in places:
        if (place / "web" / "digest.html").is_file():
            return place
    raise RenderError(
        f"no digest templates in {' or '.join(map(str, places))}: install recession-monitor again"
    )


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"fill": fill, "table": lay_out}
    return environment


def fill(text: str, first: str = "", rest: str = "") -> str:
    """Text broken into lines of at most 78 columns, with an indent for the first and the rest."""
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def lay_out(table: Table) -> str:
    """A table in aligned columns, or told row by row where it does not fit 78 columns."""
    titles = tuple(column.title for column in table.columns)
    widths = [max(map(len, cells)) for cells in zip(titles, *table.rows, strict=True)]
    used = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
    spare = WIDTH - used
    numeric = table.columns[-1].numeric
    if widths[-1] > spare and (numeric or spare < _NARROWEST):
        return "\n".join(_told(row, titles) for row in table.rows)
    widths[-1] = min(widths[-1], spare)
    rule = _GAP.join("-" * width for width in widths)
    aligned = [_aligned(row, table, widths) for row in (titles, *table.rows)]
    return "\n".join([aligned[0], rule, *aligned[1:]])


def _aligned(row: Sequence[str], table: Table, widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column.numeric else cell.ljust(width)
        for cell, column, width in zip(row, table.columns, widths, strict=True)
    ]
    head = _GAP.join(cells[:-1])
    if len(cells[-1]) <= widths[-1]:
        return _GAP.join(cells).rstrip()
    indent = " " * (len(head) + len(_GAP))
    return fill(cells[-1].strip(), head + _GAP, indent)


def _told(row: Sequence[str], titles: Sequence[str]) -> str:
    """One row as its name and below it the rest as ``title: cell``, as many as fit in a line."""
    lines: list[str] = []
    for title, cell in zip(titles[1:], row[1:], strict=True):
        pair = f"{title}: {cell}"
        if lines and len(_INDENT) + len(lines[-1]) + len(pair) + 2 <= WIDTH:
            lines[-1] += f"; {pair}"
        else:
            lines.append(pair)
    told = [fill(line, _INDENT, _INDENT * 2) for line in lines]
    return "\n".join([fill(f"{titles[0]} {row[0]}"), *told])
