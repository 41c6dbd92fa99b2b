"""What a section of the digest is made of. Frozen words; both renditions walk the same blocks.

Fields that only one rendition shows say so in their metadata: ``{"rendition": "html"}``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

HTML_ONLY: Final = {"rendition": "html"}


# -------------------------------------------------------------------------------- building blocks
@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more sentences."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences of equal rank.

    Attributes:
        items: the sentences.
        quiet: whether they are notes to something else, in smaller type.
    """

    kind: ClassVar[str] = "items"
    items: tuple[str, ...]
    quiet: bool = field(default=False, metadata=HTML_ONLY)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: its heading, with the unit where the cells leave it out.
        numeric: whether its cells are numbers, to be aligned on the right.
        wraps: whether numbers may break into lines on a narrow screen.
    """

    title: str
    numeric: bool = False
    wraps: bool = field(default=False, metadata=HTML_ONLY)


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the row.

    Attributes:
        caption: what the table shows.
        columns: titles, from left to right.
        rows: cells, as many in each row as there are columns.
        layout: how the page treats narrow screens: ``stack`` puts the cells of a row under one
            another, ``fit`` keeps the rows and lets cells break into lines.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    layout: str = field(default="fit", metadata=HTML_ONLY)


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart; the text has its description instead.

    Attributes:
        title: what it shows.
        description: one sentence with the figures of the chart.
        legend: how to read it, as pairs of a style class and words.
        svg: the drawing.
        mail: whether a message shows it as a picture, too; others are told by their description.
    """

    kind: ClassVar[str] = "figure"
    title: str
    description: str
    legend: tuple[tuple[str, str], ...] = field(metadata=HTML_ONLY)
    svg: str = field(metadata=HTML_ONLY)
    mail: bool = field(default=False, metadata=HTML_ONLY)


Block = Paragraph | Items | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the digest.

    Attributes:
        anchor: its address in the page.
        title: its heading.
        blocks: what it says, in order.
        appendix: whether it is what the digest rests on: two sheets of paper leave it out.
    """

    anchor: str = field(metadata=HTML_ONLY)
    title: str
    blocks: tuple[Block, ...]
    appendix: bool = field(default=False, metadata=HTML_ONLY)
