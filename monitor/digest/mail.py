"""Digest in words -> the HTML part of a message and its pictures. The same view, the same bytes.

It is the third rendition of the view beside text and page, made of what mail programs show:
docs/mail.md has the list. No part of it is fetched from anywhere when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

import css_inline

from monitor.digest import raster, render, stylesheet, wording
from monitor.digest.blocks import Block, Figure, Section, Table
from monitor.digest.stylesheet import Scheme
from monitor.digest.view import DigestView
from monitor.digest.wording import Wording
from monitor.domain import Image, Mail
from monitor.errors import RenderError

BUDGET: Final = 74_000
"""Octets of HTML with the ends of its lines as they are sent. Gmail hides what comes after some
102,000 octets of the encoded part, and base64, as Chinese text is sent, makes 101,300 of these."""

_GROWN: Final = 1.2
"""The pictures are the drawings for narrow screens, shown a little larger."""

_LONGEST_ALT: Final = 100
"""Characters that stand for a picture that is not shown: its whole description follows as text."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """A figure as it stands in a message; the legend as mark, name of its colour and words."""

    kind: ClassVar[str] = "picture"
    title: str
    description: str
    legend: tuple[tuple[str, str, str], ...]
    day: Image
    night: Image


@dataclass(frozen=True, slots=True)
class _Told:
    """A table too wide for a message: rows as their name and the rest in words."""

    kind: ClassVar[str] = "told"
    caption: str
    heading: str
    rows: tuple[tuple[str, str], ...]


_Shown = Block | _Picture | _Told


@dataclass(frozen=True, slots=True)
class _Part:
    """A section as it stands in a message."""

    title: str
    blocks: tuple[_Shown, ...]


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the template fills in.

    Attributes:
        language: as BCP 47 writes it.
        digest: the words.
        styles: rules that stay style sheets, one for each condition: a program that does not
            know one of them drops the whole sheet.
        colours: name of a colour to its light value.
        horizons: the figure of the headline.
        sections: what is left of the sections.
        left_out: the sentence about those that would not fit, or nothing.
        page: address of the same digest as a page, or nothing.
    """

    language: str
    digest: DigestView
    styles: Sequence[str]
    colours: Mapping[str, str]
    horizons: _Shown
    sections: Sequence[_Part]
    left_out: str
    page: str


def build(view: DigestView, page: str = "") -> Mail:
    """The HTML part of one digest, of at most 74,000 octets, and its pictures.

    Whole sections are left out from the end where it would be longer, and a sentence says so.

    Args:
        view: the digest in words.
        page: https address of the same digest as a page, or nothing.

    Raises:
        RenderError: a template, a font or a style sheet is missing or does not fit; or the first
            screen alone is too long for a message.
    """
    if page and not page.startswith("https://"):
        raise RenderError(f"{page}: a message links to nothing but https addresses")
    say = wording.of(view.language.replace("-", "_"))
    horizons = _shown(say, view.headline.horizons, "horizons-0")
    parts = tuple(_part(say, section) for section in view.sections)
    for kept in range(len(parts), -1, -1):
        html = _html(say, view, horizons, parts[:kept], page)
        if octets(html) <= BUDGET:
            shown = (horizons, *(block for part in parts[:kept] for block in part.blocks))
            return Mail(html, tuple(_images(shown)))
    raise RenderError("the first screen of the digest is too long for a message")


def octets(html: str) -> int:
    """How long a document is on the wire before it is encoded: its lines end in CRLF."""
    return len(html.encode()) + html.count("\n")


# ------------------------------------------------------------------------------ view into message
def _part(say: Wording, section: Section) -> _Part:
    return _Part(
        section.title,
        tuple(
            _shown(say, block, f"{section.anchor}-{place}")
            for place, block in enumerate(section.blocks)
        ),
    )


def _shown(say: Wording, block: Block, key: str) -> _Shown:
    """A block in the form that a message has for it."""
    if isinstance(block, Figure) and block.mail and block.svg:
        return _picture(block, key)
    if isinstance(block, Table) and block.layout == "stack":
        heading, *titles = (column.title for column in block.columns)
        rows = tuple((row[0], say.clauses(*map(say.pair, titles, row[1:]))) for row in block.rows)
        return _Told(block.caption, heading, rows)
    return block


def _picture(figure: Figure, key: str) -> _Picture:
    drawn = raster.drawings(figure.svg)
    svg = drawn.get("narrow") or next(iter(drawn.values()), "")
    width, height = raster.size(svg)
    day, night = (
        Image(
            cid=f"{key}.{scheme}@digest",
            filename=f"{key}-{scheme}.png",
            content=raster.png(svg, scheme=scheme),
            alt=_shortened(figure.description),
            width=round(width * _GROWN),
            height=round(height * _GROWN),
        )
        for scheme in _SCHEMES
    )
    legend = tuple((*_swatch(style), words) for style, words in figure.legend)
    return _Picture(figure.title, figure.description, legend, day, night)


_SCHEMES: Final[tuple[Scheme, Scheme]] = ("light", "dark")
_SWATCHES: Final = {"mark-hit": "●", "mark-miss": "\N{MULTIPLICATION SIGN}", "mark-open": "○"}


def _swatch(style: str) -> tuple[str, str]:
    """A character that looks like what a class of the legend draws, and the name of its colour."""
    colour, area = stylesheet.paint_of(style)
    return _SWATCHES.get(style, "■" if area else "—"), colour


def _shortened(text: str) -> str:
    """The beginning of a text that has room beside a picture that is not shown."""
    if len(text) <= _LONGEST_ALT:
        return text
    begun = text[: _LONGEST_ALT - 1]
    return f"{begun[: begun.rfind(' ')] if ' ' in begun else begun}…"


def _images(shown: Sequence[_Shown]) -> Iterator[Image]:
    for block in shown:
        if isinstance(block, _Picture):
            yield from (block.day, block.night)


# --------------------------------------------------------------------------------- words into HTML
def _html(
    say: Wording, view: DigestView, horizons: _Shown, parts: Sequence[_Part], page: str
) -> str:
    inline, kept = _styles()
    lost = [section.title for section in view.sections[len(parts) :]]
    left_out = say(
        "This message would be too long for some mail programs with the following; they are in its"
        " plain-text part and on the page: {sections}.",
        sections=say.listed(lost),
    )
    letter = _Letter(
        language=view.language,
        digest=view,
        styles=kept,
        colours=stylesheet.colours("light"),
        horizons=horizons,
        sections=parts,
        left_out=left_out if lost else "",
        page=page,
    )
    html = render.fill_in("email/digest.html", letter)
    inliner = css_inline.CSSInliner(
        extra_css=inline, load_remote_stylesheets=False, minify_css=True
    )
    return inliner.inline(html.lstrip()).replace(' data-css-inline="keep"', "")


@cache
def _styles() -> tuple[str, Sequence[str]]:
    """The rules that go inline, and those that only a style sheet can say, by condition."""
    inline: list[str] = []
    kept: list[str] = []
    for prelude, body in stylesheet.rules(stylesheet.read("email/mail.css")):
        scheme: Scheme = "dark" if prelude == stylesheet.DARK else "light"
        rule = f"{prelude}{{{' '.join(body.split())}}}"
        (kept if prelude.startswith("@") else inline).append(stylesheet.resolved(rule, scheme))
    return "\n".join(inline), kept
