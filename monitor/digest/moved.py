"""Why the headline moved since the last digest, in words: its parts, largest first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final

from monitor.catalog import SERIES
from monitor.digest.blocks import Block, Column, Items, Paragraph, Table
from monitor.digest.wording import MINUS, NONE, Wording, phrase, signed, whole_percent
from monitor.domain import HEADLINE_HORIZON, Assessment, Moved, News
from monitor.model.attribution import NBER

_FEW: Final = 3
"""Parts that the first screen names."""

_SHOWN: Final = 0.0005
"""From this size on a part is printed with one decimal of a point."""

_LOUD: Final = 0.005
"""From this size on parts that cancel out are named although the headline has not moved."""

_PARTS: Final[Mapping[str, str]] = {
    "revision": phrase("revised figures"),
    "time": phrase("time"),
    "refit": phrase("re-estimation"),
    "model": phrase("a change of the models"),
}
"""The parts on the first screen that name no month."""

_ROWS: Final[Mapping[str, tuple[str, str]]] = {
    "time": (
        phrase("Time"),
        phrase(
            "Time: the same figures, judged on the later day, on which the last inversion is older."
        ),
    ),
    "refit": (
        phrase("Re-estimation"),
        phrase(
            "Re-estimation: what the models have learnt meanwhile, from outcomes that count as"
            " known by now."
        ),
    ),
    "model": (
        phrase("Other model"),
        phrase(
            "Other model: the models in use now, or a history corrected since, would have given"
            " another number on the earlier day."
        ),
    ),
}
"""The parts that are of no series: their name in the table, and what it means."""

_REGIMES: Final[Mapping[str, str]] = {
    "qe": phrase("QE"),
    "reserve_management": phrase("reserve management"),
    "qt": phrase("run-off (QT)"),
    "lending": phrase("lending"),
    "yield_cap": phrase("a yield cap"),
    "steady": phrase("a steady state"),
}
"""Regimes of the balance sheet inside a sentence."""


# ------------------------------------------------------------------------------------ first screen
def answer(say: Wording, assessment: Assessment) -> tuple[str, ...]:
    """What moved since the last digest and why, in one or two sentences.

    The change in points is the difference of the two printed percentages.
    """
    if assessment.previous is None:
        return (say("There is no earlier digest to compare with."),)
    also = list(_also(say, assessment))
    headline = _headline(say, assessment)
    if not also:
        return (headline,)
    return headline, say("Also changed: {changes}.", changes=say.listed(also))


def _headline(say: Wording, assessment: Assessment) -> str:
    moved, previous = assessment.moved, assessment.previous
    now, before = assessment.recession.headline, None
    if moved is not None:
        before = moved.before
    elif previous is not None and previous.model_id == assessment.model_id:
        before = previous.probability.get(HEADLINE_HORIZON)
    if previous is None or before is None:
        return say("There is nothing to compare the probability with.")
    change = whole_percent(now) - whole_percent(before)
    told = previous.told if moved is None else moved.told
    floor = _SHOWN if change else _LOUD
    why = [
        say("{part} {points}", part=part, points=say.share(points))
        for part, points in _parts(say, assessment)
        if abs(points) >= floor
    ]
    template = _HEADLINES[(change > 0) - (change < 0), told, bool(why)]
    return say(
        template,
        day=say.day(previous.as_of),
        points=say.probability_change(now, before).lstrip(f"+{MINUS}"),
        before=say.percent(before),
        after=say.percent(now),
        parts=say.listed(why[:_FEW]) if why else "",
    )


_HEADLINES: Final[Mapping[tuple[int, bool, bool], str]] = {
    (1, True, True): phrase("Up {points} since {day}, from {before} to {after}: {parts}."),
    (-1, True, True): phrase("Down {points} since {day}, from {before} to {after}: {parts}."),
    (0, True, True): phrase("No change since {day}, {after} then and now: {parts}."),
    (1, True, False): phrase("Up {points} since {day}, from {before} to {after}."),
    (-1, True, False): phrase("Down {points} since {day}, from {before} to {after}."),
    (0, True, False): phrase("No change since {day}: {after} then and now."),
    (1, False, True): phrase(
        "Against what would have been said on {day}, up {points}, from {before} to {after}:"
        " {parts}."
    ),
    (-1, False, True): phrase(
        "Against what would have been said on {day}, down {points}, from {before} to {after}:"
        " {parts}."
    ),
    (0, False, True): phrase(
        "Against what would have been said on {day}, no change, {after} then and now: {parts}."
    ),
    (1, False, False): phrase(
        "Against what would have been said on {day}, up {points}, from {before} to {after}."
    ),
    (-1, False, False): phrase(
        "Against what would have been said on {day}, down {points}, from {before} to {after}."
    ),
    (0, False, False): phrase(
        "Against what would have been said on {day}, no change: {after} then and now."
    ),
}
"""By the sign of the change, whether it was told, and whether there are parts to name."""


def _parts(say: Wording, assessment: Assessment) -> list[tuple[str, float]]:
    """The parts in a few words, the largest first; both rates of a month are one spread."""
    moved = assessment.moved
    if moved is None:
        return []

    def kind(news: News) -> tuple[str, bool]:
        return news.kind, news.series == NBER

    found = []
    for (name, chronology), group in groupby(sorted(moved.news, key=kind), kind):
        members = tuple(group)
        if chronology:
            part = _turning_point(say, assessment, members[-1])
        elif name == "release":
            part = _spread(say, members)
        else:
            part = say(_PARTS[name])
        found.append((part, math.fsum(one.points for one in members)))
    return sorted(found, key=lambda part: -abs(part[1]))


def _spread(say: Wording, members: Sequence[News]) -> str:
    newest = max(members, key=lambda one: (one.period or date.min, one.series))
    period = _period(say, newest)
    if max(one.periods for one in members) > 1:
        return say("the spread up to {period}", period=period)
    return say("the spread of {period}", period=period)


def _turning_point(say: Wording, assessment: Assessment, news: News) -> str:
    """The announcement in a few words."""
    last, month = assessment.recession.last_turning_point, _period(say, news)
    if last is None or last.month != news.period:
        return say("NBER's chronology to {month}", month=month)
    if last.kind == "peak":
        return say("NBER's peak of {month}", month=month)
    return say("NBER's trough of {month}", month=month)


def _period(say: Wording, news: News) -> str:
    if news.period is None:
        return NONE
    daily = news.series in SERIES and SERIES[news.series].frequency == "daily"
    return say.day(news.period) if daily else say.month(news.period)


def _also(say: Wording, assessment: Assessment) -> Iterator[str]:
    """Odds of policy that moved by a whole point, another regime, another state of the curve."""
    previous, policy = assessment.previous, assessment.policy
    if previous is None:
        return
    if policy is not None and previous.policy_model_id in {"", assessment.policy_model_id}:
        yield from _odds(say, _CUT, previous.cut, policy.cut)
        yield from _odds(say, _HIKE, previous.hike, policy.hike)
        yield from _odds(say, _QE, previous.qe, policy.qe)
    regime = assessment.regime and assessment.regime.kind
    before = previous.regime
    if regime and before and before in _REGIMES and before != regime:
        yield say(
            "the balance sheet from {before} to {after}",
            before=say(_REGIMES[before]),
            after=say(_REGIMES[regime]),
        )
    inverted = assessment.inversion.inverted
    if previous.spread is not None and (previous.spread < 0) != inverted:
        yield say("the curve, now inverted") if inverted else say("the curve, no longer inverted")


_CUT: Final = phrase("a cut within {n} months from {before} to {after}")
_HIKE: Final = phrase("a hike within {n} months from {before} to {after}")
_QE: Final = phrase("QE within {n} months from {before} to {after}")


def _odds(
    say: Wording, template: str, before: Mapping[int, float], now: Mapping[int, float]
) -> Iterator[str]:
    far = HEADLINE_HORIZON
    if far in before and whole_percent(before[far]) != whole_percent(now[far]):
        yield say(template, n=far, before=say.percent(before[far]), after=say.percent(now[far]))


# -------------------------------------------------------------------------------------- the details
def blocks(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """The parts as a table that adds up, and what their names mean; or a sentence why not."""
    moved = assessment.moved
    if moved is None:
        return (Paragraph(say.text(*answer(say, assessment))),)
    digits = 1 if abs(moved.after - moved.before) >= 0.01 else 2  # noqa: PLR2004 - one point
    printed = _rounded([one.points for one in moved.news], digits)
    shown = [
        (news, units)
        for news, units in zip(moved.news, printed, strict=True)
        if units or news.series is not None
    ]
    if not any(units for _, units in shown):
        return (Paragraph(say.text(_nothing(say, moved), _replayed(say, moved))),)
    shown.sort(key=lambda row: -abs(row[0].points))
    scale = 10**digits
    rows = [
        (
            _what(say, assessment, news),
            news.series or NONE,
            _values(say, news),
            signed(units / scale, digits),
        )
        for news, units in shown
    ]
    total = (say("Together"), NONE, NONE, signed(sum(printed) / scale, digits))
    table = Table(
        say(
            "Parts of the change of the {n}-month probability since {day}, in percentage points;"
            " they add up to it",
            n=HEADLINE_HORIZON,
            day=say.day(moved.since),
        ),
        (
            Column(say("What")),
            Column(say("Series")),
            Column(say("Before → after"), numeric=True, wraps=True),
            Column(say("Points"), numeric=True),
        ),
        (*rows, total),
    )
    notes = tuple(filter(None, _notes(say, moved, [news for news, _ in shown])))
    return (table, Items(notes, quiet=True)) if notes else (table,)


def _rounded(points: Sequence[float], digits: int) -> list[int]:
    """Parts in units of the last digit, rounded so that they add up to their rounded sum.

    Each goes down to a whole unit; those with the largest rest go up again (Hamilton's method).
    """
    exact = [100 * 10**digits * one for one in points]
    whole = [math.floor(one) for one in exact]
    missing = math.floor(math.fsum(exact) + 0.5) - sum(whole)
    rest = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    for place in rest[:missing]:
        whole[place] += 1
    return whole


def _nothing(say: Wording, moved: Moved) -> str:
    return say(
        "Nothing has moved the {n}-month probability since {day}: it is {now}.",
        n=HEADLINE_HORIZON,
        day=say.day(moved.since),
        now=say.percent(moved.after),
    )


def _replayed(say: Wording, moved: Moved) -> str:
    if moved.told:
        return ""
    return say(
        "No digest of {day} is stored; the comparison is with what it would have said.",
        day=say.day(moved.since),
    )


def _notes(say: Wording, moved: Moved, shown: Sequence[News]) -> Iterator[str]:
    kinds = {news.kind for news in shown}
    if sum(news.series is not None for news in shown) > 1:
        yield say(
            "New figures are judged with what the models had learnt by the earlier day. What"
            " several move together, such as the two rates of one spread, is shared between them."
        )
    for kind, (_, meaning) in _ROWS.items():
        if kind in kinds:
            yield say(meaning)
    yield _replayed(say, moved)


def _what(say: Wording, assessment: Assessment, news: News) -> str:
    if news.kind in _ROWS:
        return say(_ROWS[news.kind][0])
    if news.series == NBER:
        return _turning_point(say, assessment, news)
    period = _period(say, news)
    if news.kind == "release":
        if news.periods == 1:
            return say("New: {period}", period=period)
        return say("New: {n} periods to {period}", n=news.periods, period=period)
    if news.periods == 1:
        return say("Revised: {period}", period=period)
    return say("Revised: {n} periods to {period}", n=news.periods, period=period)


def _values(say: Wording, news: News) -> str:
    if news.series not in SERIES:
        return NONE
    unit = SERIES[news.series].unit
    before, after = (
        NONE if value is None else say.amount(value, unit, 2) for value in (news.before, news.after)
    )
    return say("{before} → {after}", before=before, after=after)
