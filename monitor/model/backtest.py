"""The walk forward: what would have been said each month, and how it came out.

An *origin* is a month whose mean rates are known; its day is the one by which they are out in the
usual course. On that day the members see what was known then and nothing else. What they said is
judged later, by all turning points announced by the day of the judgement. A month whose window is
not over by then has no outcome and is not scored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor import features
from monitor.catalog import FIRST_MONTH, SERIES
from monitor.domain import HORIZONS, TARGETS, Panel, Target, TurningPoint, add_months
from monitor.errors import InsufficientData
from monitor.model import labels, scoring
from monitor.model.forecast import Vector

Array = npt.NDArray[np.float64]
Forecaster = Callable[[Panel], Mapping[str, Array]]
"""Gives for each member its probabilities, shape (targets, horizons), from one panel alone."""

FIRST_ORIGIN: Final = date(1970, 1, 1)
AGAINST: Final = "nyfed_published"
"""The published model that every member is held against."""

CLIMATOLOGY: Final = "climatology"
"""The member against which the Brier skill is measured."""

SEED: Final = 19530401
"""Of the bootstrap; all rows share it, so that members are compared on the same draws."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of origins over which forecasts are scored.

    Attributes:
        name: as printed.
        first: first origin.
        last: last origin, or ``None`` for the newest whose outcome is settled.
        headline: whether it is shown first; of these the last is the one to quote.
    """

    name: str
    first: date
    last: date | None
    headline: bool


WINDOWS: Final = (
    Window("1985-2022", date(1985, 1, 1), date(2022, 9, 1), headline=True),
    Window("1985-now", date(1985, 1, 1), None, headline=True),
    Window("1970-1984", date(1970, 1, 1), date(1984, 12, 1), headline=False),
)
"""The first ends before the false alarm of 2022 to 2024 and flatters; the second is the bar. The
third is for the record: whatever was chosen by its results was chosen on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said at one origin.

    Attributes:
        origin: the month of the newest mean rates.
        day: the day on which it was said.
        probability: each member's probabilities by its id, shape (targets, horizons).
    """

    origin: date
    day: date
    probability: Mapping[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """All that was said, month after month.

    Attributes:
        origins: first days of the months.
        days: day of each origin.
        probability: each member's probabilities, shape (targets, horizons, origins), NaN where
            it said nothing.
    """

    origins: pd.DatetimeIndex
    days: tuple[date, ...]
    probability: Mapping[str, Array]

    def of(self, member: str, target: Target, horizon: int) -> Vector:
        """One member's probabilities of one event, shape (origins,)."""
        found: Vector = self.probability[member][TARGETS.index(target), HORIZONS.index(horizon)]
        return found


@dataclass(frozen=True, slots=True)
class Recession:
    """A recession as it has been announced.

    Attributes:
        start: its first month, the one after the peak.
        end: its last month, the trough, or ``None`` before that was announced.
        announced: the day on which the peak was announced.
    """

    start: date
    end: date | None
    announced: date


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What came of it, as far as it is settled.

    Attributes:
        as_of: day of the judgement.
        through: last month whose state is settled.
        outcomes: shape (targets, horizons, origins); see :func:`monitor.model.labels.outcomes`.
        in_recession: whether each origin lies in a recession that has been announced.
        recessions: all that have been announced, in order.
    """

    as_of: date
    through: date
    outcomes: Array
    in_recession: npt.NDArray[np.bool_]
    recessions: tuple[Recession, ...]

    def of(self, target: Target, horizon: int) -> Vector:
        """The outcomes of one event, shape (origins,): 1, 0, or NaN where there is none."""
        found: Vector = self.outcomes[TARGETS.index(target), HORIZONS.index(horizon)]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One event over one window: all that its scores are made from.

    Attributes:
        target: the event.
        horizon: within or after how many months.
        window: name of the window.
        origins: the months scored.
        outcomes: 1 or 0 for each.
        forecasts: each member's probabilities by its id, NaN where it said nothing.
        recessions: all that have been announced, in order.
    """

    target: Target
    horizon: int
    window: str
    origins: pd.DatetimeIndex
    outcomes: Vector
    forecasts: Mapping[str, Vector]
    recessions: tuple[Recession, ...]

    def events(self, inside: npt.NDArray[np.bool_]) -> int:
        """How many recessions it is that some of the months, if they have the event, announce."""
        origin = self.origins.to_numpy("datetime64[M]")[inside & (self.outcomes == 1)]
        last = origin + self.horizon
        first = last if self.target == "at" else origin + 1
        count = 0
        for recession in self.recessions:
            start = np.datetime64(recession.start, "M")
            # A recession starts in its first month, and the economy is in it in all of them.
            end = recession.start if self.target == "start" else recession.end or date.max
            count += bool(((start <= last) & (first <= np.datetime64(end, "M"))).any())
        return count


# ---------------------------------------------------------------------------------------- the walk
def day_of(origin: date) -> date:
    """The day by which the mean of the ten-year yield over a month is out in the usual course."""
    return SERIES["GS10"].usual_release(origin)


def origins(first: date, last: date | None, as_of: date) -> list[date]:
    """The months of a walk.

    Args:
        first: the first month.
        last: the last one, or ``None`` for the newest.
        as_of: no origin's day is later than this.
    """
    month, found = max(first, FIRST_MONTH).replace(day=1), []
    while day_of(month) <= as_of and (last is None or month <= last):
        found.append(month)
        month = add_months(month, 1)
    return found


