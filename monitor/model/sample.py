"""The months that a member learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from monitor.domain import TARGETS, Said
from monitor.errors import ModelError
from monitor.model.forecast import Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FEWEST_MONTHS, FEWEST_RECESSIONS = 120, 2
"""What a fit needs: ten years, for each target and horizon, and two recessions among them."""

_AT = TARGETS.index("at")


@dataclass(frozen=True, slots=True)
class Sample:
    """Inputs and outcomes of consecutive months.

    Attributes:
        x: inputs, the first of them 1 (months, 1 + inputs); all 0 in a month that is left out
            because an input is missing.
        y: outcomes (months, targets, horizons): 1, 0, or NaN where not known or left out.
        newest: inputs of the newest month, the first of them 1 (1 + inputs).
        mean, deviation: of each input without the constant over the months learnt from (inputs).
    """

    x: Vector
    y: Vector
    newest: Vector
    mean: Vector
    deviation: Vector


def take(frame: pd.DataFrame, outcomes: Vector, columns: Sequence[str]) -> Sample:
    """All months with a known outcome and every column.

    Args:
        frame: :func:`monitor.features.frame` of what was known.
        outcomes: (targets, horizons, months).
        columns: names of the inputs.

    Raises:
        ModelError: there are too few months or recessions, or the newest month lacks an input.
    """
    lacking = [name for name in columns if frame.empty or not np.isfinite(frame[name].iloc[-1])]
    if frame.empty or lacking:
        what = ", ".join(lacking) or "spread"
        raise ModelError(
            Said("the newest month has no {inputs}: pull the series behind it", inputs=what)
        )
    inputs = frame[list(columns)].to_numpy()
    whole = np.isfinite(inputs).all(axis=1)
    if not _enough(whole.astype(float), outcomes):
        few = {"months": FEWEST_MONTHS, "recessions": FEWEST_RECESSIONS}
        raise ModelError(
            Said(
                "fewer than {months} months or {recessions} recessions are known of {inputs}: too"
                " few to learn from",
                inputs=", ".join(columns),
                **few,
            )
            if columns
            else Said(
                "fewer than {months} months or {recessions} recessions are known of the outcomes:"
                " too few to learn from",
                **few,
            )
        )
    learnt = whole & ~np.isnan(outcomes).all(axis=(0, 1))
    span = slice(np.flatnonzero(learnt)[0], np.flatnonzero(learnt)[-1] + 1)
    used = inputs[learnt]
    kept = whole[span, None]
    return Sample(
        x=np.where(kept, np.column_stack([np.ones(len(inputs)), inputs])[span], 0.0),
        y=np.where(kept[:, :, None], outcomes.transpose(2, 0, 1)[span], np.nan),
        newest=np.concatenate([[1.0], inputs[-1]]),
        mean=used.mean(axis=0),
        deviation=used.std(axis=0),
    )


def usable(frame: pd.DataFrame, outcomes: Vector) -> tuple[str, ...]:
    """Columns that the newest month has and that leave enough months to learn from.

    They are tried in the order of the frame; one that would leave too few months is left out.
    """
    kept: list[str] = []
    whole = np.ones(len(frame))
    for name in frame.columns:
        there = np.isfinite(frame[name].to_numpy()).astype(float)
        if there.size and there[-1] and _enough(whole * there, outcomes):
            kept.append(name)
            whole = whole * there
    return tuple(kept)


def _enough(rows: Vector, outcomes: Vector) -> bool:
    months = (~np.isnan(outcomes)).astype(float) @ rows
    happened = np.nan_to_num(outcomes) @ rows
    in_recession = np.nan_to_num(outcomes[_AT, 0]) * rows
    recessions = int((np.diff(in_recession, prepend=0.0) > 0).sum())
    # Of the longest windows, which end soonest, a recession may be out of sight.
    varied = bool(np.all((happened > 0) & (happened < months)))
    return months.min() >= FEWEST_MONTHS and recessions >= FEWEST_RECESSIONS and varied
