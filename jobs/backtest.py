"""The backtest: the walk forward on all processors, its document, and its files."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain
from math import isnan
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any, Final, Protocol, TypeVar

from threadpoolctl import threadpool_limits

from jobs.pull import seed
from monitor.assess import MODEL_ID
from monitor.catalog import FIRST_MONTH
from monitor.delivery.site import write_one
from monitor.domain import HORIZONS, SCHEMA, TARGETS, EpisodeRule
from monitor.errors import ConfigError, RenderError
from monitor.model import backtest, headline, labels, measures, pool, recession, scoring
from monitor.model import robustness as robust
from monitor.model.backtest import Judgement, Said, Track
from monitor.model.forecast import Vector
from monitor.store import Store
from monitor.store.known import Chronicle

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

FIRST_ORIGIN: Final = backtest.FIRST_ORIGIN

_REFERENCES: Final = (backtest.AGAINST, backtest.CLIMATOLOGY)
_MONTHS_AT_ONCE: Final = 12
"""Origins that a process takes at once: few, so that all end together and an interrupt is heard."""

Task = TypeVar("Task")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be walked.

    Attributes:
        first: first origin, as the first day of a month.
        last: last origin, or ``None`` for the newest.
        members: whose scores are wanted, the pool first.
        processes: how many work at it.
        draws: of the bootstrap.
    """

    first: date
    last: date | None
    members: tuple[str, ...]
    processes: int
    draws: int = scoring.DRAWS


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came of it.

    Attributes:
        track: all that was said.
        judged: what came of that.
        members: whose scores are shown.
        document: the scoreboard.
    """

    track: Track
    judged: Judgement
    members: tuple[str, ...]
    document: dict[str, Any]


def members(named: Sequence[str]) -> tuple[str, ...]:
    """The members named, or all; always with the pool, which the rest stands beside.

    Args:
        named: identifiers, each text one or several with commas between them.

    Raises:
        ConfigError: there is no such member.
    """
    wanted = {name.strip() for text in named for name in text.split(",")} - {""}
    if unknown := sorted(wanted - set(recession.MEMBERS)):
        raise ConfigError(
            f"--members {','.join(unknown)}: there is no such member; the members are"
            f" {', '.join(recession.MEMBERS)}"
        )
    return tuple(
        name for name in recession.MEMBERS if not wanted or name in wanted or name == pool.ID
    )


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    store: Store,
    rule: EpisodeRule,
    as_of: date,
    now: datetime,
    *,
    request: Request,
    progress: Progress,
) -> Result:
    """Walk, judge and score.

    Args:
        store: what is stored.
        rule: what counts as an inversion.
        as_of: day of the judgement.
        now: instant of the run.
        request: what is to be walked.
        progress: told how far it is.

    Raises:
        ConfigError: there is no month between the first and the last.
        InsufficientData: in none of them was a term spread known.
    """
    months = _months(request, as_of)
    seed(store, now)
    chronicle = store.chronicle(recession.needed(rule), until=as_of)
    with spread_over(request.processes) as spread:
        walk = partial(_walk, chronicle, rule)
        years = _chunks(months)
        parts = counted(spread(walk, years), "Walking", len(years), progress)
        said = backtest.track(chain.from_iterable(parts))
        judged = backtest.judge(said, chronicle.panel(as_of).turning_points, as_of)
        shown = tuple(name for name in request.members if name in said.probability)
        asked = {*shown, *_REFERENCES}
        spoken = {name: values for name, values in said.probability.items() if name in asked}
        said = Track(said.origins, said.days, spoken)
        cells = list(backtest.cells(said, judged))
        scores = spread(partial(backtest.scores, draws=request.draws), cells)
        found = list(chain.from_iterable(counted(scores, "Scoring", len(cells), progress)))
    rows = [row for row in found if row["member"] in shown]
    document = _document(
        said, judged, shown, rows, rule=rule, request=request, left_out=len(months) - len(said.days)
    )
    return Result(said, judged, shown, document)


def robustness(
    store: Store, as_of: date, now: datetime, *, processes: int, progress: Progress
) -> dict[str, Any]:
    """How far the scores of the pool rest on one choice; see the model's module of that name.

    Args:
        store: what is stored.
        as_of: day of the judgement.
        now: instant of the run.
        processes: how many work at it.
        progress: told how far it is.

    Raises:
        InsufficientData: in no month was a term spread known.
    """
    seed(store, now)
    chronicle = store.chronicle(robust.SERIES, until=as_of)
    known = robust.days(as_of, chronicle.panel)
    points = chronicle.panel(as_of).turning_points
    with spread_over(processes, known) as spread:
        return robust.robustness(known, points, as_of, progress, partial(spread, _case))


def _case(case: robust.Case) -> Vector:
    return robust.walk(_given[0], case)


_given: list[Any] = []
"""What a process was given when it was started: too much to be sent with every task."""


def _months(request: Request, as_of: date) -> list[date]:
    first, last = f"--from {request.first:%Y-%m}", request.last
    if last is not None and last < request.first:
        raise ConfigError(f"--to {last:%Y-%m} lies before {first}: give a later month")
    if last is not None and last < FIRST_MONTH:
        raise ConfigError(
            f"--to {last:%Y-%m} lies before the first term spread: give {FIRST_MONTH:%Y-%m} or a"
            " later month"
        )
    if months := backtest.origins(request.first, last, as_of):
        return months
    raise ConfigError(
        f"{first}: the mean rates of that month were not out by {as_of}: give an earlier month"
    )


def _chunks(months: Sequence[date]) -> list[Sequence[date]]:
    size = _MONTHS_AT_ONCE
    return [months[place : place + size] for place in range(0, len(months), size)]


def _walk(chronicle: Chronicle, rule: EpisodeRule, months: Sequence[date]) -> list[Said | None]:
    forecaster = partial(recession.probabilities, rule=rule)
    return list(backtest.walk(months, chronicle.panel, forecaster))


def counted(parts: Iterable[Done], what: str, total: int, progress: Progress) -> Iterator[Done]:
    """The parts as they come, with the progress told after each."""
    progress(what, 0, total)
    for done, part in enumerate(parts, 1):
        yield part
        progress(what, done, total)


class _Spread(Protocol):
    """As the built-in ``map`` over one iterable."""

    def __call__(
        self, function: Callable[[Task], Done], tasks: Iterable[Task], /
    ) -> Iterator[Done]: ...


@contextmanager
def spread_over(count: int, given: object = None) -> Iterator[_Spread]:
    """A ``map`` whose work is spread over processes, with the same results in the same order.

    What is ``given`` is sent once to each.

    Each process computes on one thread: there is one for each processor, and the order of sums
    must not depend on how many there are.
    """
    if count == 1:
        _given[:] = [given]
        with threadpool_limits(1):
            yield map
        return
    executor = ProcessPoolExecutor(count, get_context("spawn"), _begin, (given,))

    def spread(function: Callable[[Task], Done], tasks: Iterable[Task], /) -> Iterator[Done]:
        # A terminal interrupts all processes at once. What is started here inherits the mask
        # and hears nothing; this process does, once it is lifted, and ends the others.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return executor.map(function, tasks)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    try:
        yield spread
    finally:
        executor.shutdown(cancel_futures=True)


def _begin(given: object) -> None:
    _given[:] = [given]
    threadpool_limits(1)
    # Nobody tells the processes when the one that started them is killed.
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


# ------------------------------------------------------------------------------------ the document
def _document(
    said: Track,
    judged: Judgement,
    shown: tuple[str, ...],
    rows: list[dict[str, Any]],
    *,
    rule: EpisodeRule,
    request: Request,
    left_out: int,
) -> dict[str, Any]:
    order = {
        key: place
        for place, key in enumerate(
            (member, target, horizon)
            for member in shown
            for target in TARGETS
            for horizon in HORIZONS
        )
    }
    rows.sort(key=lambda row: order[row["member"], row["target"], row["horizon"]])
    return {
        "schema": SCHEMA,
        "as_of": judged.as_of.isoformat(),
        "data_through": f"{judged.through:%Y-%m}",
        "model_id": MODEL_ID,
        "first_origin": f"{said.origins[0]:%Y-%m}",
        "last_origin": f"{said.origins[-1]:%Y-%m}",
        "windows": _windows(rows),
        "members": list(shown),
        "rows": rows,
        "episodes": headline.episodes(said, judged),
        "false_alarms": headline.false_alarms(said, judged),
        "bands": headline.bands(said, judged),
        "history": list(headline.history(said, judged)),
        "options": {
            **asdict(rule),
            "origins": len(said.origins),
            "origins_left_out": left_out,
            "members_left_out": [name for name in request.members if name not in shown],
            "warning": headline.FLOOR,
            "label_delay_months": labels.LABEL_DELAY_MONTHS,
            "held_against": backtest.AGAINST,
            "interval": scoring.INTERVAL,
            "bootstrap_draws": request.draws,
            "bootstrap_block_months": scoring.BLOCK,
            "bootstrap_seed": backtest.SEED,
            "clipped_at": measures.CLIP,
        },
    }


def _windows(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The windows to be shown first, the one to quote last."""
    scored = {row["window"] for row in rows}
    found = [window for window in backtest.WINDOWS if window.name in scored]
    return [window.name for window in found if window.headline] or [it.name for it in found]


