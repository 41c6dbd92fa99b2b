"""How far the scoreboard rests on one choice: of an inversion, of a recession, of the model.

The pool alone is walked again, month by month, under other definitions of an inversion, with one
recession after the other left out, and with other choices in the background. Each time it is
judged as it is on the scoreboard, by whether a recession started within twelve months, beside the
New York Fed's coefficients on the same months.

*A recession left out of the judging*: the months from 24 before its peak to its trough are not
scored. *A recession left out of the learning*: from the day on which its peak was announced, its
peak and its trough are unknown, and so is the spread from 24 months before the peak (or from the
start of its inversion, but not from before the last trough) to the trough. What is left looks as
if those years had not been observed: the clock has one inversion less, whatever it was followed
by, and the probit those months less. Before the announcement nothing is changed, so that the
recession itself is foreseen as it was. The months count as quiet ones in the hazard of recessions
that no inversion announced, which so comes out a little low.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor import features
from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    SCHEMA,
    SPREADS,
    TARGETS,
    EpisodeRule,
    Panel,
    TurningPoint,
    add_months,
)
from monitor.episodes import DEFINITIONS
from monitor.errors import InsufficientData
from monitor.model import background, backtest, factor, labels, lag, pool, scoring
from monitor.model.forecast import Vector

Frames = Callable[[pd.DataFrame], pd.DataFrame]
Progress = Callable[[str, int, int], None]
"""Told what is being done, how many walks of it are done, and how many there are."""

LEAD_MONTHS: Final = 24
"""Months before a peak that belong to its recession: the longest horizon."""

CHOSEN_ON: Final = "1970-1984"
JUDGED_ON: Final = "1985-now"
_WINDOWS: Final = {window.name: window for window in backtest.WINDOWS}

_LOSSES: Final = {"brier": "Brier score", "log_score": "log score"}
_ROW: Final = HORIZONS.index(HEADLINE_HORIZON)
_NEVER: Final = date(9999, 1, 1)
_LOWEST_MONTHS: Final = 7

SERIES: Final = tuple(
    dict.fromkeys(
        name
        for rule in (EpisodeRule(), *(definition.rule for definition in DEFINITIONS))
        for name in SPREADS[rule.spread].rates(rule.basis)
    )
)
"""The series that a panel should hold."""


# -------------------------------------------------------------------------------------- the choices
@dataclass(frozen=True, slots=True)
class Choice:
    """A way in which the background could have been made.

    A prior with standard deviation ``s`` on the slope of an input is one with standard deviation
    1 on the slope of ``s`` times the input; an input that is zero has none.

    Attributes:
        name: in plain words.
        inputs: makes the inputs from the frame.
        since: first month whose forecast the calibration learns from.
    """

    name: str
    inputs: Frames
    since: date = background.CALIBRATION_SINCE


def _as_they_are(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def _spread_only(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(spread_lag6=0.0)


def _lowest(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(spread=frame["spread"].rolling(_LOWEST_MONTHS).min(), spread_lag6=0.0)


def _prior_halved(frame: pd.DataFrame) -> pd.DataFrame:
    return frame / 2


def _prior_doubled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame * 2


CHOICES: Final = (
    Choice("as it is", _as_they_are),
    Choice("spread alone", _spread_only),
    Choice("lowest spread of seven months", _lowest),
    Choice("prior of the slopes half as wide", _prior_halved),
    Choice("prior of the slopes twice as wide", _prior_doubled),
    Choice("calibrated since 1962", _as_they_are, date(1962, 1, 1)),
    Choice("not calibrated", _as_they_are, _NEVER),
)
"""The first is the model's own."""


# ----------------------------------------------------------------------------------- what is walked
@dataclass(frozen=True, slots=True)
class Span:
    """Months that are left out together.

    Attributes:
        name: of the recession by its peak, or of the alarm.
        first, last: the months.
        turns: months of its peak and its trough.
        announced: day on which the peak was announced.
    """

    name: str
    first: date
    last: date
    turns: tuple[date, ...] = ()
    announced: date = _NEVER


