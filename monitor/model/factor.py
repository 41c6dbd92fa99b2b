"""Members that read the month's figures: probits, a penalised logit and climatology.

Every member is fitted to what was known on one day (:class:`Known`) and then speaks of the newest
month: three targets, five horizons, each fitted directly. Probabilities of ``start`` and ``any``
are made monotone in the horizon by the nearest monotone sequence in least squares (Ayer et al.,
Annals of Mathematical Statistics 26, 1955).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy import special

from monitor.domain import (
    HEADLINE_HORIZON,
    HORIZONS,
    TARGETS,
    Contribution,
    Said,
    joined,
    phrase,
)
from monitor.errors import ModelError
from monitor.features import FEATURES
from monitor.model import horizons, logit, probit
from monitor.model.forecast import Forecast, Vector
from monitor.model.horizons import START
from monitor.model.labels import learnable_through
from monitor.model.sample import Sample, take, usable

if TYPE_CHECKING:
    import pandas as pd

ID = "nyfed_published"

COEFFICIENTS = (-0.5333, -0.6330)
"""Constant and slope of ``P(recession in month t + 12) = Phi(a + b spread)``: the New York Fed's
"The Yield Curve as a Leading Indicator", recovered from its published probabilities to 2e-14."""

COVARIANCE = ((0.03516, -0.00850), (-0.00850, 0.02030))
"""Covariance of the coefficients, which the New York Fed does not publish: Newey and West
(Econometrica 55, 1987) with scores correlated over two years, on the outcomes of 1959-2009.
``tests/unit/test_factor.py`` computes it from the bundled history."""

ESTIMATED_THROUGH = date(2009, 12, 31)
"""The coefficients rest on outcomes up to here and have been frozen since: before this day the
member is not out of sample."""

_CURVE = frozenset({"spread", "spread_lag6", "near_term_forward"})
_CLAUSES = phrase("{one}; {other}")
_STATES = 101
_NORMAL = special.ndtri((np.arange(_STATES) + 0.5) / _STATES)
_Link = Callable[[Vector], Vector]


# -------------------------------------------------------------------------------------- interface
@dataclass(frozen=True, slots=True)
class Known:
    """What may be learnt from on one day.

    Attributes:
        as_of: the day.
        frame: :func:`monitor.features.frame` of that day's panel.
        outcomes: :func:`monitor.model.labels.outcomes` of the frame's months (targets, horizons,
            months), known through :func:`monitor.model.labels.learnable_through` of that day.
    """

    as_of: date
    frame: pd.DataFrame
    outcomes: Vector


class Fitted(Protocol):
    """A member on one day."""

    @property
    def id(self) -> str:
        """Stable identifier of the member."""
        ...

    def probability(self) -> Vector:
        """Probabilities (targets, horizons) for the newest month, strictly between 0 and 1."""
        ...

    def forecast(self) -> Forecast:
        """Target ``start``, with the uncertainty of the parameters."""
        ...

    def contributions(self, horizon: int) -> tuple[Contribution, ...]:
        """Points from the base to the probability of ``start``; they add up to it.

        The base is the probability at the mean of the months learnt from. What lies between is
        shared out by the inputs' parts of the index (Aumann and Shapley 1974, which for a model
        of one index is a rule of three). ``horizons`` is what monotony in the horizon adds.
        """
        ...


class Member(Protocol):
    """A model that can be fitted to what was known on a day."""

    @property
    def id(self) -> str:
        """Stable identifier of the member."""
        ...

    def fit(self, known: Known) -> Fitted:
        """Fit to the months whose outcomes are known.

        Raises:
            ModelError: there are too few months or recessions to learn from, or the newest month
                lacks an input.
        """
        ...


# ---------------------------------------------------------------------------------- fitted models
@dataclass(frozen=True, slots=True)
class _Index:
    """A fitted model ``link(coefficients . inputs)``.

    Attributes:
        id: identifier of the member.
        names: names of the inputs without the constant.
        link: the index's way to a probability.
        coefficients: (targets, horizons, 1 + inputs).
        covariance: of the coefficients of ``start`` (horizons, 1 + inputs, 1 + inputs).
        newest, mean: inputs of the newest month and their means over the months learnt from,
            each with the constant (1 + inputs).
        note: what a reader must know.
    """

    id: str
    names: tuple[str, ...]
    link: _Link
    coefficients: Vector
    covariance: Vector
    newest: Vector
    mean: Vector
    note: str

    def probability(self) -> Vector:
        return horizons.shaped(self.link(self.coefficients @ self.newest))

    def forecast(self) -> Forecast:
        index = self.coefficients[START] @ self.newest
        error = np.sqrt(np.einsum("i,hij,j->h", self.newest, self.covariance, self.newest))
        states = horizons.monotone(self.link(index + np.outer(_NORMAL, error)))
        return horizons.forecast(self.id, self.probability(), states, self.note)

    def contributions(self, horizon: int) -> tuple[Contribution, ...]:
        row = HORIZONS.index(horizon)
        coefficients = self.coefficients[START, row]
        return horizons.contributions(
            self.names,
            coefficients[1:] * (self.newest - self.mean)[1:],
            float(coefficients @ self.mean),
            self.link,
            float(self.probability()[START, row]),
        )


@dataclass(frozen=True, slots=True)
class _Frozen:
    """The New York Fed's published probit at one spread.

    Attributes:
        spread: newest monthly spread, in percentage points.
        mean: mean of the spreads up to it.
        month: its month.
    """

    spread: float
    mean: float
    month: date
    id: str = ID

    def probability(self) -> Vector:
        by_horizon = np.array([_spread_out(published(self.spread), h) for h in HORIZONS])
        return np.tile(horizons.inside(by_horizon), (len(TARGETS), 1))

    def forecast(self) -> Forecast:
        return forecast(self.spread, self.month)

    def contributions(self, horizon: int) -> tuple[Contribution, ...]:
        constant, slope = COEFFICIENTS
        return horizons.contributions(
            ("spread",),
            np.array([slope * (self.spread - self.mean)]),
            constant + slope * self.mean,
            lambda index: _spread_out(special.ndtr(index), horizon),
            float(self.probability()[START, HORIZONS.index(horizon)]),
        )


# ----------------------------------------------------------------------------------------- members
@dataclass(frozen=True, slots=True)
class Published:
    """The New York Fed's published coefficients; nothing is estimated.

    The published number is the probability of being in recession in month ``t + 12``. All three
    targets read it, as is usual; other horizons follow with a constant hazard.
    """

    id: str = ID

    def fit(self, known: Known) -> _Frozen:
        """Take the newest spread."""
        if known.frame.empty:
            raise ModelError(Said("no monthly spread is known: pull GS10 and TB3MS"))
        spread = known.frame["spread"].to_numpy()
        return _Frozen(float(spread[-1]), float(np.nanmean(spread)), known.frame.index[-1].date())


@dataclass(frozen=True, slots=True)
class Probit:
    """A probit on a few columns of the frame, estimated on all that was known.

    Attributes:
        id: identifier of the member.
        columns: names of its inputs.
    """

    id: str
    columns: tuple[str, ...]

    def fit(self, known: Known) -> _Index:
        """Maximum likelihood over all months with a known outcome."""
        sample = take(known.frame, known.outcomes, self.columns)
        coefficients = _by_target(probit.fit(sample.x, _flat(sample.y)))
        ridge = np.full(1 + len(self.columns), probit.RIDGE)
        return _Index(
            id=self.id,
            names=self.columns,
            link=special.ndtr,
            coefficients=coefficients,
            covariance=_covariance(sample.x, sample.y, coefficients, probit.slopes, ridge),
            newest=sample.newest,
            mean=np.append(1.0, sample.mean),
            note=joined(
                _CLAUSES, [_learnt(known, sample), *_odd_slopes(self.columns, coefficients)]
            ),
        )


@dataclass(frozen=True, slots=True)
class Logit:
    """The logit with scikit-learn's quadratic penalty, on all columns that the day has.

    Attributes:
        id: identifier of the member.
        solve: :func:`monitor.model.logit.fit`, or scikit-learn's own solver for the same.
    """

    id: str = "logit"
    solve: Callable[[Vector, Vector], Vector] = logit.fit

    def fit(self, known: Known) -> _Index:
        """Penalised likelihood; inputs in units of their deviations over the months learnt from."""
        columns = usable(known.frame, known.outcomes)
        sample = take(known.frame, known.outcomes, columns)
        centre = np.append(0.0, sample.mean)
        # An input that never moved is only shifted, and has no say.
        scale = np.append(1.0, np.where(sample.deviation > 0, sample.deviation, 1.0))
        # The constant is 0 in a month left out, and everything else has to stay so.
        x = (sample.x - centre * sample.x[:, :1]) / scale
        coefficients = _by_target(self.solve(x, _flat(sample.y)))
        ridge = logit.ridge(1 + len(columns))
        absent = [feature.name for feature in FEATURES if feature.name not in columns]
        notes = [_learnt(known, sample), *_odd_slopes(columns, coefficients / scale)]
        if absent:
            notes.append(
                Said("without {inputs}, which the day does not have", inputs=", ".join(absent))
            )
        return _Index(
            id=self.id,
            names=columns,
            link=special.expit,
            coefficients=coefficients,
            covariance=_covariance(x, sample.y, coefficients, logit.slopes, ridge),
            newest=(sample.newest - centre) / scale,
            mean=np.append(1.0, np.zeros(len(columns))),
            note=joined(_CLAUSES, notes),
        )


@dataclass(frozen=True, slots=True)
class Climatology:
    """The share of the months known that the outcome followed, whatever the curve said.

    A probit without inputs, but for Jeffreys' prior on the share: half a month for, half a month
    against.
    """

    id: str = "climatology"

    def fit(self, known: Known) -> _Index:
        """Count."""
        sample = take(known.frame, known.outcomes, ())
        count = (~np.isnan(sample.y)).sum(axis=0)
        shares = (np.nansum(sample.y, axis=0) + 0.5) / (count + 1)
        index = special.ndtri(shares)[:, :, None]
        return _Index(
            id=self.id,
            names=(),
            link=special.ndtr,
            coefficients=index,
            covariance=_covariance(sample.x, sample.y, index, probit.slopes, np.zeros(1)),
            newest=sample.newest,
            mean=np.ones(1),
            note=_learnt(known, sample),
        )


MEMBERS: tuple[Member, ...] = (
    Published(),
    Probit("probit", ("spread",)),
    Probit("probit_lag6", ("spread", "spread_lag6")),
    Probit("wright", ("spread", "funds")),
    Logit(),
    Climatology(),
)
"""The New York Fed's coefficients; its form re-estimated; with the spread's lag (Liu and Moench,
New York Fed Staff Report 691, 2014); with the funds rate (Wright, FEDS 2006-07, model B); all
columns; and the rate without any input, which a model must beat. For a walk through many days."""

MEMBERS_OF_A_DAY: tuple[Member, ...] = tuple(
    replace(member, solve=logit.by_scikit_learn) if isinstance(member, Logit) else member
    for member in MEMBERS
)
"""The same with scikit-learn's own solver, which takes ten times as long."""


