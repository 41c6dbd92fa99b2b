"""How the headline warned: of which recessions, how long before, and how often for nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from monitor.domain import HEADLINE_HORIZON, HORIZONS, Target, add_months, months_between
from monitor.model import pool, scoring
from monitor.model.backtest import AGAINST, Judgement, Track, rounded
from monitor.model.forecast import Vector

_TARGET: Final[Target] = "start"
FLOOR: Final = next(floor for floor, name in pool.BANDS if name == "elevated")
"""Probability from which on a month is warned."""

_BAND_INTERVAL: Final = 0.8


def _headline(said: Track, member: str = pool.ID) -> Vector:
    return said.of(member, _TARGET, HEADLINE_HORIZON)


def _warned(said: Track) -> npt.NDArray[np.bool_]:
    """Whether the headline stands in the band ``elevated`` or above, for each origin."""
    return _headline(said) >= FLOOR


def _runs(said: Track, warned: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.intp]]:
    """Unbroken runs of warned months, as places among the origins."""
    places = np.flatnonzero(warned)
    number = said.origins.to_numpy("datetime64[M]").astype(int)[places]
    runs = np.split(places, np.flatnonzero(np.diff(number) != 1) + 1)
    return [run for run in runs if run.size]


def episodes(said: Track, judged: Judgement) -> list[dict[str, Any]]:
    """Each recession that the walk saw coming or not.

    A month is warned if the headline stands in the band ``elevated`` or above. The warning of a
    recession is the last unbroken run of warned months before it (and after any other recession),
    if it reaches into the twelve months before; its lead counts from its first month to the first
    month of the recession.
    """
    months = [stamp.date() for stamp in said.origins]
    runs = _runs(said, _warned(said) & ~judged.in_recession)
    return [
        _episode(recession.start, recession.announced, months, runs)
        for recession in judged.recessions
        if months[0] <= add_months(recession.start, -HEADLINE_HORIZON)
        and add_months(recession.start, -1) <= months[-1]
    ]


def _episode(
    start: date, announced: date, months: Sequence[date], runs: Sequence[npt.NDArray[np.intp]]
) -> dict[str, Any]:
    opening = add_months(start, -HEADLINE_HORIZON)
    before = [[months[place] for place in run if months[place] < start] for run in runs]
    heard = [run for run in before if run and run[-1] >= opening]
    first = heard[-1][0] if heard else None
    return {
        "peak": _month(add_months(start, -1)),
        "recession_start": _month(start),
        "announced": announced.isoformat(),
        "first_warning": first and _month(first),
        "lead_months": first and months_between(first, start),
        "warned_months": sum(month >= opening for run in heard for month in run),
        "missed": first is None,
    }


def false_alarms(said: Track, judged: Judgement) -> list[dict[str, Any]]:
    """Runs of warned months none of which was followed by a recession within twelve months.

    Months in recession do not break a run and are not told: an alarm that outlasts the recession
    that it foretold, until that is announced, is not a false one. A run is open while the outcome
    of one of its months is not settled.
    """
    outcome, headline = judged.of(_TARGET, HEADLINE_HORIZON), _headline(said)
    starts = [recession.start for recession in judged.recessions]
    found = []
    for run in _runs(said, _warned(said)):
        outside = run[~judged.in_recession[run]]
        if outside.size and not any(_heard(said.origins[place].date(), starts) for place in run):
            found.append(
                {
                    "start": f"{said.origins[outside[0]]:%Y-%m}",
                    "end": f"{said.origins[outside[-1]]:%Y-%m}",
                    "months": int(outside.size),
                    "max_probability": rounded(float(headline[outside].max())),
                    "open": bool(np.isnan(outcome[outside]).any()),
                }
            )
    return found


def _heard(month: date, starts: Sequence[date]) -> bool:
    return any(0 < months_between(month, start) <= HEADLINE_HORIZON for start in starts)


def bands(said: Track, judged: Judgement) -> list[dict[str, Any]]:
    """How often a recession started within twelve months of a month in each band.

    The interval is Jeffreys', as if the months were independent. They overlap, so that the true
    interval is wider.
    """
    headline, outcome = _headline(said), judged.of(_TARGET, HEADLINE_HORIZON)
    found, ceiling = [], np.inf
    for floor, name in (*pool.BANDS, (0.0, "normal")):
        inside = (headline >= floor) & (headline < ceiling) & ~np.isnan(outcome)
        n, events = int(inside.sum()), int(outcome[inside].sum())
        low, high = scoring.jeffreys(events, n, _BAND_INTERVAL) if n else (None, None)
        rate = events / n if n else None
        found.append(
            rounded(
                {
                    "band": name, "floor": floor, "months": n, "starts": events,
                    "rate": rate, "low": low, "high": high,
                }
            )
        )  # fmt: skip
        ceiling = floor
    return found


def history(said: Track, judged: Judgement) -> Iterator[dict[str, Any]]:
    """The headline's member month by month, beside the published model and the outcome."""
    outcome = judged.of(_TARGET, HEADLINE_HORIZON)
    published = _headline(said, AGAINST)
    ours = np.stack([said.of(pool.ID, _TARGET, horizon) for horizon in HORIZONS])
    for place, month in enumerate(said.origins):
        yield {
            "month": f"{month:%Y-%m}",
            "probability": {
                str(horizon): _number(value)
                for horizon, value in zip(HORIZONS, ours[:, place], strict=True)
            },
            "nyfed": _number(published[place]),
            "outcome": None if np.isnan(outcome[place]) else int(outcome[place]),
            "in_recession": bool(judged.in_recession[place]),
        }


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
