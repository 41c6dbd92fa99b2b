"""What the Fed would do, in the digest: its stance, the odds of its moves, and their path.

The reasons of the stance come from the model in words; everything else is said here by rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from operator import itemgetter
from typing import Final

from monitor.digest.blocks import Block, Column, Figure, Items, Paragraph, Table
from monitor.digest.charts import ratechart
from monitor.digest.wording import NONE, Wording, clean, hundredths, phrase
from monitor.domain import (
    BOUND_HORIZONS,
    HEADLINE_HORIZON,
    POLICY_HORIZONS,
    Assessment,
    History,
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
    "cut_first": phrase("Cut first, then QE."),
    "at_lower_bound": phrase("At the lower bound."),
    "qe_active": phrase("Buying assets."),
    "tightening": phrase("Tightening."),
}


# ------------------------------------------------------------------------------------ first screen
def answer(say: Wording, assessment: Assessment) -> tuple[str, ...]:
    """What the Fed would do, in at most three short sentences or groups of them."""
    policy = assessment.policy
    if policy is None:
        return (say("No odds of policy can be given for this day."), _rate(say, assessment))
    reason = [say.sentence(policy.why[0])] if policy.why else []
    return (
        say.text(say(_STANCES[policy.stance]), _target(say, policy.target)),
        say.text(*_headline_odds(say, policy)),
        *reason,
    )


def _headline_odds(say: Wording, policy: PolicyOdds) -> Iterator[str]:
    """Odds within 3 and 12 months: of a cut, or of a hike where that is the likelier."""
    far = HEADLINE_HORIZON
    hike = _both(say, policy, "hike", policy.hike)
    if policy.bound.room <= 0:
        yield say("No room to cut. A hike: {odds}.", odds=hike)
    elif policy.hike[far] > policy.cut[far]:
        yield say(
            "Hikes and no cut: {odds}. A cut: {soon} and {far}.",
            odds=hike,
            soon=say.percent(policy.cut[_SOON]),
            far=say.percent(policy.cut[far]),
        )
    else:
        yield say("A cut: {odds}.", odds=_both(say, policy, "cut", policy.cut))
    if policy.stance != "qe_active":
        odds = say.percent(policy.qe[far])
        if interval := _interval(policy, "qe"):
            odds = say.aside(odds, say.percent_range(interval))
        yield say("QE within {months}: {odds}.", months=far, odds=odds)


def _both(say: Wording, policy: PolicyOdds, name: str, odds: Mapping[int, float]) -> str:
    words = say(
        "{soon_odds} within {soon} months, {far_odds} within {far}",
        soon_odds=say.percent(odds[_SOON]),
        soon=_SOON,
        far_odds=say.percent(odds[HEADLINE_HORIZON]),
        far=HEADLINE_HORIZON,
    )
    interval = _interval(policy, name)
    if interval is None:
        return words
    reach = say.percent_range(interval)
    return say.aside(words, say("{level} interval {interval}", level=_LEVEL, interval=reach))


def _interval(policy: PolicyOdds, name: str) -> Interval | None:
    return policy.interval.get(name, {}).get(HEADLINE_HORIZON)


def _range(say: Wording, lower: float, upper: float) -> str:
    if lower == upper:
        return say.rate(upper)
    return say("{low} to {high}", low=say.rate(lower), high=say.rate(upper))


def _target(say: Wording, target: TargetRate) -> str:
    limits = _range(say, target.lower, target.upper)
    if target.inferred and target.lower == target.upper:
        return say("No target is known; the effective rate of {rate} stands in.", rate=limits)
    if target.inferred:
        return say("The target is inferred: {limits}.", limits=limits)
    if target.since is None:
        return say("The target is {limits}.", limits=limits)
    day = say.day(target.since)
    return say("The target is {limits}, as decided on {day}.", limits=limits, day=day)


def _rate(say: Wording, assessment: Assessment) -> str:
    """Where the effective rate stands and how it has moved."""
    gauge = assessment.watch.policy_rate
    if gauge is None:
        return say("The policy rate is not known for this day.")
    changes = [
        say("{change} over {n} months", change=say.change(change, gauge.unit, 2), n=months)
        for months, change in ((3, gauge.change_3m), (12, gauge.change_12m))
        if change is not None
    ]
    level, month = say.amount(gauge.value, gauge.unit, 2), say.month(gauge.period)
    if not changes:
        return say(
            "The effective federal funds rate was {level} in {month}.", level=level, month=month
        )
    return say(
        "The effective federal funds rate was {level} in {month}, {changes}.",
        level=level,
        month=month,
        changes=say.listed(changes),
    )


# ------------------------------------------------------------------------------------ odds and path
def odds(say: Wording, assessment: Assessment, history: History) -> tuple[Block, ...]:
    """Stance with its reasons, the rate and its path, all odds, and what they rest on."""
    policy = assessment.policy
    figure = _figure(say, history, policy)
    if policy is None:
        return (Paragraph(say.text(*answer(say, assessment))), *figure)
    target = policy.target
    unknown = target.inferred and target.lower != target.upper
    stance = say.text(
        say(_STANCES[policy.stance]),
        _target(say, target),
        say("The outcome of the newest meeting is not known.") if unknown else "",
        _rate(say, assessment),
    )
    reasons = tuple(say.sentence(reason) for reason in policy.why)
    return (
        Paragraph(stance),
        *([Items(reasons)] if reasons else []),
        *figure,
        _moves(say, policy),
        *_meetings(say, policy),
        _bound(say, policy),
        _past(say, policy),
        *_market(say, policy),
        Paragraph(_learnt(say, policy)),
    )


def _figure(say: Wording, history: History, policy: PolicyOdds | None) -> list[Block]:
    drawing = ratechart.chart(say, history, policy)
    if not drawing:
        return []
    bound = policy.bound.bound if policy else 0.0
    path = (
        (
            ("line-path", say("expected target")),
            ("range", say("its {level} range", level=_LEVEL)),
        )
        if policy
        else ()
    )
    legend = (
        ("recession", say("NBER recession")),
        ("line-spread", say("effective rate, monthly")),
        *path,
        ("line-bound", say("lower bound, {rate}", rate=say.rate(bound))),
    )
    words = ratechart.describe(say, history, policy)
    return [Figure(say("The policy rate and where it may go"), words, legend, drawing)]


def _moves(say: Wording, policy: PolicyOdds) -> Table:
    path = {point.horizon: point for point in policy.path}
    points = [path.get(horizon) for horizon in POLICY_HORIZONS]
    intervals = policy.interval
    rows = (
        _odds_row(say, say("Cut"), policy.cut, POLICY_HORIZONS),
        *_interval_row(say, say("Cut"), intervals.get("cut", {}), POLICY_HORIZONS),
        _odds_row(say, say("Hold"), policy.hold, POLICY_HORIZONS),
        _odds_row(say, say("Hike, no cut"), policy.hike, POLICY_HORIZONS),
        *_interval_row(say, say("Hike"), intervals.get("hike", {}), POLICY_HORIZONS),
        (say("Target, mean, %"), *(hundredths(it.mean) if it else NONE for it in points)),
        (
            say("Target, {level} range, %", level=_LEVEL),
            *(
                say("{low} to {high}", low=hundredths(it.low), high=hundredths(it.high))
                if it
                else NONE
                for it in points
            ),
        ),
    )
    return Table(
        say(
            "Odds of at least one cut, of neither cut nor hike, and of hikes and no cut within so"
            " many months, with the middle of the target range expected then"
        ),
        _months(say, POLICY_HORIZONS),
        rows,
    )


def _months(say: Wording, horizons: Sequence[int]) -> tuple[Column, ...]:
    return (
        Column(say("Within")),
        *(Column(say("{n} m", n=horizon), numeric=True, wraps=True) for horizon in horizons),
    )


def _odds_row(
    say: Wording, name: str, given: Mapping[int, float], horizons: Sequence[int]
) -> tuple[str, ...]:
    return (name, *(say.percent(given[it]) if it in given else NONE for it in horizons))


def _interval_row(
    say: Wording, name: str, given: Mapping[int, Interval], horizons: Sequence[int]
) -> list[tuple[str, ...]]:
    if not given:
        return []
    cells = (say.percent_range(given[it]) if it in given else NONE for it in horizons)
    return [(say("{name}, {level} interval", name=name, level=_LEVEL), *cells)]


def _meetings(say: Wording, policy: PolicyOdds) -> list[Block]:
    if not policy.meetings:
        return []
    rows = []
    for meeting in policy.meetings:
        likeliest = NONE
        if meeting.target:
            upper, chance = max(meeting.target.items(), key=itemgetter(1))
            likeliest = say.aside(say.rate(upper), say.percent(chance))
        rows.append((_held(say, policy, meeting), *_three(say, meeting.odds), likeliest))
    monthly = policy.basis == "months"
    caption = (
        say(
            "The next months, which stand for meetings: odds of each outcome there, and the"
            " likeliest target after it"
        )
        if monthly
        else say("The next meetings: odds of each outcome there, and the likeliest target after it")
    )
    columns = (
        Column(say("Month") if monthly else say("Meeting")),
        Column(say("Cut"), numeric=True),
        Column(say("Hold"), numeric=True),
        Column(say("Hike"), numeric=True),
        Column(say("Likeliest upper end"), numeric=True, wraps=True),
    )
    return [Table(caption, columns, tuple(rows))]


def _held(say: Wording, policy: PolicyOdds, meeting: MeetingOdds) -> str:
    """The day of a meeting, or the month that takes its place."""
    return say.month(meeting.day) if policy.basis == "months" else say.day(meeting.day)


def _three(say: Wording, given: Mapping[Move, float]) -> tuple[str, str, str]:
    cut, hold, hike = (say.percent(given[move]) for move in ("cut", "hold", "hike"))
    return cut, hold, hike


def _bound(say: Wording, policy: PolicyOdds) -> Table:
    intervals = policy.interval
    return Table(
        say("Odds that the lower bound is reached or held, and that QE is announced or runs"),
        _months(say, BOUND_HORIZONS),
        (
            _odds_row(say, say("Lower bound"), policy.lower_bound, BOUND_HORIZONS),
            *_interval_row(say, say("Bound"), intervals.get("lower_bound", {}), BOUND_HORIZONS),
            _odds_row(say, say("QE"), policy.qe, BOUND_HORIZONS),
            *_interval_row(say, say("QE"), intervals.get("qe", {}), BOUND_HORIZONS),
        ),
    )


def _past(say: Wording, policy: PolicyOdds) -> Table:
    """Room to cut, what past easings needed, and what arrivals at the bound brought."""
    bound, at_bound = policy.bound, policy.at_bound
    easings = (
        say("none is known")
        if bound.mean_easing is None
        else say("recessions whose easing is known; mean {mean}", mean=say.gap(bound.mean_easing))
    )
    rows = [
        (
            say("Room to cut"),
            say.gap(bound.room),
            say("to a lower bound of {rate}", rate=say.rate(bound.bound)),
        ),
        (
            say("Past easings as deep"),
            say("{n} of {total}", n=bound.deeper, total=bound.easings),
            easings,
        ),
        (
            say("QE with arrivals at the bound"),
            say("{n} of {total}", n=at_bound.followed, total=at_bound.arrivals)
            if at_bound.arrivals
            else NONE,
            say("announced within a quarter") if at_bound.arrivals else say("no arrival is known"),
        ),
        (
            say("Odds of QE given the bound"),
            say.percent(at_bound.mean),
            say(
                "Beta mean, uniform prior; 90% interval {interval}",
                interval=say.percent_range(at_bound.interval),
            ),
        ),
    ]
    if bound.reversal_rate is not None:
        rows.append(
            (
                say("Reversal rate"),
                say.rate(bound.reversal_rate),
                say("a setting; below it a cut is held to tighten"),
            )
        )
    columns = (
        Column(say("Measure")),
        Column(say("Value"), numeric=True),
        Column(say("What it is")),
    )
    return Table(say("What these odds rest on"), columns, tuple(rows))


def _market(say: Wording, policy: PolicyOdds) -> list[Block]:
    market = policy.market
    if market is None:
        return []
    own: dict[str, Mapping[Move, float]] = {
        _within(say, horizon): {
            "cut": policy.cut[horizon], "hold": policy.hold[horizon], "hike": policy.hike[horizon]
        }
        for horizon in POLICY_HORIZONS
    }  # fmt: skip
    own |= {_held(say, policy, meeting): meeting.odds for meeting in policy.meetings}
    theirs = {_within(say, horizon): given for horizon, given in market.moves.items()}
    theirs |= {say.day(meeting.day): meeting.odds for meeting in market.meetings}
    rows = tuple(
        (name, *chain(*zip(_three(say, own[name]), _three(say, given), strict=True)))
        for name, given in theirs.items()
        if name in own
    )
    columns = [Column(say("Within, or at"))]
    for title in (say("Cut"), say("Hold"), say("Hike")):
        columns += [Column(title, numeric=True), Column(say("prices"), numeric=True)]
    table = Table(say("The odds beside those from prices of futures"), tuple(columns), rows)
    return [*([table] if rows else []), Paragraph(_conventions(say, market, policy.weight))]


def _within(say: Wording, horizon: int) -> str:
    return say.count(horizon, "{n} month", "{n} months")


def _conventions(say: Wording, market: MarketOdds, weight: float) -> str:
    return say.text(
        say(
            "Prices of federal funds futures: settled {day}, from {file}.",
            day=say.day(market.settled),
            file=clean(market.source),
        ),
        say("Prices have a weight of {weight} in the odds.", weight=say.percent(weight))
        if weight
        else say("Prices have no weight in the odds."),
        say("How they are read: {conventions}", conventions=say.sentence(market.conventions)),
    )


def _learnt(say: Wording, policy: PolicyOdds) -> str:
    """What the odds speak of and what they were learnt from."""
    many = policy.decisions
    source = (
        say(
            "{months} of the effective rate, for too few meetings were known",
            months=say.count(many, "{n} month", "{n} months"),
        )
        if policy.basis == "months"
        else say(
            "{meetings} since {year}",
            meetings=say.count(many, "{n} meeting", "{n} meetings"),
            year=ratechart.SINCE.year,
        )
    )
    learnt = (
        say(
            "They are learnt from {source}, and start from yields of {period}; the intervals tell"
            " how well the coefficients are known, not the odds of a recession.",
            source=source,
            period=_day_or_month(say, policy.rates_of),
        )
        if policy.rates_of
        else say(
            "They are learnt from {source}; the intervals tell how well the coefficients are"
            " known, not the odds of a recession.",
            source=source,
        )
    )
    arrivals = policy.at_bound.arrivals
    return say.text(
        say("The odds are of the target rate."),
        learnt,
        say(
            "The odds of QE rest on {arrivals} at the lower bound.",
            arrivals=say.count(arrivals, "{n} arrival", "{n} arrivals"),
        )
        if arrivals
        else say("The odds of QE rest on a prior and no arrival at the lower bound."),
    )


def _day_or_month(say: Wording, period: date) -> str:
    # A mean over a month is dated by its first day; of a close on a first day the month is true.
    return say.month(period) if period.day == 1 else say.day(period)