# --------------------------------------------------------------------------------- published probit
def published(spread: float) -> float:
    """The New York Fed's probability of a recession in the month twelve months on.

    Args:
        spread: mean of the month, ten-year less bond-equivalent three-month, percentage points.
    """
    constant, slope = COEFFICIENTS
    return float(special.ndtr(constant + slope * spread))


def forecast(spread: float, month: date) -> Forecast:
    """The published probability as that of a start within twelve months, and other horizons.

    The published number is the probability of *being* in recession in month ``t + 12``. Read, as
    is usual, as the probability that one starts within twelve months, it is spread over other
    horizons with a constant hazard: ``1 - (1 - p)^(h / 12)``. That extension is ours.

    Args:
        spread: newest monthly 10y-3m spread, in percentage points.
        month: its month.
    """
    x = np.array([1.0, spread])
    index = x @ np.array(COEFFICIENTS)
    error = np.sqrt(x @ np.array(COVARIANCE) @ x)
    states = special.ndtr(index + error * _NORMAL)
    p = published(spread)
    return Forecast(
        id=ID,
        probability={h: float(horizons.inside(_spread_out(p, h))) for h in HORIZONS},
        values={h: _spread_out(states, h) for h in HORIZONS},
        weights=np.full(_STATES, 1 / _STATES),
        note=Said(
            "spread of {month}; coefficients estimated on 1959-2009, frozen since; published for"
            " 12 months, the other horizons are ours, with a constant hazard",
            month=f"{month:%Y-%m}",
        ),
    )


