"""The drawings of the page as pictures for mail programs, which show no SVG (decision 0011)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import resvg_py

from monitor.digest import stylesheet
from monitor.digest.stylesheet import Scheme
from monitor.errors import RenderError

FAMILY: Final = "Digest Sans"
FONTS: Final = Path(__file__).parents[1] / "data" / "fonts"

MARGIN: Final = 6
"""CSS pixels of paper around a drawing. A mail program that turns the colours of a message over
leaves its pictures as they are, and without paper of its own a drawing would be black on black."""

_VIEW_BOX: Final = re.compile(r'viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)"')
_DRAWING: Final = re.compile(r'<svg class="chart(?: (wide|narrow))?[ "].*?</svg>', re.DOTALL)


def png(svg: str, *, scheme: Scheme, scale: float = 2) -> bytes:
    """One drawing as a PNG on opaque paper. The same drawing gives the same bytes.

    Args:
        svg: one ``<svg>`` of the page, with classes and without colours.
        scheme: whose colours it gets.
        scale: pixels of the picture for one CSS pixel.

    Raises:
        RenderError: it is no drawing, or a font or the style sheet is missing.
    """
    width, height = size(svg)
    box = f'viewBox="{-MARGIN} {-MARGIN} {width:g} {height:g}"'
    # Inside a page a drawing needs no name space; on its own it would lose its words without one.
    whole = _VIEW_BOX.sub(f'xmlns="http://www.w3.org/2000/svg" {box}', svg, count=1)
    try:
        return resvg_py.svg_to_bytes(
            svg_string=whole,
            background=stylesheet.colours(scheme)["paper"],
            width=round(width * scale),
            style_sheet=stylesheet.of_drawings(scheme),
            skip_system_fonts=True,
            font_files=_fonts(),
            font_family=FAMILY,
        )
    except ValueError as err:
        raise RenderError(f"a drawing cannot be made into a picture: {err}") from err


def size(svg: str) -> tuple[float, float]:
    """Width and height of the picture of a drawing, in CSS pixels.

    Raises:
        RenderError: it is no drawing.
    """
    found = _VIEW_BOX.search(svg)
    if found is None:
        raise RenderError("a drawing has no size")
    return float(found[1]) + 2 * MARGIN, float(found[2]) + 2 * MARGIN


def drawings(svg: str) -> dict[str, str]:
    """The drawings of one figure by the screens they are for: ``wide``, ``narrow`` or nothing."""
    return {found[1] or "": found[0] for found in _DRAWING.finditer(svg)}


@cache
def _fonts() -> list[str]:
    found = sorted(map(str, FONTS.glob("*.otf")))
    if not found:
        raise RenderError(f"there is no font in {FONTS}: install recession-monitor again")
    return found
