"""The calendar of a digest: what comes next, and what came in since the digest before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from monitor import catalog
from monitor.digest import wording
from monitor.digest.blocks import Block, Column, Paragraph, Table
from monitor.digest.wording import Wording, phrase
from monitor.domain import Assessment, Came, Due, DueKind, Edition, SeriesSpec

DAYS: Final[Mapping[Edition, int]] = {"daily": 7, "weekly": 14, "monthly": 45}
"""How many days an edition looks ahead; an assessment holds as many as the longest needs."""

_DECISIONS: Final[Mapping[DueKind, str]] = {
    "meeting": phrase("Decision of the FOMC"),
    "projections": phrase("Decision of the FOMC, with projections"),
}
_DIGITS: Final = {"UNRATE": 1, "INDPRO": 1}


def blocks(say: Wording, assessment: Assessment, edition: Edition) -> tuple[Block, ...]:
    """What can be waited for within the days of the edition, and what has come.

    Args:
        say: the language.
        assessment: the verdict of the day; it holds both.
        edition: how far to look ahead.
    """
    return (*_coming(say, assessment, edition), *_came(say, assessment))


# ------------------------------------------------------------------------------------ what is next
def _coming(say: Wording, assessment: Assessment, edition: Edition) -> list[Block]:
    until = assessment.as_of + timedelta(days=DAYS[edition])
    due = [it for it in assessment.agenda if it.first <= until]
    if not due:
        nothing = say("Nothing of what is watched is expected by {day}.", day=say.day(until))
        return [Paragraph(nothing)]
    caption = say("What can be expected by {day}", day=say.day(until))
    columns = Column(say("When")), Column(say("What"))
    rows = tuple((_when(say, it, assessment), _what(say, it)) for it in due)
    return [Table(caption, columns, rows), *_notes(say, due)]


def _what(say: Wording, due: Due) -> str:
    if due.period is None:
        return say(_DECISIONS[due.kind])
    dated = any(_dated(name) for name in due.series)
    return say(
        "{publication}, {period}: {series}",
        publication=say.told(due.what),
        period=say.day(due.period) if dated else say.month(due.period),
        series=say.listed(due.series),
    )


def _when(say: Wording, due: Due, assessment: Assessment) -> str:
    if due.last < assessment.as_of:
        return say("overdue since {day}", day=say.day(due.last))
    if due.first == due.last:
        day = say.day(due.first)
        return say("about {day}", day=day) if due.estimated else day
    if due.first <= assessment.as_of:
        return say("by {day}", day=say.day(due.last))
    return say.days(due.first, due.last)


def _notes(say: Wording, due: list[Due]) -> list[Block]:
    spans = any(it.kind == "release" for it in due)
    guessed = any(it.kind != "release" and it.estimated for it in due)
    told = say.text(
        say(
            "A span of days is the one within which the publication has usually come, not its"
            " official date."
        )
        if spans
        else "",
        say("Daily rates come on every working day and are not listed."),
        say(
            "The days of meetings are estimated from the usual rhythm: no published schedule"
            " reaches so far."
        )
        if guessed
        else "",
    )
    return [Paragraph(told)]


# ------------------------------------------------------------------------------------ what has come
def _came(say: Wording, assessment: Assessment) -> list[Block]:
    if assessment.previous is None:
        return []
    since = say.day(assessment.previous.as_of)
    if not assessment.came:
        return [Paragraph(say("Of what is watched, nothing new came in since {day}.", day=since))]
    columns = (
        Column(say("Series")),
        Column(say("New"), numeric=True),
        Column(say("Revised"), numeric=True),
        Column(say("Before"), numeric=True, wraps=True),
        Column(say("Newest"), numeric=True, wraps=True),
    )
    caption = say(
        "What came in since {day}: new and revised periods, and the newest value",
        day=since,
    )
    return [Table(caption, columns, tuple(_arrived(say, it) for it in assessment.came))]


def _arrived(say: Wording, came: Came) -> tuple[str, ...]:
    before = wording.NONE
    if came.before is not None and came.before_period is not None:
        before = _value(say, came.series, came.before)
    return (
        wording.clean(came.series),
        str(came.new) if came.new else wording.NONE,
        str(came.revised) if came.revised else wording.NONE,
        before,
        wording.NONE if came.value is None else _value(say, came.series, came.value),
    )


# ------------------------------------------------------------------------------------ small pieces
def _value(say: Wording, series: str, value: float) -> str:
    spec = _spec(series)
    if spec is None:
        return wording.unsigned(value, 2)
    digits = _DIGITS.get(series, 2 if spec.unit == "percent" else 0)
    return say.amount(value, spec.unit, digits)


def _dated(series: str) -> bool:
    spec = _spec(series)
    return spec is not None and spec.frequency in {"daily", "weekly"}


def _spec(series: str) -> SeriesSpec | None:
    return catalog.SERIES.get(series)