def walk(
    months: Iterable[date], panel: Callable[[date], Panel], forecaster: Forecaster
) -> Iterator[Said | None]:
    """What is said at each origin from what was known on its day.

    Args:
        months: the origins in order.
        panel: gives what was known on a day.
        forecaster: the members.

    Yields:
        What was said, or ``None`` at an origin whose own spread was not known on its day.
    """
    for month in months:
        known = panel(day := day_of(month))
        spread = features.term_spread(known)
        if spread.empty or spread.index[-1].date() != month:
            yield None
        else:
            yield Said(month, day, forecaster(known))


def track(said: Iterable[Said | None]) -> Track:
    """Put together what was said at all origins, in any order.

    Raises:
        InsufficientData: nothing was.
    """
    known = sorted((one for one in said if one is not None), key=lambda one: one.origin)
    if not known:
        raise InsufficientData(
            "no month between the first and the last had a term spread that was known in time:"
            " choose an earlier --from or a later --to, or run `recession-monitor pull`"
        )
    members = dict.fromkeys(member for one in known for member in one.probability)
    absent = np.full((len(TARGETS), len(HORIZONS)), np.nan)
    return Track(
        pd.DatetimeIndex([one.origin for one in known], name="origin"),
        tuple(one.day for one in known),
        {
            member: np.stack([one.probability.get(member, absent) for one in known], axis=-1)
            for member in members
        },
    )


# --------------------------------------------------------------------------------------- judgement
def judge(said: Track, turning_points: Sequence[TurningPoint], as_of: date) -> Judgement:
    """What came of the forecasts, by what has been announced by a day.

    Args:
        said: the forecasts.
        turning_points: those announced by ``as_of``, in order of their month.
        as_of: day of the judgement.
    """
    through = labels.learnable_through(as_of)
    first, last = said.origins[0], said.origins[-1]
    # Months left out of the walk must not shift the windows of the others.
    months = pd.date_range(first, last, freq="MS")
    place = months.get_indexer(said.origins)
    state = labels.recessions(months, turning_points, as_of)
    return Judgement(
        as_of,
        through,
        labels.outcomes(months, turning_points, through)[:, :, place],
        state[place] == 1,
        _recessions(turning_points),
    )


def _recessions(turning_points: Sequence[TurningPoint]) -> tuple[Recession, ...]:
    found: list[Recession] = []
    for point in turning_points:
        if point.kind == "peak":
            found.append(Recession(add_months(point.month, 1), None, point.announced))
        elif found:
            found[-1] = Recession(found[-1].start, point.month, found[-1].announced)
    return tuple(found)


def cells(said: Track, judged: Judgement, *, windows: Sequence[Window] = WINDOWS) -> Iterator[Cell]:
    """Every event over every window that has a settled month."""
    for target in TARGETS:
        for horizon in HORIZONS:
            outcomes = judged.of(target, horizon)
            for window in windows:
                inside = (said.origins >= pd.Timestamp(window.first)) & ~np.isnan(outcomes)
                if window.last is not None:
                    inside &= said.origins <= pd.Timestamp(window.last)
                if not inside.any():
                    continue
                forecasts = {
                    member: said.of(member, target, horizon)[inside] for member in said.probability
                }
                yield Cell(
                    target,
                    horizon,
                    window.name,
                    said.origins[inside],
                    outcomes[inside],
                    forecasts,
                    judged.recessions,
                )


# ------------------------------------------------------------------------------------------ scores
def scores(cell: Cell, *, draws: int = scoring.DRAWS) -> list[dict[str, Any]]:
    """The rows of the scoreboard for one event over one window, one for each member.

    A member that said nothing in some of the months is scored on those in which it did, and so
    are those that it is held against. One without any month, or whose references have none, has
    no row.
    """
    if not {AGAINST, CLIMATOLOGY} <= cell.forecasts.keys():
        return []
    spoken = {member: ~np.isnan(values) for member, values in cell.forecasts.items()}
    rows: dict[str, dict[str, Any]] = {}
    for inside in {known.tobytes(): known for known in spoken.values()}.values():
        both = inside & spoken[AGAINST] & spoken[CLIMATOLOGY]
        group = [member for member, known in spoken.items() if (known == inside).all()]
        if not both.any():
            continue
        found, left_out = scoring.score_all(
            {
                member: cell.forecasts[member][both]
                for member in dict.fromkeys((*group, AGAINST, CLIMATOLOGY))
            },
            cell.outcomes[both],
            seed=SEED,
            against=AGAINST,
            climatology=CLIMATOLOGY,
            draws=draws,
        )
        months = cell.origins[both]
        for member in group:
            rows[member] = {
                "member": member,
                "target": cell.target,
                "horizon": cell.horizon,
                "window": cell.window,
                "first": f"{months[0]:%Y-%m}",
                "last": f"{months[-1]:%Y-%m}",
                "events": cell.events(both),
                "draws_left_out": left_out,
                **rounded(found[member].row()),
            }
    return [rows[member] for member in cell.forecasts if member in rows]


def rounded(value: Any) -> Any:  # noqa: ANN401 - whatever a JSON document holds
    """A document with its figures to six decimals, as in all documents of this program."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Mapping):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