@dataclass(frozen=True, slots=True)
class Case:
    """One walk.

    Attributes:
        name: in plain words.
        first: first origin.
        rule: what the clock takes for an inversion.
        choice: how the background is made.
        hidden: what is left out of the learning, or ``None``.
    """

    name: str
    first: date
    rule: EpisodeRule = field(default_factory=EpisodeRule)
    choice: Choice = CHOICES[0]
    hidden: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """What was known at one origin.

    Attributes:
        origin: first day of the month.
        as_of: the day.
        inputs: the background's inputs, one row a month, in percentage points.
        spreads: for each rule the spread that it judges, one value a month; on daily basis the
            lowest close of the month, which is what decides whether it was inverted.
        turning_points: those announced.
    """

    origin: date
    as_of: date
    inputs: pd.DataFrame
    spreads: Mapping[EpisodeRule, pd.Series[float]]
    turning_points: tuple[TurningPoint, ...]


def days(as_of: date, panel: Callable[[date], Panel]) -> tuple[Day, ...]:
    """All origins with what was known at them.

    Args:
        as_of: no origin's day is later than this.
        panel: gives what was known on a day of :data:`SERIES`.

    Raises:
        InsufficientData: the spread was known at none of them.
    """
    months = backtest.origins(backtest.FIRST_ORIGIN, None, as_of)
    found = [day for month in months if (day := _day(month, panel)) is not None]
    if not found:
        raise InsufficientData(
            "no month since 1970 had a term spread that was known in time: run"
            " `recession-monitor pull`"
        )
    return tuple(found)


def _day(month: date, panel: Callable[[date], Panel]) -> Day | None:
    known = panel(backtest.day_of(month))
    inputs = features.frame(known)[list(background.INPUTS)]
    if inputs.empty or inputs.index[-1].date() != month:
        return None
    rules = dict.fromkeys((EpisodeRule(), *(definition.rule for definition in DEFINITIONS)))
    spreads = {rule: features.judged_spread(known, rule) for rule in rules}
    monthly = {
        rule: spread if rule.basis == "monthly" else spread.resample("MS").min().dropna()
        for rule, spread in spreads.items()
    }
    return Day(month, known.as_of, inputs, monthly, known.turning_points)


def walk(known: Sequence[Day], case: Case) -> Vector:
    """The pool's probabilities of a start within twelve months, one for each origin.

    Returns:
        Shape (origins,), NaN before the first origin of the case and where the rule had no spread.
    """
    return np.array([_probability(day, case) for day in known])


def _probability(day: Day, case: Case) -> float:
    spread, inputs, points = day.spreads[case.rule], day.inputs, day.turning_points
    if day.origin < case.first or spread.empty:
        return np.nan
    hidden = case.hidden
    if hidden is not None and hidden.announced <= day.as_of:
        spread = spread[~_between(spread.index, hidden)]
        inputs = inputs[~_between(inputs.index, hidden)].reindex(inputs.index)
        points = tuple(point for point in points if point.month not in hidden.turns)
    rule = replace(case.rule, basis="monthly")
    curve = lag.Curve(spread, points, rule, day.as_of)
    clock = lag.clock(curve)
    choice = case.choice
    told = background.score(choice.inputs(inputs), curve, clock, draws=0, since=choice.since)
    return float(pool.probability(clock, told)[_ROW])


def _between(index: pd.Index[Any], months: Span) -> npt.NDArray[np.bool_]:
    month = pd.DatetimeIndex(index).to_numpy("datetime64[M]")
    inside: npt.NDArray[np.bool_] = month >= np.datetime64(months.first, "M")
    return inside & (month <= np.datetime64(months.last, "M"))


# --------------------------------------------------------------------------------------- the spans
def recessions(
    clock: lag.Clock, turning_points: Sequence[TurningPoint], since: date
) -> tuple[Span, ...]:
    """The recessions whose trough has been announced, with the months that belong to them.

    Args:
        clock: it tells which inversion announced a recession.
        turning_points: those announced, in order of their month.
        since: first month of the spread; of recessions before it there is nothing to be learnt.
    """
    starts = {spell.last: spell.start for spell in clock.ran if spell.hit}
    found: list[Span] = []
    for point, after in pairwise(turning_points):
        if point.kind == "peak" and after.kind == "trough" and after.month >= since:
            first = add_months(point.month, -LEAD_MONTHS)
            first = min(first, starts.get(point.month, first))
            if found:
                first = max(first, add_months(found[-1].last, 1))
            turns = (point.month, after.month)
            found.append(Span(f"{point.month:%Y-%m}", first, after.month, turns, point.announced))
    return tuple(found)


