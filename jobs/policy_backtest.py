"""The backtest of the odds of policy: the walk forward on all processors, and its document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any, Final

from jobs.backtest import Progress, Request, counted, spread_over
from jobs.pull import seed
from monitor.assess import POLICY_MODEL_ID
from monitor.domain import POLICY_HORIZONS, SCHEMA, EpisodeRule, PolicyOptions
from monitor.errors import ConfigError
from monitor.model import backtest, policy, policy_record, recession, scoring
from monitor.model.policy_record import Said
from monitor.store import Store
from monitor.store.known import Chronicle

_DAYS_AT_ONCE: Final = 12


def run(
    store: Store,
    rule: EpisodeRule,
    options: PolicyOptions,
    as_of: date,
    now: datetime,
    *,
    request: Request,
    progress: Progress,
) -> dict[str, Any]:
    """Walk, judge and score, and rate asset purchases on the days of the record.

    Args:
        store: what is stored.
        rule: what counts as an inversion, for the odds of a recession.
        options: what the user has set; the scores do not hang on it.
        as_of: day of the judgement.
        now: instant of the run.
        request: what is to be walked; its members are left aside, for all are scored.
        progress: told how far it is.

    Returns:
        One document, ``monitor.model.policy_record`` says of what.

    Raises:
        ConfigError: there is no month's end between the first and the last.
        InsufficientData: at none of them was the target off the lower bound.
    """
    days = policy_record.origins(request.first, request.last, as_of)
    if not days:
        raise ConfigError(
            f"--from {request.first:%Y-%m}: no month's end from then on, and none before"
            f" {policy_record.FIRST_ORIGIN:%Y-%m}, lies by {request.last or as_of}: give an"
            " earlier --from or a later --to"
        )
    seed(store, now)
    series = dict.fromkeys((*recession.needed(rule), *policy.NEEDED))
    chronicle = store.chronicle(tuple(series), until=as_of)
    with spread_over(request.processes) as spread:
        parts = [days[at : at + _DAYS_AT_ONCE] for at in range(0, len(days), _DAYS_AT_ONCE)]
        walk = spread(partial(_walk, chronicle, rule), parts)
        said = list(chain.from_iterable(counted(walk, "Walking", len(parts), progress)))
        record = policy_record.judge(said, chronicle.panel(as_of))
        cells = list(policy_record.cells(record))
        scores = spread(partial(policy_record.scores, draws=request.draws), cells)
        rows = list(chain.from_iterable(counted(scores, "Scoring", len(cells), progress)))
        known = [day for day in policy_record.HISTORY if day <= as_of]
        history = list(spread(partial(_history, chronicle, rule, options), known))
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "data_through": record.settled.isoformat(),
        "model_id": POLICY_MODEL_ID,
        "first_origin": str(record.days[0]),
        "last_origin": str(record.days[-1]),
        "members": list(policy_record.MEMBERS),
        "windows": list(dict.fromkeys(row["window"] for row in rows)),
        "rows": rows,
        "ranked": policy_record.ranked(record),
        "path": policy_record.errors(record),
        "history": [row for row in history if row is not None],
        "options": {
            **asdict(rule),
            "lower_bound": options.lower_bound,
            "origins": len(record.days),
            "origins_at_bound": len(days) - len(record.days),
            "horizons": list(POLICY_HORIZONS),
            "paths": policy_record.PATHS,
            "states": policy_record.STATES,
            "held_against": policy_record.AGAINST,
            "interval": scoring.INTERVAL,
            "bootstrap_draws": request.draws,
            "bootstrap_block_months": scoring.BLOCK,
            "bootstrap_seed": backtest.SEED,
        },
    }


def _walk(chronicle: Chronicle, rule: EpisodeRule, days: Sequence[date]) -> list[Said | None]:
    return list(policy_record.walk(days, chronicle.panel, rule))


def _history(
    chronicle: Chronicle, rule: EpisodeRule, options: PolicyOptions, day: date
) -> dict[str, Any] | None:
    return policy_record.history(chronicle.panel(day), rule, options)