# --------------------------------------------------------------------------------------- the files
def write(result: Result, folder: Path) -> list[Path]:
    """Write the scoreboard as JSON, CSV and a page, and every forecast as CSV.

    Raises:
        RenderError: a file cannot be written.
    """
    from monitor.digest import scoreboard

    contents = {
        "scoreboard.json": json.dumps(result.document, indent=1) + "\n",
        "scoreboard.csv": _scores_as_csv(result.document["rows"]),
        "forecasts.csv": _forecasts_as_csv(result),
        "scoreboard.html": scoreboard.page(result.document),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise RenderError(
            f"{folder}: cannot be made: {err.strerror or err}; give --out a folder that this user"
            " may write to"
        ) from err
    for name, text in contents.items():
        write_one(folder / name, text)
    return [folder / name for name in contents]


def _scores_as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """One line for each row; an interval becomes two columns, the bins are left out."""
    spans = ("interval", "difference")
    plain = [name for name in rows[0] if name not in (*spans, "reliability")] if rows else []
    pairs = dict.fromkeys((span, name) for row in rows for span in spans for name in row[span])
    ends = [f"{span}_{name}_{end}" for span, name in pairs for end in ("low", "high")]
    lines = [
        [row[name] for name in plain]
        + [end for span, name in pairs for end in row[span].get(name, (None, None))]
        for row in rows
    ]
    return _csv([*plain, *ends], lines)


def _forecasts_as_csv(result: Result) -> str:
    return _csv(
        ["origin", "day", "member", "target", "horizon", "probability", "outcome"],
        _forecasts(result.track, result.judged, result.members),
    )


def _forecasts(said: Track, judged: Judgement, shown: Sequence[str]) -> Iterator[list[object]]:
    events = [(target, horizon) for target in TARGETS for horizon in HORIZONS]
    outcomes = {event: judged.of(*event).tolist() for event in events}
    forecasts = {
        (name, *event): said.of(name, *event).tolist() for name in shown for event in events
    }
    for place, (origin, day) in enumerate(zip(said.origins, said.days, strict=True)):
        month = f"{origin:%Y-%m}"
        for (name, target, horizon), values in forecasts.items():
            value, outcome = values[place], outcomes[target, horizon][place]
            if not isnan(value):
                came = None if isnan(outcome) else int(outcome)
                yield [month, day, name, target, horizon, f"{value:.6f}", came]


def _csv(header: Sequence[str], lines: Sequence[Sequence[object]] | Iterator[list[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()