def _last_alarm(clock: lag.Clock) -> tuple[Span, ...]:
    """The newest inversion, if no recession followed it."""
    if not clock.ran or clock.ran[-1].hit:
        return ()
    last = clock.episodes[-1]
    return (Span(f"{last.start:%Y-%m} to {last.end:%Y-%m}, a false alarm", last.start, last.end),)


# ------------------------------------------------------------------------------------- the document
@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What the walks are judged on.

    Attributes:
        origins: the months.
        outcomes: whether a recession started, NaN where it is not settled (origins).
        published: the New York Fed's probabilities (origins).
    """

    origins: pd.DatetimeIndex
    outcomes: Vector
    published: Vector

    def scores(self, p: Vector, window: str, without: Span | None = None) -> dict[str, Any]:
        """The pool and the New York Fed's coefficients on the same months of a window."""
        span = _WINDOWS[window]
        inside = ~np.isnan(self.outcomes) & ~np.isnan(p)
        inside &= _between(self.origins, Span("", span.first, span.last or _NEVER))
        if without is not None:
            inside &= ~_between(self.origins, without)
        y = self.outcomes[inside]
        if not y.size:
            raise InsufficientData(f"no origin of {window} has an outcome that is settled")
        return {
            "n": int(y.size),
            "positives": int(y.sum()),
            pool.ID: _scores(p[inside], y),
            backtest.AGAINST: _scores(self.published[inside], y),
        }


def _scores(p: Vector, y: Vector) -> dict[str, float | None]:
    return {
        "brier": scoring.brier(p, y),
        "log_score": scoring.log_score(p, y),
        "auroc": scoring.auroc(p, y),
        "calibration_slope": scoring.calibration(p, y)[0],
    }


def cases(spans: Sequence[Span]) -> tuple[Case, ...]:
    """All walks: the choices, the first of them the model itself, the definitions, the recessions.

    Args:
        spans: the recessions that are left out of the learning in turn.
    """
    judged = _WINDOWS[JUDGED_ON].first
    return (
        *(Case(choice.name, backtest.FIRST_ORIGIN, choice=choice) for choice in CHOICES),
        *(Case(definition.name, judged, definition.rule) for definition in DEFINITIONS),
        *(Case(span.name, judged, hidden=span) for span in spans),
    )


def robustness(
    known: Sequence[Day],
    turning_points: Sequence[TurningPoint],
    as_of: date,
    progress: Progress,
    each: Callable[[Sequence[Case]], Iterable[Vector]] | None = None,
) -> dict[str, Any]:
    """Walk all cases and judge them.

    Args:
        known: all origins; see :func:`days`.
        turning_points: those announced by ``as_of``, in order of their month.
        as_of: day of the judgement.
        progress: told how far it is.
        each: gives what :func:`walk` says of each case, in their order; one after the other in
            this process where not given. The cases do not depend on each other.

    Returns:
        One document; :func:`text` prints it.

    Raises:
        InsufficientData: no origin of a window has an outcome that is settled.
    """
    newest = known[-1]
    rule = EpisodeRule()
    clock = lag.clock(lag.Curve(newest.spreads[rule], tuple(turning_points), rule, as_of))
    spans = recessions(clock, turning_points, newest.inputs.index[0].date())
    todo = cases(spans)
    walks = each(todo) if each is not None else (walk(known, case) for case in todo)
    said: list[Vector] = []
    for found in walks:
        said.append(found)
        progress("robustness", len(said), len(todo))
    chosen, defined, learnt = np.split(np.array(said), np.cumsum([len(CHOICES), len(DEFINITIONS)]))
    ground = _ground(known, turning_points, as_of)
    left_out = [span for span in spans if span.last >= _WINDOWS[JUDGED_ON].first]
    choices = [
        {"name": choice.name}
        | {window: ground.scores(p, window) for window in (CHOSEN_ON, JUDGED_ON)}
        for choice, p in zip(CHOICES, chosen, strict=True)
    ]
    document: dict[str, Any] = backtest.rounded(
        {
            "schema": SCHEMA,
            "as_of": as_of.isoformat(),
            "data_through": f"{labels.learnable_through(as_of):%Y-%m}",
            "target": "start",
            "horizon": HEADLINE_HORIZON,
            "window": JUDGED_ON,
            "as_it_is": ground.scores(chosen[0], JUDGED_ON),
            "definitions": [
                {"name": definition.name, "note": definition.note} | ground.scores(p, JUDGED_ON)
                for definition, p in zip(DEFINITIONS, defined, strict=True)
            ],
            "left_out_of_judging": [
                _months(span) | ground.scores(chosen[0], JUDGED_ON, span)
                for span in (*left_out, *_last_alarm(clock))
            ],
            "left_out_of_learning": [
                _months(span) | ground.scores(p, JUDGED_ON)
                for span, p in zip(spans, learnt, strict=True)
            ],
            "choices": choices,
            "nested": _nested(choices),
        }
    )
    return document


