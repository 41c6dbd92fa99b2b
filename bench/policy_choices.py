"""How far the scores of the policy odds rest on choices in their model.

    python bench/policy_choices.py [--processes 2]

The walk of ``recession-monitor backtest --policy`` is repeated from the bundled history with one
choice after the other made differently, and scored in the same way. The choices of the model were
made with the forecasts of 1995 to 2025 in sight. What such choices are worth is told by the last
lines: of all that is tried here the one is taken that scored best on origins whose windows were
over before 2008, and is scored on those since, beside the model as it is and a plain logit on the
same rates.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
import numpy.typing as npt

from jobs.backtest import processors, spread_over
from jobs.pull import seed
from monitor import fomc
from monitor.domain import MOVES, POLICY_HORIZONS, EpisodeRule, Panel
from monitor.model import policy, policy_record, qe, recession, scoring
from monitor.model.forecast import Vector
from monitor.model.policy import Moves
from monitor.model.policy_record import AGAINST, Said
from monitor.store import Store
from monitor.store.known import Chronicle

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

AS_OF: Final = date(2026, 11, 22)
NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
SPLIT: Final = np.datetime64("2008-01-01")
AS_IT_IS: Final = "as it is"

_moves = policy.moves
_ordered_logit = policy._ordered_logit  # noqa: SLF001 - what is measured is what it is given
_FADING: Final = policy._FADING_MONTHS  # noqa: SLF001 - likewise
_MEMORY: Final = policy._MEMORY_MONTHS  # noqa: SLF001 - likewise


def since_1994(panel: Panel) -> Moves:
    """Decisions that were announced."""
    known = _moves(panel)
    kept = known.day >= np.datetime64("1994-02-04")
    return replace(
        known,
        day=known.day[kept],
        scheduled=known.scheduled[kept],
        before=known.before[kept],
        step=known.step[kept],
        at_bound=known.at_bound[kept],
        direction=known.direction[kept],
        age=known.age[kept],
    )


def evenly(x: Vector, outcome: Places, censored: Flags, worth: Vector, states: int) -> Vector:
    """The fit with all months before a decision worth the same."""
    return _ordered_logit(x, outcome, censored, np.full_like(worth, worth.mean()), states)


_POLICY: Final = "monitor.model.policy"
CASES: Final[Mapping[str, Mapping[str, Any]]] = {
    AS_IT_IS: {},
    "no past easings laid on": {"monitor.model.qe.FOLLOWS_PAST": 0.0},
    "past easings on all recessions": {"monitor.model.qe.FOLLOWS_PAST": 1.0},
    "gaps fade twice as fast": {f"{_POLICY}._FADING_MONTHS": tuple(it / 2 for it in _FADING)},
    "gaps fade half as fast": {f"{_POLICY}._FADING_MONTHS": tuple(it * 2 for it in _FADING)},
    "moves forgotten twice as fast": {f"{_POLICY}._MEMORY_MONTHS": tuple(it / 2 for it in _MEMORY)},
    "moves forgotten half as fast": {f"{_POLICY}._MEMORY_MONTHS": tuple(it * 2 for it in _MEMORY)},
    "penalty four times": {f"{_POLICY}.PENALTY": policy.PENALTY * 4},
    "penalty a quarter": {f"{_POLICY}.PENALTY": policy.PENALTY / 4},
    "learnt since 1994 only": {f"{_POLICY}.moves": since_1994},
    "all looks worth the same": {f"{_POLICY}._ordered_logit": evenly},
    "coefficients taken as known": {"monitor.model.policy_record.STATES": 1},
}


def walk(
    chronicle: Chronicle, rule: EpisodeRule, days: Sequence[date]
) -> list[tuple[Said, dict[str, Vector]]]:
    """What is said at some origins, and what the model would have said in each case."""
    found = []
    for day in days:
        panel = chronicle.panel(day)
        said, target = policy_record.say(panel, rule), fomc.target(panel)
        if said is not None and target is not None:
            odds = policy_record.recession_odds(panel, rule)
            cases = {}
            for name, patches in CASES.items():
                with ExitStack() as stack:
                    for place, value in patches.items():
                        stack.enter_context(mock.patch(place, value))
                    outcome: qe.Outcome = policy_record.unfold(panel, target, *odds)
                cases[name] = policy_record.odds(outcome, day)
            found.append((said, cases))
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--processes", type=int, default=processors())
    chosen = options.parse_args()
    rule = EpisodeRule()
    series = tuple(dict.fromkeys((*recession.needed(rule), *policy.NEEDED)))
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "monitor.db") as store:
        seed(store, NOW)
        chronicle = store.chronicle(series, until=AS_OF)
    days = policy_record.origins(policy_record.FIRST_ORIGIN, None, AS_OF)
    parts = [days[at : at + 6] for at in range(0, len(days), 6)]
    with spread_over(chosen.processes) as spread:
        told = list(chain.from_iterable(spread(partial(walk, chronicle, rule), parts)))
    record = policy_record.judge([said for said, _ in told], chronicle.panel(AS_OF))
    odds = {name: np.stack([cases[name] for _, cases in told]) for name in CASES}
    odds[f"{AGAINST}, the plain logit"] = record.odds[AGAINST]
    report(odds, record.came, record.days)


def report(odds: Mapping[str, Vector], came: Vector, days: policy.Days) -> None:
    """Print the scores of all cases, and what would have been chosen before 2008."""
    every = np.ones(days.size, dtype=bool)
    early, late = days < SPLIT, days >= SPLIT
    print(f"{days.size} origins {days[0]} to {days[-1]}; Brier score and AUROC of a cut, and of a")
    print("hike and no cut, within 3 months; means of both Brier scores at 1, 3, 6, 12 months\n")
    print(f"{'':<32}{'cut':>14}{'hike':>14}" + "".join(f"{it:>9}" for it in POLICY_HORIZONS))
    for name, p in odds.items():
        cells = "".join(f"{_of(p, came, event, 3, every):>14}" for event in ("cut", "hike"))
        means = "".join(f"{_mean(p, came, it, every):>9.4f}" for it in POLICY_HORIZONS)
        print(f"{name:<32}{cells}{means}")
    # A window that reaches over the split would have told of moves that were still to come.
    ended = early & (days <= SPLIT - np.timedelta64(366, "D"))
    mean = {
        name: [
            float(np.mean([_mean(p, came, it, span) for it in POLICY_HORIZONS]))
            for span in (ended, late)
        ]
        for name, p in odds.items()
    }
    best = min(CASES, key=lambda name: mean[name][0])
    print("\nMean of both Brier scores over the four horizons: origins to 2006-12, since 2008-01")
    for name in dict.fromkeys((best, *odds)):
        mark = "  <- best to 2006-12" if name == best else ""
        print(f"{name:<32}{mean[name][0]:>9.4f}{mean[name][1]:>9.4f}{mark}")


def _of(p: Vector, came: Vector, event: str, horizon: int, span: Flags) -> str:
    said, y = _pair(p, came, event, horizon, span)
    return f"{scoring.brier(said, y):.4f}  {scoring.auroc(said, y):.3f}"


def _mean(p: Vector, came: Vector, horizon: int, span: Flags) -> float:
    pairs = (_pair(p, came, event, horizon, span) for event in ("cut", "hike"))
    return float(np.mean([scoring.brier(*pair) for pair in pairs]))


def _pair(p: Vector, came: Vector, event: str, horizon: int, span: Flags) -> tuple[Vector, Vector]:
    row, column = MOVES.index(event), POLICY_HORIZONS.index(horizon)
    inside = span & ~np.isnan(came[:, row, column])
    return p[inside, row, column], came[inside, row, column]


if __name__ == "__main__":
    main()
