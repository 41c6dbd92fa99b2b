"""What others say beside the headline, each with the event that it speaks of.

A start within twelve months, a recession in one month a year ahead and one already under way are
different events, and their probabilities need not agree. So each of others stands beside ours of
the same event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.digest.blocks import Block, Column, Figure, Items, Paragraph, Table
from monitor.digest.charts import svg
from monitor.digest.sentences import member_name
from monitor.digest.wording import Wording, capital, phrase
from monitor.domain import HEADLINE_HORIZON, Assessment, MemberScore, add_months
from monitor.model import factor
from monitor.watch import SAHM_TRIGGER

_WRIGHT: Final = "wright"
_OURS: Final = phrase("This monitor")
_SAHM: Final = phrase("Sahm's rule")
_SMOOTHED: Final = phrase("Chauvet-Piger, smoothed")
_TITLE: Final = phrase("The probabilities side by side")
_WIDTH, _LEFT, _RIGHT, _STEP = 343.0, 172.0, 300.0, 42.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One line of the comparison, in words.

    Attributes:
        whose: who says it.
        event: what it is the probability of.
        period: the month or months it speaks of.
        short: both in a few words.
        value: the figure.
        probability: the figure as a fraction, or ``None`` where it is no probability.
        ours: whether it is our own.
    """

    whose: str
    event: str
    period: str
    short: str
    value: str
    probability: float | None
    ours: bool = False


def peers(say: Wording, assessment: Assessment) -> tuple[Peer, ...]:
    """Those that are known on the day, ours of the same event beside each of others.

    Left out is what stands in for a vintage that is not stored: the smoothed probability of Chauvet
    and Piger is revised throughout, so that the values of today are not what was said then.
    """
    return (*_starts(say, assessment), *_ahead(say, assessment), *_now(say, assessment))


def _starts(say: Wording, assessment: Assessment) -> Iterator[Peer]:
    """Of a start within twelve months."""
    until = add_months(assessment.as_of, HEADLINE_HORIZON)
    yield _start(say, say(_OURS), until, assessment.recession.headline, ours=True)
    if wright := _member(assessment, _WRIGHT):
        until = add_months(assessment.inversion.month, HEADLINE_HORIZON)
        yield _start(say, member_name(say, wright), until, wright.probability[HEADLINE_HORIZON])


def _ahead(say: Wording, assessment: Assessment) -> Iterator[Peer]:
    """Of a recession in one month a year ahead."""
    if published := _member(assessment, factor.ID):
        there = add_months(assessment.inversion.month, HEADLINE_HORIZON)
        name, value = member_name(say, published), published.probability[HEADLINE_HORIZON]
        yield _inside(say, name, there, value)
    if HEADLINE_HORIZON in assessment.recession.at:
        there = add_months(assessment.as_of, HEADLINE_HORIZON)
        value = assessment.recession.at[HEADLINE_HORIZON]
        yield _inside(say, say(_OURS), there, value, ours=True)


def _now(say: Wording, assessment: Assessment) -> Iterator[Peer]:
    """Of a recession already under way."""
    smoothed, now = assessment.watch.smoothed, assessment.recession.now
    if smoothed and not smoothed.revised:
        yield _inside(say, say(_SMOOTHED), smoothed.period, smoothed.value / 100)
    if now:
        yield _inside(say, say(_OURS), now.month, now.probability, ours=True)
    if gap := assessment.watch.sahm_gap:
        trigger = say.gap(SAHM_TRIGGER)
        yield Peer(
            whose=say(_SAHM),
            event=say("begun at {trigger} or more", trigger=trigger),
            period=say.month(gap.period),
            short="",
            value=say.points(gap.value),
            probability=None,
        )


def _member(assessment: Assessment, name: str) -> MemberScore | None:
    return next((it for it in assessment.recession.members if it.id == name), None)


def _start(
    say: Wording, whose: str, until: date, probability: float, *, ours: bool = False
) -> Peer:
    month = say.month(until)
    return Peer(
        whose=whose,
        event=say("a recession starts"),
        period=say("by {month}", month=month),
        short=say("a start by {month}", month=month),
        value=say.percent(probability),
        probability=probability,
        ours=ours,
    )


