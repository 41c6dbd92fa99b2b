"""What the Fed would do, in the digest: its stance, the odds of its moves, and their path.

The reasons of the stance come from the model in words; everything else is said here by rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Final

from monitor.digest import ratechart, wording
from monitor.digest.blocks import Block, Column, Figure, Items, Paragraph, Table
from monitor.digest.charts import History
from monitor.domain import (
    BOUND_HORIZONS,
    HEADLINE_HORIZON,
    POLICY_HORIZONS,
    Assessment,
    Interval,
    MarketOdds,
    MeetingOdds,
    Move,
    PolicyOdds,
    Stance,
    TargetRate,
)

_SOON: Final = 3
"""Months of the nearer odds on the first screen."""

_LEVEL: Final = "80%"
"""Content of the intervals of :class:`monitor.domain.PolicyOdds`."""

_STANCES: Final[Mapping[Stance, str]] = {
    "cut_first": "Cut first, then QE",
    "at_lower_bound": "At the lower bound",
    "qe_active": "Buying assets",
    "tightening": "Tightening",
}


# ------------------------------------------------------------------------------------ first screen
def answer(assessment: Assessment) -> tuple[str, ...]:
    """What the Fed would do, in at most three short sentences or groups of them."""
    policy = assessment.policy
    if policy is None:
        return ("No odds of policy can be given for this day.", _rate(assessment))
    reason = [wording.sentence(policy.why[0])] if policy.why else []
    return (
        f"{_STANCES[policy.stance]}. {_target(policy.target)}",
        " ".join(_headline_odds(policy)),
        *reason,
    )


def _headline_odds(policy: PolicyOdds) -> Iterator[str]:
    """Odds within 3 and 12 months: of a cut, or of a hike where that is the likelier."""
    far = HEADLINE_HORIZON
    if policy.bound.room <= 0:
        yield f"No room to cut. A hike: {_both(policy, 'hike', policy.hike)}."
    elif policy.hike[far] > policy.cut[far]:
        yield (
            f"Hikes and no cut: {_both(policy, 'hike', policy.hike)}. A cut:"
            f" {wording.percent(policy.cut[_SOON])} and {wording.percent(policy.cut[far])}."
        )
    else:
        yield f"A cut: {_both(policy, 'cut', policy.cut)}."
    if policy.stance != "qe_active":
        yield f"QE within {far}: {wording.percent(policy.qe[far])}{_brackets(policy, 'qe', '')}."


def _both(policy: PolicyOdds, name: str, odds: Mapping[int, float]) -> str:
    return (
        f"{wording.percent(odds[_SOON])} within {_SOON} months,"
        f" {wording.percent(odds[HEADLINE_HORIZON])} within {HEADLINE_HORIZON}"
        f"{_brackets(policy, name, f'{_LEVEL} interval ')}"
    )


def _brackets(policy: PolicyOdds, name: str, words: str) -> str:
    interval = policy.interval.get(name, {}).get(HEADLINE_HORIZON)
    return f" ({words}{wording.percent_range(interval)})" if interval else ""


def _range(lower: float, upper: float) -> str:
    if lower == upper:
        return wording.rate(upper)
    return f"{wording.rate(lower)} to {wording.rate(upper)}"


def _target(target: TargetRate) -> str:
    limits = _range(target.lower, target.upper)
    if target.inferred and target.lower == target.upper:
        return f"No target is known; the effective rate of {limits} stands in."
    if target.inferred:
        return f"The target is inferred: {limits}."
    since = f", as decided on {wording.day(target.since)}" if target.since else ""
    return f"The target is {limits}{since}."


def _rate(assessment: Assessment) -> str:
    """Where the effective rate stands and how it has moved."""
    gauge = assessment.watch.policy_rate
    if gauge is None:
        return "The policy rate is not known for this day."
    changes = [
        f"{wording.change(change, gauge.unit, 2)} over {months} months"
        for months, change in ((3, gauge.change_3m), (12, gauge.change_12m))
        if change is not None
    ]
    moved = f", {wording.listed(changes)}" if changes else ""
    level = wording.amount(gauge.value, gauge.unit, 2)
    month = wording.month(gauge.period)
    return f"The effective federal funds rate was {level} in {month}{moved}."


# ------------------------------------------------------------------------------------ odds and path
def odds(assessment: Assessment, history: History) -> tuple[Block, ...]:
    """Stance with its reasons, the rate and its path, all odds, and what they rest on."""
    policy = assessment.policy
    figure = _figure(history, policy)
    if policy is None:
        return (Paragraph(" ".join(answer(assessment))), *figure)
    target = policy.target
    unknown = target.inferred and target.lower != target.upper
    because = " The outcome of the newest meeting is not known." if unknown else ""
    stance = f"{_STANCES[policy.stance]}. {_target(target)}{because} {_rate(assessment)}"
    reasons = tuple(wording.sentence(reason) for reason in policy.why)
    return (
        Paragraph(stance),
        *([Items(reasons)] if reasons else []),
        *figure,
        _moves(policy),
        *_meetings(policy),
        _bound(policy),
        _past(policy),
        *_market(policy),
        Paragraph(_learnt(policy)),
    )


def _figure(history: History, policy: PolicyOdds | None) -> list[Block]:
    drawing = ratechart.chart(history, policy)
    if not drawing:
        return []
    bound = policy.bound.bound if policy else 0.0
    path = (("line-path", "expected target"), ("range", f"its {_LEVEL} range")) if policy else ()
    legend = (
        ("recession", "NBER recession"),
        ("line-spread", "effective rate, monthly"),
        *path,
        ("line-bound", f"lower bound, {wording.rate(bound)}"),
    )
    words = ratechart.describe(history, policy)
    return [Figure("The policy rate and where it may go", words, legend, drawing)]


def _moves(policy: PolicyOdds) -> Table:
    path = {point.horizon: point for point in policy.path}
    points = [path.get(horizon) for horizon in POLICY_HORIZONS]
    rows = (
        _odds_row("Cut", policy.cut, POLICY_HORIZONS),
        *_interval_row("Cut", policy.interval.get("cut", {}), POLICY_HORIZONS),
        _odds_row("Hold", policy.hold, POLICY_HORIZONS),
        _odds_row("Hike, no cut", policy.hike, POLICY_HORIZONS),
        *_interval_row("Hike", policy.interval.get("hike", {}), POLICY_HORIZONS),
        (
            "Target, mean, %",
            *(wording.hundredths(it.mean) if it else wording.NONE for it in points),
        ),
        (
            f"Target, {_LEVEL} range, %",
            *(
                f"{wording.hundredths(it.low)} to {wording.hundredths(it.high)}"
                if it
                else wording.NONE
                for it in points
            ),
        ),
    )
    return Table(
        "Odds of at least one cut, of neither cut nor hike, and of hikes and no cut within so many"
        " months, with the middle of the target range expected then",
        _months("Within", POLICY_HORIZONS),
        rows,
    )


def _months(title: str, horizons: Sequence[int]) -> tuple[Column, ...]:
    return (
        Column(title),
        *(Column(f"{horizon} m", numeric=True, wraps=True) for horizon in horizons),
    )


def _odds_row(name: str, given: Mapping[int, float], horizons: Sequence[int]) -> tuple[str, ...]:
    return (
        name,
        *(wording.percent(given[it]) if it in given else wording.NONE for it in horizons),
    )


def _interval_row(
    name: str, given: Mapping[int, Interval], horizons: Sequence[int]
) -> list[tuple[str, ...]]:
    if not given:
        return []
    cells = (wording.percent_range(given[it]) if it in given else wording.NONE for it in horizons)
    return [(f"{name}, {_LEVEL} interval", *cells)]


def _meetings(policy: PolicyOdds) -> list[Block]:
    if not policy.meetings:
        return []
    rows = []
    for meeting in policy.meetings:
        likeliest = wording.NONE
        if meeting.target:
            upper, chance = max(meeting.target.items(), key=itemgetter(1))
            likeliest = f"{wording.rate(upper)} ({wording.percent(chance)})"
        rows.append((_held(policy, meeting), *_three(meeting.odds), likeliest))
    monthly = policy.basis == "months"
    several = "months, which stand for meetings" if monthly else "meetings"
    caption = f"The next {several}: odds of each outcome there, and the likeliest target after it"
    columns = (
        Column("Month" if monthly else "Meeting"),
        Column("Cut", numeric=True),
        Column("Hold", numeric=True),
        Column("Hike", numeric=True),
        Column("Likeliest upper end", numeric=True, wraps=True),
    )
    return [Table(caption, columns, tuple(rows))]


def _held(policy: PolicyOdds, meeting: MeetingOdds) -> str:
    """The day of a meeting, or the month that takes its place."""
    monthly = policy.basis == "months"
    return wording.month(meeting.day) if monthly else wording.day(meeting.day)


def _three(given: Mapping[Move, float]) -> tuple[str, str, str]:
    cut, hold, hike = (wording.percent(given[move]) for move in ("cut", "hold", "hike"))
    return cut, hold, hike


def _bound(policy: PolicyOdds) -> Table:
    return Table(
        "Odds that the lower bound is reached or held, and that QE is announced or runs",
        _months("Within", BOUND_HORIZONS),
        (
            _odds_row("Lower bound", policy.lower_bound, BOUND_HORIZONS),
            *_interval_row("Bound", policy.interval.get("lower_bound", {}), BOUND_HORIZONS),
            _odds_row("QE", policy.qe, BOUND_HORIZONS),
            *_interval_row("QE", policy.interval.get("qe", {}), BOUND_HORIZONS),
        ),
    )


def _past(policy: PolicyOdds) -> Table:
    """Room to cut, what past easings needed, and what arrivals at the bound brought."""
    bound, at_bound = policy.bound, policy.at_bound
    mean = f"; mean {bound.mean_easing:.2f} pp" if bound.mean_easing is not None else ""
    rows = [
        ("Room to cut", f"{bound.room:.2f} pp", f"to a lower bound of {wording.rate(bound.bound)}"),
        (
            "Past easings as deep",
            f"{bound.deeper} of {bound.easings}",
            f"recessions whose easing is known{mean}" if mean else "none is known",
        ),
        (
            "QE with arrivals at the bound",
            f"{at_bound.followed} of {at_bound.arrivals}" if at_bound.arrivals else wording.NONE,
            "announced within a quarter" if at_bound.arrivals else "no arrival is known",
        ),
        (
            "Odds of QE given the bound",
            wording.percent(at_bound.mean),
            f"Beta mean, uniform prior; 90% interval {wording.percent_range(at_bound.interval)}",
        ),
    ]
    if bound.reversal_rate is not None:
        rows.append(
            (
                "Reversal rate",
                wording.rate(bound.reversal_rate),
                "a setting; below it a cut is held to tighten",
            )
        )
    columns = (Column("Measure"), Column("Value", numeric=True), Column("What it is"))
    return Table("What these odds rest on", columns, tuple(rows))


def _market(policy: PolicyOdds) -> list[Block]:
    market = policy.market
    if market is None:
        return []
    own: dict[str, Mapping[Move, float]] = {
        _within(horizon): {
            "cut": policy.cut[horizon], "hold": policy.hold[horizon], "hike": policy.hike[horizon]
        }
        for horizon in POLICY_HORIZONS
    }  # fmt: skip
    own |= {_held(policy, meeting): meeting.odds for meeting in policy.meetings}
    theirs = {_within(horizon): given for horizon, given in market.moves.items()}
    theirs |= {wording.day(meeting.day): meeting.odds for meeting in market.meetings}
    rows = tuple(
        (name, *chain(*zip(_three(own[name]), _three(given), strict=True)))
        for name, given in theirs.items()
        if name in own
    )
    columns = [Column("Within, or at")]
    for title in ("Cut", "Hold", "Hike"):
        columns += [Column(title, numeric=True), Column("prices", numeric=True)]
    table = Table("The odds beside those from prices of futures", tuple(columns), rows)
    return [*([table] if rows else []), Paragraph(_conventions(market, policy.weight))]


def _within(horizon: int) -> str:
    return wording.count(horizon, "month", "months")


def _conventions(market: MarketOdds, weight: float) -> str:
    part = (
        f"Prices have a weight of {wording.percent(weight)} in the odds."
        if weight
        else "Prices have no weight in the odds."
    )
    return (
        f"Prices of federal funds futures: settled {wording.day(market.settled)}, from"
        f" {wording.clean(market.source)}. {part} How they are read:"
        f" {wording.sentence(market.conventions)}"
    )


def _learnt(policy: PolicyOdds) -> str:
    """What the odds speak of and what they were learnt from."""
    several = wording.count(policy.decisions, "meeting", "meetings")
    source = f"{several} since {ratechart.SINCE.year}"
    if policy.basis == "months":
        source = (
            f"{wording.count(policy.decisions, 'month', 'months')} of the effective rate, for too"
            " few meetings were known"
        )
    start = f", and start from yields of {_day_or_month(policy)}" if policy.rates_of else ""
    many = policy.at_bound.arrivals
    arrivals = wording.count(many, "arrival", "arrivals") if many else "a prior and no arrival"
    return (
        f"The odds are of the target rate. They are learnt from {source}{start}; the intervals tell"
        f" how well the coefficients are known, not the odds of a recession. The odds of QE rest on"
        f" {arrivals} at the lower bound."
    )


def _day_or_month(policy: PolicyOdds) -> str:
    period = policy.rates_of
    if period is None:
        return wording.NONE
    # A mean over a month is dated by its first day; of a close on a first day the month is true.
    return wording.month(period) if period.day == 1 else wording.day(period)