def _ground(known: Sequence[Day], turning_points: Sequence[TurningPoint], as_of: date) -> _Ground:
    origins = pd.DatetimeIndex([day.origin for day in known])
    # Months left out of the walk must not shift the windows of the others.
    months = pd.date_range(origins[0], origins[-1], freq="MS")
    through = labels.learnable_through(as_of)
    outcomes = labels.outcomes(months, turning_points, through)[TARGETS.index("start"), _ROW]
    published = [factor.published(float(day.inputs["spread"].iloc[-1])) for day in known]
    return _Ground(origins, outcomes[months.get_indexer(origins)], np.array(published))


def _months(span: Span) -> dict[str, str]:
    return {"name": span.name, "first": f"{span.first:%Y-%m}", "last": f"{span.last:%Y-%m}"}


def _nested(choices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What would have been chosen by each loss on the early window, and how it did later."""
    found = []
    for loss in _LOSSES:
        best = min(choices, key=lambda choice: float(choice[CHOSEN_ON][pool.ID][loss]))
        found.append({"by": loss, "chosen": best["name"], **best[JUDGED_ON]})
    return found


# ------------------------------------------------------------------------------------------ in text
def text(document: Mapping[str, Any]) -> str:
    """The document as tables, each row beside the New York Fed's coefficients."""
    window, through = document["window"], document["data_through"]
    heading = (
        f"Does a recession start within {document['horizon']} months? Origins {window}, outcomes"
        f" to {through}; in brackets the New York Fed's coefficients on the same months."
    )
    blocks = [
        heading,
        _table("the model", [document["as_it_is"] | {"name": "as it is"}]),
        _table("other definitions of an inversion", document["definitions"]),
        _table("left out of the judging", document["left_out_of_judging"]),
        _table("left out of the learning", document["left_out_of_learning"]),
    ]
    for span in (CHOSEN_ON, JUDGED_ON):
        rows = [{"name": choice["name"], **choice[span]} for choice in document["choices"]]
        blocks.append(_table(f"other choices, {span}", rows))
    blocks += [
        f"By its {_LOSSES[row['by']]} on {CHOSEN_ON} '{row['chosen']}' would have been chosen:"
        f" Brier score {row[pool.ID]['brier']:.4f} on {JUDGED_ON}."
        for row in document["nested"]
    ]
    return "\n\n".join(blocks) + "\n"


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    width = max(len(title), *(len(row["name"]) for row in rows))
    heads = ("Brier", "log score", "AUROC", "slope")
    lines = [f"{title:<{width}}  {'n':>4} {'pos':>4}" + "".join(f" {head:>15}" for head in heads)]
    for row in rows:
        cells = "".join(
            f" {_figure(row[pool.ID][score]):>7} {'(' + _figure(other) + ')':>7}"
            for score, other in row[backtest.AGAINST].items()
        )
        lines.append(f"{row['name']:<{width}}  {row['n']:>4} {row['positives']:>4}{cells}")
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
