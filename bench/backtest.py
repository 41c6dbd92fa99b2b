"""Time of the whole backtest, beside the same members refitted plainly with scikit-learn.

    python bench/backtest.py [--sample 60] [--rounds 3]

Ours is the command as a user runs it, in a process of its own and from the bundled history: every
month since 1970, all members, targets and horizons, with all scores and their bootstraps. It has
as many processes as there are processors.

The plain way is a loop in one process: at each origin read what was known, make the features, and
for each member that is a regression, each target and each horizon fit
``make_pipeline(StandardScaler(), LogisticRegression())`` with its defaults and predict the newest
month. It does not score, nor does it run a clock, a nowcast or a pool. It computes on one thread,
with which such small fits take less time than with several. It is run on a random sample of the
origins, a part after each round of ours, and extrapolated by their number.

Last, today's fit and score in this process: what was known is read, all members are fitted, the
assessment is made with its intervals; the first time, when nothing of the past is remembered.

The exit status is 1 if ours takes longer than a minute or more than a tenth of the plain way, or
today's score more than a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import sqrt
from pathlib import Path
from statistics import mean, median, stdev
from typing import Final

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from jobs import pipeline
from jobs.pull import seed
from monitor import features
from monitor.config import Settings
from monitor.domain import HORIZONS, TARGETS
from monitor.model import backtest, labels
from monitor.store import Store

LONGEST: Final = 60.0
"""Seconds that ours may take."""

SMALLEST_RATIO: Final = 10.0
LONGEST_SCORE: Final = 1.0
"""Seconds that today's fit and score may take."""

FEWEST_MONTHS: Final = 120
"""Of learnable months, for a column of the widest member."""

AS_OF: Final = date(2026, 11, 22)
NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEED: Final = 1

MEMBERS: Final = {
    "probit": ("spread",),
    "probit_lag6": ("spread", "spread_lag6"),
    "background": ("spread", "spread_lag6"),
    "wright": ("spread", "funds"),
    "logit": tuple(feature.name for feature in features.FEATURES),
}
"""The members that are regressions, and what they read."""


def ours(folder: Path) -> tuple[float, int]:
    """Seconds of the command, start of the process included, and the origins it walked."""
    command = [sys.executable, "-m", "jobs", "backtest", "--as-of", f"{AS_OF}", "--json"]
    settings = {"RECESSION_MONITOR_STORE__PATH": str(folder / "monitor.db")}
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - ourselves
        command, check=True, capture_output=True, text=True, env=os.environ | settings
    )
    seconds = time.perf_counter() - started
    return seconds, json.loads(done.stdout)["options"]["origins"]


def plainly(store: Store, origin: date) -> int:
    """Refit every member at one origin; the number of fits."""
    panel = store.panel(backtest.day_of(origin), features.REQUIRED_SERIES)
    frame = features.frame(panel)
    outcomes = labels.outcomes(
        pd.DatetimeIndex(frame.index), panel.turning_points, labels.learnable_through(panel.as_of)
    )
    fits = 0
    for member, names in MEMBERS.items():
        columns = list(_usable(frame, outcomes, names))
        # What the background learns from are starts alone.
        for target in range(1 if member == "background" else len(TARGETS)):
            for horizon in range(len(HORIZONS)):
                y, x = outcomes[target, horizon], frame[columns]
                learnt = ~np.isnan(y) & x.notna().all(axis=1).to_numpy()
                if len(np.unique(y[learnt])) == 1:
                    continue
                model = make_pipeline(StandardScaler(), LogisticRegression())
                model.fit(x[learnt], y[learnt])
                model.predict_proba(x.tail(1))
                fits += 1
    return fits


def timed(store: Store, origins: list[date]) -> tuple[list[float], int]:
    """Seconds of the plain way at each origin, and the number of all fits."""
    each, fits = [], 0
    for month in origins:
        started = time.perf_counter()
        fits += plainly(store, month)
        each.append(time.perf_counter() - started)
    return each, fits


def today(store: Store) -> float:
    """Seconds of today's assessment."""
    started = time.perf_counter()
    pipeline.score(store, Settings(), AS_OF, NOW)
    return time.perf_counter() - started


def _usable(frame: pd.DataFrame, outcomes: np.ndarray, names: tuple[str, ...]) -> Iterator[str]:
    learnable = ~np.isnan(outcomes[-1, -1])
    for name in names:
        known = frame[name].notna().to_numpy()
        if known[-1] and (known & learnable).sum() >= FEWEST_MONTHS:
            yield name


def main() -> int:
    """Measure and compare; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=60, help="origins refitted plainly")
    parser.add_argument("--rounds", type=int, default=3, help="runs of ours; their median counts")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")  # of lbfgs, which now and then stops at its limit
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.open(folder / "monitor.db") as store:
            seed(store, NOW)
            # Of the newest month the bundled history has no rates.
            months = backtest.origins(backtest.FIRST_ORIGIN, None, AS_OF)[:-1]
            drawn = random.Random(SEED).sample(months, min(chosen.sample, len(months)))  # noqa: S311
            score = today(store)
            plainly(store, drawn[0])  # what is loaded with the first of them does not count
            times: list[float] = []
            each: list[float] = []
            fits = 0
            for number in range(chosen.rounds):
                seconds, origins = ours(folder)
                times.append(seconds)
                with threadpool_limits(1):
                    part, count = timed(store, drawn[number :: chosen.rounds])
                each += part
                fits += count
                print(
                    f"round {number + 1}: ours {seconds:.1f} s for {origins} origins, plain"
                    f" {mean(part):.3f} s for each",
                    flush=True,
                )
    plain = mean(each) * origins
    error = stdev(each) / sqrt(len(each)) * origins
    print(
        f"plain: {fits} fits at {len(drawn)} of {origins} origins, drawn with seed {SEED}, took"
        f" {sum(each):.1f} s; for all of them {plain:.0f} s, standard error {error:.0f} s"
    )
    whole = median(times)
    print(f"ours {whole:.1f} s, at most {LONGEST:.0f}")
    print(f"ratio {plain / whole:.1f}, at least {SMALLEST_RATIO:.0f}")
    print(f"today's fit and score {score:.2f} s, at most {LONGEST_SCORE:.0f}")
    return int(whole > LONGEST or plain / whole < SMALLEST_RATIO or score > LONGEST_SCORE)


if __name__ == "__main__":
    raise SystemExit(main())
