"""The seven channels of asset purchases beside each other: how high each stands, and where it goes.

Drawn by hand as inline SVG, once for wide and once for narrow screens. Every channel has a line
from the lowest to the highest value of its own history, so that they can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.digest.blocks import Figure
from monitor.digest.charts import svg
from monitor.digest.wording import NONE, Wording, phrase, whole_percent
from monitor.domain import Channel, ChannelReading, Direction

TITLE: Final = phrase("Channels of asset purchases against their own history")

_DOT: Final = phrase(
    "percentile of the newest value, with an arrow where it moved much over 13 weeks"
)

NAMES: Final[Mapping[Channel, str]] = {
    "signalling": phrase("Signalling"),
    "duration_risk": phrase("Duration risk"),
    "liquidity_premium": phrase("Liquidity premium"),
    "safety_premium": phrase("Safety premium"),
    "prepayment_risk": phrase("Prepayment risk"),
    "default_risk": phrase("Default risk"),
    "inflation_expectations": phrase("Expected inflation"),
}
"""Name of each channel, short enough for a table of 78 columns."""

DIRECTIONS: Final[Mapping[Direction, str]] = {
    "easing": phrase("easing"),
    "tightening": phrase("tightening"),
    "flat": phrase("flat"),
}


@dataclass(frozen=True, slots=True)
class _Size:
    """Size of one drawing: edges of the lines, right edge of the percentiles, all in pixels."""

    name: str
    width: float
    left: float
    right: float
    percent: float
    font: float


_WIDE: Final = _Size("wide channels", 760, 146, 590, 660, 12.5)
_NARROW: Final = _Size("narrow channels", 343, 132, 222, 266, 12)
_STEP: Final = 27.0
_TOP: Final = 24.0
_HEAD: Final = 14.0
"""Pixels from a dot to the point of its arrow."""


def chart(say: Wording, channels: Sequence[ChannelReading]) -> str:
    """The channels as two SVG drawings, or nothing if no percentile is known."""
    if not any(map(_known, channels)):
        return ""
    said = describe(say, channels)
    return "\n".join(_drawing(say, channels, size, said) for size in (_WIDE, _NARROW))


def figure(say: Wording, channels: Sequence[ChannelReading]) -> Figure | None:
    """The chart with its title, its description and how to read it; ``None`` without a chart."""
    drawn = chart(say, channels)
    if not drawn:
        return None
    return Figure(say(TITLE), describe(say, channels), (("mark-hit", say(_DOT)),), drawn)


def describe(say: Wording, channels: Sequence[ChannelReading]) -> str:
    """A sentence for each channel that is known, and the names of those that are not."""
    told = [_told(say, it) for it in channels if _known(it)]
    if not told:
        return say("There is no channel of asset purchases to draw yet.")
    missing = [say(NAMES[it.channel]) for it in channels if not _known(it)]
    return say.text(
        *told,
        say("Not stored, or not known for this day: {names}.", names=say.listed(missing))
        if missing
        else "",
    )


def _told(say: Wording, reading: ChannelReading) -> str:
    name, place = say(NAMES[reading.channel]), _percentile(reading)
    year = reading.since.year if reading.since else NONE
    if reading.direction is None:
        return say(
            "{channel}: percentile {place} since {year}.", channel=name, place=place, year=year
        )
    return say(
        "{channel}: percentile {place} since {year}, over 13 weeks {direction}.",
        channel=name,
        place=place,
        year=year,
        direction=say(DIRECTIONS[reading.direction]),
    )


def _known(reading: ChannelReading) -> bool:
    """Whether there is a percentile of a history whose first year can be told."""
    known = reading.percentile is not None and math.isfinite(reading.percentile)
    return known and reading.since is not None


def _percentile(reading: ChannelReading) -> str:
    return str(whole_percent(reading.percentile or 0))


# ---------------------------------------------------------------------------------------- drawing
def _drawing(say: Wording, channels: Sequence[ChannelReading], size: _Size, said: str) -> str:
    known = [it for it in channels if _known(it)]
    bottom = _TOP + _STEP * len(known)
    plot = svg.Plot(size.left, size.right, _TOP, bottom, 0, 1)
    parts = [*_axis(say, plot, size)]
    for row, reading in enumerate(known):
        parts += _row(say, reading, plot.top + _STEP * (row + 0.5), plot, size)
    sheet = svg.Sheet(size.name, size.width, bottom + svg.AXIS, size.font)
    return svg.drawing(sheet, say(TITLE), said, parts)


def _axis(say: Wording, plot: svg.Plot, size: _Size) -> Iterator[str]:
    for percent in (0, 50, 100):
        x = plot.x(percent / 100)
        yield svg.line("grid", x, plot.top, x, plot.bottom)
        yield svg.text("axis", x, plot.bottom + 16, f"{percent}%", "middle")
    yield svg.text("axis", size.percent, 13, say("percentile"), "end")
    yield svg.text("axis", size.width, 13, say("13 weeks"), "end")


def _row(
    say: Wording, reading: ChannelReading, y: float, plot: svg.Plot, size: _Size
) -> Iterator[str]:
    base = y + 4.5
    yield svg.text("label", 0, base, say(NAMES[reading.channel]))
    yield svg.line("mark", plot.left, y, plot.right, y)
    x = plot.x(min(max(reading.percentile or 0, 0), 1))
    change = reading.change_13w
    if change and math.isfinite(change) and reading.direction != "flat":
        way = 1 if change > 0 else -1
        yield svg.line("shaft", x, y, x + (_HEAD - 4) * way, y)
        yield svg.arrow(x + _HEAD * way, y, way)
    yield svg.dot(x, y, 4.5)
    yield svg.text("label", size.percent, base, f"{_percentile(reading)}%", "end")
    words = say(DIRECTIONS[reading.direction]) if reading.direction else NONE
    yield svg.text("axis", size.width, base, words, "end")