def _inside(
    say: Wording, whose: str, when: date, probability: float, *, ours: bool = False
) -> Peer:
    month = say.month(when)
    return Peer(
        whose=whose,
        event=say("a recession in that month"),
        period=month,
        short=say("a recession in {month}", month=month),
        value=say.percent(probability),
        probability=probability,
        ours=ours,
    )


# -------------------------------------------------------------------------------------- the blocks
def blocks(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """The comparison as a table and a chart, why they differ, and what is not stored."""
    known = peers(say, assessment)
    table = Table(
        say("What others say, each of its own event, and what we say of the same one"),
        (
            Column(say("Whose")),
            Column(say("Event")),
            Column(say("Value"), numeric=True),
            Column(say("For")),
        ),
        tuple((it.whose, it.event, it.value, it.period) for it in known),
        layout="stack",
    )
    drawing = chart(say, assessment)
    figure = [Figure(say(_TITLE), describe(say, assessment), (), drawing)] if drawing else []
    return (table, *figure, Paragraph(_why(say, known)), *_notes(say, assessment))


def _why(say: Wording, known: Sequence[Peer]) -> str:
    words = say(
        "They are probabilities of different events and need not agree: a start at any time in"
        " twelve months, a recession in one month a year ahead, or one already under way. Compare"
        " only lines of the same event, and mind the month: that of others follows their newest"
        " data."
    )
    gauged = any(it.probability is None for it in known)
    return say.text(
        words, say("Sahm's rule is a rise of unemployment, not a probability.") if gauged else ""
    )


def _notes(say: Wording, assessment: Assessment) -> Iterator[Items]:
    smoothed, notes = assessment.watch.smoothed, []
    if smoothed is None:
        notes.append(
            say(
                "The smoothed probability of Chauvet and Piger is not stored; it comes with the"
                " first answer of FRED."
            )
        )
    elif smoothed.revised:
        notes.append(
            say(
                "The smoothed probability of Chauvet and Piger is not stored as it stood that day;"
                " as it is revised throughout, later values do not stand in for it."
            )
        )
    else:
        notes.append(
            say(
                "Chauvet and Piger look back: the figure for a month reads later months too, comes"
                " some two months late and is revised throughout."
            )
        )
    if assessment.watch.sahm_gap is None:
        notes.append(say("Sahm's rule cannot be told: no unemployment rate is stored."))
    if not assessment.recession.at:
        notes.append(
            say("Ours of one month a year ahead is left out, as the state now could not be told.")
        )
    yield Items(tuple(notes), quiet=True)


# --------------------------------------------------------------------------------------- the chart
def describe(say: Wording, assessment: Assessment) -> str:
    """One sentence with every probability of the chart."""
    return say(
        "{probabilities}.",
        probabilities=say.clauses(
            *(
                say("{whose}: {value} for {event}", whose=it.whose, value=it.value, event=it.short)
                for it in peers(say, assessment)
                if it.probability is not None
            )
        ),
    )


def chart(say: Wording, assessment: Assessment) -> str:
    """The probabilities as dots on one axis from 0 to 100 %, or nothing where ours stands alone."""
    drawn = [(it, it.probability) for it in peers(say, assessment) if it.probability is not None]
    if all(it.ours for it, _ in drawn):
        return ""
    bottom = _STEP * len(drawn)
    parts = []
    for percent in (0, 50, 100):
        x = _x(percent / 100)
        parts.append(svg.line("grid", x, 0, x, bottom))
        parts.append(svg.text("axis", x, bottom + 16, f"{percent}%", "middle"))
    for row, (it, probability) in enumerate(drawn):
        y = _STEP * (row + 0.5)
        kind = "label strong" if it.ours else "label"
        parts += [
            svg.text(kind, 0, y - 3, it.whose),
            svg.text("axis", 0, y + 13, capital(it.short)),
            svg.dot(_x(probability), y, 4.5),
            svg.text(kind, _WIDTH, y + 4.5, it.value, "end"),
        ]
    sheet = svg.Sheet("horizons peers", _WIDTH, bottom + 22, 12.5)
    return svg.drawing(sheet, say(_TITLE), describe(say, assessment), parts)


def _x(probability: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * probability