# ------------------------------------------------------------------------------------------ parts
def _flat(y: Vector) -> Vector:
    """Outcomes (months, targets, horizons) as columns."""
    return y.reshape(len(y), -1)


def _by_target(coefficients: Vector) -> Vector:
    """Coefficients (inputs, outcomes) as (targets, horizons, inputs)."""
    return coefficients.T.reshape(len(TARGETS), len(HORIZONS), -1)


def _covariance(
    x: Vector, y: Vector, coefficients: Vector, link: probit.Slopes, ridge: Vector
) -> Vector:
    """Covariances of the coefficients of ``start`` (horizons, inputs, inputs)."""
    return np.array(
        [
            probit.covariance(
                x, *probit.scores(x, y[:, START, row], coefficients[START, row], link), h, ridge
            )
            for row, h in enumerate(HORIZONS)
        ]
    )


def _learnt(known: Known, sample: Sample) -> Said:
    months = int((~np.isnan(sample.y[:, START, HORIZONS.index(HEADLINE_HORIZON)])).sum())
    through = learnable_through(known.as_of)
    return Said(
        "learnt from {n} months whose twelve following ones were over by {month}",
        n=months,
        month=f"{through:%Y-%m}",
    )


def _odd_slopes(columns: Sequence[str], coefficients: Vector) -> list[Said]:
    """A warning where the fit has it that an inverted curve lowers the risk.

    Args:
        columns: names of the inputs.
        coefficients: (targets, horizons, 1 + inputs), of the inputs in their own units.
    """
    curve = [1 + place for place, name in enumerate(columns) if name in _CURVE]
    slopes = coefficients[START][:, curve].sum(axis=1)
    odd = [str(h) for h, slope in zip(HORIZONS, slopes, strict=True) if slope > 0]
    if not odd:
        return []
    return [
        Said(
            "at {horizons} months an inverted curve lowers this model's risk",
            horizons=", ".join(odd),
        )
    ]


def _spread_out(p: float | Vector, horizon: int) -> Vector:
    """A twelve-month probability at another horizon, with a constant hazard."""
    return np.asarray(1 - (1 - p) ** (horizon / HEADLINE_HORIZON))
