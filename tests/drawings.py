"""What can be asked of a chart: it is read as XML, and its type is measured as it is drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from monitor.digest.charts import svg

ASCENT, DESCENT = 0.74, 0.2
"""How far figures and letters reach above and below their base line, in units of the type."""


@dataclass(frozen=True)
class Box:
    """Where words stand, in pixels."""

    words: str
    left: float
    right: float
    top: float
    bottom: float

    def touches(self, other: Box) -> bool:
        """Whether two pieces of text lie on each other."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def read(drawn: str) -> list[Element]:
    """Each drawing of a chart, the wide one first."""
    return [fromstring(it) for it in re.findall(r"<svg.*?</svg>", drawn, flags=re.DOTALL)]


def classed(drawing: Element, kind: str) -> list[Element]:
    """The parts of a class, in the order in which they are drawn."""
    return [part for part in drawing.iter() if kind in part.get("class", "").split()]


def texts(drawing: Element) -> list[str]:
    """The words of a drawing in the order in which they are drawn."""
    return [part.text or "" for part in drawing.iter("text")]


def corners(path: Element) -> list[tuple[float, float]]:
    """The places that a path names."""
    found = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", ""))
    return [(float(x), float(y)) for x, y in found]


def size(drawing: Element) -> tuple[float, float]:
    """Width and height of a sheet."""
    width, height = map(float, (drawing.get("viewBox") or "").split()[2:])
    return width, height


def probed(drawing: Element) -> list[tuple[tuple[float, float], str]]:
    """Each corner that can be pointed at with its words."""
    found = []
    for probe in classed(drawing, "probe"):
        path, metadata = probe.find("path"), probe.find("metadata")
        assert path is not None
        assert metadata is not None
        found += list(zip(corners(path), (metadata.text or "").split("\n"), strict=True))
    return found


def boxes(drawing: Element) -> list[Box]:
    """Where each piece of text stands, as far as the mean width of a character tells."""
    font = float(drawing.get("font-size", "0"))
    found = []
    for part in drawing.iter("text"):
        words = part.text or ""
        x, y = float(part.get("x", "nan")), float(part.get("y", "nan"))
        wide = svg.length(words, font)
        left = {"end": x - wide, "middle": x - wide / 2}.get(part.get("text-anchor", ""), x)
        found.append(Box(words, left, left + wide, y - ASCENT * font, y + DESCENT * font))
    return found


def places(drawing: Element) -> list[tuple[float, float]]:
    """Every coordinate of a drawing, with the edges of circles and rectangles."""
    found = [corner for path in drawing.iter("path") for corner in corners(path)]
    for circle in drawing.iter("circle"):
        x, y, radius = (float(circle.get(name, "nan")) for name in ("cx", "cy", "r"))
        found += [(x - radius, y - radius), (x + radius, y + radius)]
    for shape in drawing.iter("rect"):
        x, y, wide, high = (float(shape.get(name, "nan")) for name in ("x", "y", "width", "height"))
        found += [(x, y), (x + wide, y + high)]
    for words in drawing.iter("text"):
        found.append((float(words.get("x", "nan")), float(words.get("y", "nan"))))
    return found


def must_stay_inside(drawing: Element) -> None:
    """No coordinate lies outside the sheet."""
    width, height = size(drawing)
    for x, y in places(drawing):
        assert 0 <= x <= width, (x, y)
        assert 0 <= y <= height, (x, y)


def must_be_legible(drawing: Element) -> None:
    """All words stand on the sheet, and no two of them on each other."""
    width, height = size(drawing)
    all_words: Sequence[Box] = boxes(drawing)
    for box in all_words:
        assert box.left >= -1, box
        assert box.right <= width + 1, box
        assert box.top >= -1, box
        assert box.bottom <= height + 1, box
    for one, other in combinations(all_words, 2):
        assert not one.touches(other), (one, other)
