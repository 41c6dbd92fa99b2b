"""What prices of federal funds futures say about the FOMC's next decisions: the FedWatch method.

A contract settles at 100 minus the average of the effective federal funds rate over the days of
its month. The rate is taken to move with the target, and only at meetings: then a month without a
meeting says the rate after the meeting before it and before the meeting after it, and the average
of a month with one is, of ``D`` days with ``N`` at the old rate,

    average = (N * before + (D - N) * after) / D.

The change that a meeting is expected to bring is split between the two nearest multiples of
25 bp, and the meetings are taken as independent (CME Group, "Understanding the CME Group FedWatch
tool methodology", 2023). Where the method leaves a choice, it is one of
:class:`monitor.domain.Conventions`.

The odds are those of the market under its own probabilities: they carry the risk premium, and
stress in funding markets that lifts the effective rate within its range.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Final

from monitor.domain import (
    MOVES,
    POLICY_HORIZONS,
    Conventions,
    MarketOdds,
    MeetingOdds,
    Move,
    Said,
    add_months,
    end_of_month,
    joined,
    month_of,
    phrase,
)

STEP: Final = 0.25
"""Percentage points by which the target moves."""

LEAST_DAYS: Final = 7
"""Days at a rate below which the average of a month is not solved for it. An error in a price
reaches the rate times days of the month over days at the rate: half a tick, 0.25 bp, moves the
odds by 4 points at 7 days and by 10 at 3."""

_CLAUSES: Final = phrase("{one}; {other}")

_EXACT: Final = 1e-9
"""Part of a step that is put down to binary fractions, so that no change is none at all."""

Steps = Mapping[int, float]
"""Number of steps of 25 bp to probability."""


def odds(
    prices: Mapping[date, float],
    settled: date,
    source: str,
    *,
    meetings: Sequence[date],
    schedule_end: date,
    current: tuple[float, float],
    conventions: Conventions,
    effective: float | None = None,
) -> MarketOdds | None:
    """Odds of each meeting that the prices reach.

    Args:
        prices: first day of a contract's month to its price, as quoted (95.975).
        settled: day of the prices. Meetings after it are to come.
        source: the file they came from.
        meetings: days of decisions, past and to come; see :func:`rates`.
        schedule_end: last day of which it is known whether there is a meeting.
        current: lower and upper end of the target in force on ``settled``, in percent.
        conventions: the choices of the method.
        effective: effective federal funds rate of ``settled`` in percent. It is the rate before
            the first meeting where no contract says that rate, and the conventions of the answer
            say so.

    Returns:
        ``None`` if the prices do not reach the first meeting to come. A horizon, counted from
        ``settled``, is left out where they do not reach every meeting within it.
    """
    averages = {month: 100 - price for month, price in prices.items()}
    words = describe(conventions)
    solve = partial(
        rates,
        averages,
        settled,
        meetings=meetings,
        schedule_end=schedule_end,
        conventions=conventions,
    )
    solved = solve()
    if not solved and effective is not None:
        solved = solve(effective=effective)
        stands_in = Said("the rate before the first meeting is the effective rate")
        words = joined(_CLAUSES, [words, stands_in])
    if not solved:
        return None
    found: list[MeetingOdds] = []
    total: Steps = {0: 1.0}
    for day, (before, after) in solved.items():
        step = split(after - before)
        total = convolve(total, step)
        target = {round(current[1] + STEP * steps, 4): p for steps, p in sorted(total.items())}
        found.append(MeetingOdds(day, _moves(step), target))
    reached = _reached(found, settled, meetings, schedule_end)
    moves = {horizon: within(meetings) for horizon, meetings in reached.items()}
    return MarketOdds(settled, source, words, tuple(found), moves)


def describe(conventions: Conventions) -> str:
    """The choices of the method in words, to be printed beside the odds."""
    return Said(
        "FedWatch method; {meeting_day}; {anchors}; {solve}; steps of 25 bp; meetings independent;"
        " risk premium left in",
        meeting_day=Said("the day of a meeting counts at the rate before the decision")
        if conventions.meeting_day == "before"
        else Said("the day of a meeting counts at the rate after the decision"),
        anchors=Said("months without a meeting that are not over say the rate")
        if conventions.anchors == "upcoming"
        else Said("months without a meeting, over or not, say the rate"),
        solve=Said(
            "meetings in months that follow each other are solved back from the rate after them"
        )
        if conventions.solve == "backward"
        else Said("meetings in months that follow each other are solved on from that before them"),
    )


# ------------------------------------------------------------------------------------------ rates
def rates(
    averages: Mapping[date, float],
    settled: date,
    *,
    meetings: Iterable[date],
    schedule_end: date,
    conventions: Conventions,
    effective: float | None = None,
) -> dict[date, tuple[float, float]]:
    """The rates before and after each meeting to come, as far as they follow without a gap.

    The schedule is taken as complete from the month of the first of ``meetings`` to
    ``schedule_end``; a month outside, or one that ends after it, may have a meeting that is not
    in the list, and pins nothing. So the meetings that are over belong in the list, unscheduled
    ones included. A month with two meetings is not solved: one average cannot tell them apart.

    Args:
        averages: first day of a month to the expected average of the effective rate, in percent.
        settled: day of the prices.
        meetings: days of decisions, past and to come, in any order.
        schedule_end: last day of which it is known whether there is a meeting.
        conventions: the choices of the method.
        effective: the rate before the first meeting to come where nothing else says it.

    Returns:
        Day of a meeting to the rates in percent, in order; ends before the first meeting that is
        not solved.
    """
    days = sorted(set(meetings))
    coming = [day for day in days if day > settled]
    if not coming:
        return {}
    since = month_of(settled if conventions.anchors == "upcoming" else days[0])
    known = {month: average for month, average in averages.items() if month >= since}
    chain = _Chain(days, known, schedule_end, conventions)
    chain.solve()
    if effective is not None and coming[0] not in chain.before:
        chain.before[coming[0]] = effective
        chain.solve()
    solved: dict[date, tuple[float, float]] = {}
    for day in coming:
        if day not in chain.before or day not in chain.after:
            break
        solved[day] = chain.before[day], chain.after[day]
    return solved


class _Chain:
    """Meetings in order, with the rates before and after them that are known so far."""

    def __init__(
        self,
        days: Sequence[date],
        averages: Mapping[date, float],
        schedule_end: date,
        conventions: Conventions,
    ) -> None:
        months = [month_of(day) for day in days]
        self.days = days
        self.averages = averages
        self.conventions = conventions
        self.alone = {day for day in days if months.count(month_of(day)) == 1}
        self.before: dict[date, float] = {}
        self.after: dict[date, float] = {}
        pins = {
            month: average
            for month, average in averages.items()
            if month not in months and month >= months[0] and end_of_month(month) <= schedule_end
        }
        for day, month in zip(days, months, strict=True):
            if (pin := pins.get(add_months(month, -1))) is not None:
                self.before[day] = pin
            if (pin := pins.get(add_months(month, 1))) is not None:
                self.after[day] = pin
        # The first of two meetings in a month is not the last before the next month, and so on.
        for one, other in pairwise(days):
            if month_of(one) == month_of(other):
                self.after.pop(one, None)
                self.before.pop(other, None)

    def solve(self) -> None:
        """Follow the runs of months with meetings, the preferred way first."""
        ways = (self._forward, self._backward)
        for way in ways if self.conventions.solve == "forward" else reversed(ways):
            way()

    def _forward(self) -> None:
        for place, day in enumerate(self.days):
            if day not in self.after and day in self.before and day in self.alone:
                self._solve_after(day)
            if day in self.after and (following := self._next(place)):
                self.before.setdefault(following, self.after[day])

    def _backward(self) -> None:
        for place in reversed(range(len(self.days))):
            day = self.days[place]
            following = self._next(place)
            if following in self.before:
                self.after.setdefault(day, self.before[following])
            if day not in self.before and day in self.after and day in self.alone:
                self._solve_before(day)

    def _next(self, place: int) -> date | None:
        """The next meeting, if no month lies between."""
        following = self.days[place + 1 : place + 2]
        limit = add_months(self.days[place], 2)
        return following[0] if following and following[0] < limit else None

    def _solve_after(self, day: date) -> None:
        old, new = self._parts(day)
        if new >= LEAST_DAYS and (average := self.averages.get(month_of(day))) is not None:
            self.after[day] = ((old + new) * average - old * self.before[day]) / new

    def _solve_before(self, day: date) -> None:
        old, new = self._parts(day)
        if old >= LEAST_DAYS and (average := self.averages.get(month_of(day))) is not None:
            self.before[day] = ((old + new) * average - new * self.after[day]) / old

    def _parts(self, day: date) -> tuple[int, int]:
        """Days of the month at the rate before the meeting, and at that after it."""
        old = day.day if self.conventions.meeting_day == "before" else day.day - 1
        return old, end_of_month(day).day - old


# ------------------------------------------------------------------------------------------- odds
def split(change: float) -> dict[int, float]:
    """An expected change in percentage points as odds of the two nearest numbers of steps."""
    steps = change / STEP
    nearest = round(steps)
    if abs(steps - nearest) < _EXACT:
        return {nearest: 1.0}
    fewer = math.floor(steps)
    return {fewer: 1 - (steps - fewer), fewer + 1: steps - fewer}


def convolve(one: Steps, other: Steps) -> dict[int, float]:
    """Odds of the sum of two independent numbers of steps."""
    total: dict[int, float] = {}
    for steps, p in one.items():
        for more, q in other.items():
            total[steps + more] = total.get(steps + more, 0.0) + p * q
    return total


def within(meetings: Iterable[MeetingOdds]) -> dict[Move, float]:
    """Odds over some meetings that are independent of each other.

    Returns:
        ``cut``: at least one cut; ``hike``: at least one hike and no cut; ``hold``: neither.
    """
    no_cut = hold = 1.0
    for meeting in meetings:
        no_cut *= 1 - meeting.odds["cut"]
        hold *= meeting.odds["hold"]
    return {"cut": 1 - no_cut, "hold": hold, "hike": max(0.0, no_cut - hold)}


def _moves(step: Steps) -> dict[Move, float]:
    moves: dict[Move, float] = dict.fromkeys(MOVES, 0.0)
    for steps, p in step.items():
        moves["cut" if steps < 0 else "hike" if steps > 0 else "hold"] += p
    return moves


def _reached(
    found: Sequence[MeetingOdds], settled: date, meetings: Iterable[date], schedule_end: date
) -> dict[int, list[MeetingOdds]]:
    """The meetings within each horizon, for the horizons whose meetings are all found."""
    reached: dict[int, list[MeetingOdds]] = {}
    for horizon in POLICY_HORIZONS:
        month = add_months(settled, horizon)
        end = month.replace(day=min(settled.day, end_of_month(month).day))
        inside = {day for day in meetings if settled < day <= end}
        if end <= schedule_end and inside <= {meeting.day for meeting in found}:
            reached[horizon] = [meeting for meeting in found if meeting.day <= end]
    return reached
