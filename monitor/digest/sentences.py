"""What the digest says in plain sentences, each chosen by a rule from the assessment.

Nothing here knows a date or an outcome by heart: a sentence such as that on a false alarm stands
only where the data of the day say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor import watch
from monitor.catalog import WATCHED
from monitor.digest import wording
from monitor.digest.charts import NAMES, History
from monitor.domain import (
    HEADLINE_HORIZON,
    Assessment,
    Contribution,
    Episode,
    EpisodeRule,
    Gauge,
    Implication,
    Inversion,
    MemberScore,
    Odds,
    RecessionScore,
    add_months,
)
from monitor.model import factor, pool

_LOWEST_BAND: Final = "normal"
MEMBERS: Final = {
    "lag": "Inversion clock",
    "lag_end": "Clock from the end",
    "background": "Background",
    "nyfed_published": "New York Fed, published",
    "probit": "Probit, refitted",
    "probit_lag6": "Probit with lag",
    "wright": "Wright's probit",
    "logit": "Penalised logit",
    "climatology": "Climatology",
}
"""Name of each model, short enough for a table of 78 columns."""
PARTS: Final = {
    "base": "a usual month",
    "inversion_clock": "the inversion clock",
    "inverted": "recessions that no inversion announced",
    "spread": "the spread",
    "spread_lag6": "the spread six months before",
    "horizons": "order of the horizons",
    "sahm_gap": "unemployment",
    "payrolls_3m": "payrolls",
    "production_3m": "production",
    "announced_peak": "the announced peak",
}
"""What the headline and the nowcast are made of."""
_FEW: Final = 3
"""Series that the first screen names; of more it gives the number."""

NEW_MODEL: Final = "new model"
DAILY: Final = "10y-3m"
"""The daily spread is always this one, whichever the monthly one is."""


# ------------------------------------------------------------------------------------ the headline
def bands() -> str:
    """The scale of the headline in words."""
    limits = [(wording.percent(floor), name) for floor, name in reversed(pool.BANDS)]
    steps = [f"{name} from {floor}" for floor, name in limits]
    return ", ".join([f"{_LOWEST_BAND} below {limits[0][0]}", *steps])


def subject(assessment: Assessment) -> str:
    """The subject in one line of at most 90 characters: number, change, curve, day."""
    score, curve = assessment.recession, assessment.inversion
    value = wording.percent(score.headline)
    if score.in_recession:
        head, spread = f"In recession; new one {value} in 12 months", ""
    else:
        head, spread = f"Recession risk {value} in 12 months", "curve "
    state = "inverted" if curve.inverted else "not inverted"
    change = short_change(assessment)
    return (
        f"{head}{f' ({change})' if change else ''}: {spread}{wording.points(curve.value)}, {state}"
        f" - {wording.day(assessment.as_of)}"
    )


def short_change(assessment: Assessment) -> str:
    """The change of the headline: ``+3 pp``, ``no change``; empty without an earlier digest."""
    previous = assessment.previous
    if previous is None:
        return ""
    if previous.model_id != assessment.model_id or HEADLINE_HORIZON not in previous.probability:
        return NEW_MODEL
    return wording.probability_change(
        assessment.recession.headline, previous.probability[HEADLINE_HORIZON]
    )


def in_recession(score: RecessionScore) -> str | None:
    """NBER's last word where it is that a recession has begun and not ended, else nothing."""
    if not score.in_recession:
        return None
    point = score.last_turning_point
    dated = (
        f" a peak in {wording.month(point.month)} (announced {wording.day(point.announced)}) and"
        if point is not None
        else ""
    )
    return (
        f"The United States is in a recession: NBER has dated{dated} no trough since. The "
        "probability is of the start of a new recession, not of this one."
    )


def last_word(score: RecessionScore) -> str:
    """What NBER last announced, and that it announces late."""
    point = score.last_turning_point
    if point is None:
        return "NBER had announced no turning point by this day."
    return (
        f"NBER last announced the {point.kind} of {wording.month(point.month)}, on "
        f"{wording.day(point.announced)}. It announces months after the event: a recession that "
        "has begun since would not show here yet."
    )


# ------------------------------------------------------------------------------------ first screen
def what_changed(assessment: Assessment) -> str:
    """The change of the headline since the previous digest, or why there is none to give."""
    previous, now = assessment.previous, wording.percent(assessment.recession.headline)
    if previous is None:
        return "There is no earlier digest to compare with."
    digest = f"digest of {wording.day(previous.as_of)}"
    change = short_change(assessment)
    if change == NEW_MODEL:
        models = [wording.clean(name) for name in (previous.model_id, assessment.model_id)]
        return (
            f"The model changed since the {digest}, from {models[0]} to {models[1]}: the two "
            "probabilities cannot be compared."
        )
    before = wording.percent(previous.probability[HEADLINE_HORIZON])
    if change == wording.UNCHANGED:
        return f"No change since the {digest}: {now} then and now."
    return f"{change} since the {digest}: {now} now, {before} then."


def curve_state(curve: Inversion) -> str:
    """Whether the curve is inverted, with the monthly and the daily spread."""
    over, under = NAMES.get(curve.rule.spread, (curve.rule.spread, "other rate"))
    size = f"{abs(curve.value):.2f} pp"
    side = "below" if curve.value < 0 else "above"
    daily = ""
    # An older daily value than the month's would only confuse; the table below still has it.
    if (
        curve.daily_value is not None
        and curve.daily_date is not None
        and (curve.daily_date >= add_months(curve.month, 1))
    ):
        daily = (
            f"; newest daily {DAILY} spread {wording.points(curve.daily_value)}"
            f" ({wording.day(curve.daily_date)})"
        )
    return (
        f"The curve is {'inverted' if curve.inverted else 'not inverted'}: the {over} was {size} "
        f"{side} the {under.partition(' (')[0]} in {wording.month(curve.month)}{daily}."
    )


def clock(curve: Inversion, episodes: Sequence[Episode]) -> str:
    """Where the inversion clock stands."""
    episode = curve.episode or (episodes[-1] if episodes else None)
    if episode is None:
        return "No inversion clock runs: no inversion is on record by this day."
    doubt = "" if curve.false_alarm is None else wording.percent(curve.false_alarm)
    began = f"the inversion of {wording.month(episode.start)}"
    if curve.window is None:
        if doubt:
            return (
                f"The clock of {began} has all but run out: the probability that no recession "
                f"follows it any more is {doubt}."
            )
        return f"No inversion clock runs: the last inversion, {span(episode)}, {_end(episode)}."
    window = curve.window
    return (
        f"The inversion clock has run since {wording.month(episode.start)}. If a recession "
        f"follows, it starts by {wording.month(window.p10)} (10%), {wording.month(window.p50)} "
        f"(50%) or {wording.month(window.p90)} (90%)"
        + (f"; none follows with {doubt}." if doubt else ".")
    )


def _end(episode: Episode) -> str:
    if episode.ongoing:
        return "goes on"
    ends = {
        "hit": "was followed by a recession",
        "miss": "was followed by no recession",
        "open": "has an outcome that is not known yet",
    }
    return ends[episode.outcome]


def span(episode: Episode) -> str:
    """First and last inverted month: ``Nov 2022 to Nov 2024``."""
    if episode.start == episode.end:
        return wording.month(episode.start)
    return f"{wording.month(episode.start)} to {wording.month(episode.end)}"


def member_name(member: MemberScore) -> str:
    """The model in words; its identifier where we have none."""
    return MEMBERS.get(member.id, wording.clean(member.id))


def part_name(part: Contribution) -> str:
    """What a contribution comes from; its identifier where we have no words."""
    return PARTS.get(part.feature, wording.clean(part.feature))


def made_of(score: RecessionScore) -> str:
    """What the headline is made of, in percentage points that add up."""
    parts = _parts(score.contributions)
    return f"The figure is made of parts: {parts}." if parts else "Its parts are not known."


def _parts(contributions: Sequence[Contribution]) -> str:
    """The base, and what is added to it, the largest first."""
    base = [part for part in contributions if part.feature == "base"]
    rest = [part for part in contributions if part.feature != "base"]
    largest = sorted(rest, key=lambda part: -abs(part.points))
    said = [f"{part_name(part)} {wording.share(part.points)}" for part in largest]
    begun = [f"{part_name(part)} has {wording.tenths(part.points)}" for part in base]
    return "; to that come ".join([*begun, *([wording.listed(said)] if said else [])])


def nowcast(score: RecessionScore) -> str:
    """Whether there is a recession already, from the newest figures."""
    now = score.now
    if now is None:
        return "Whether there is a recession already cannot be told: no figures are known."
    level = wording.percent(score.level)
    return (
        f"Probability that {wording.month(now.month)} is in a recession: "
        f"{wording.percent(now.probability)} ({level} interval "
        f"{wording.percent_range(now.interval)})."
    )


def nowcast_parts(score: RecessionScore) -> str | None:
    """What the nowcast is made of, in percentage points that add up, and what it was read from."""
    if score.now is None:
        return None
    parts = _parts(score.now.contributions)
    return f"Recession already: {parts}. Read from {wording.sentence(score.now.note)}"


def data_state(assessment: Assessment) -> str:
    """How many series were read, overdue or without a value, and the worst the checks found."""
    overdue = sorted(name for name, reading in assessment.series.items() if reading.stale)
    missing = [name for name in WATCHED if name not in assessment.series]
    counts = [
        wording.count(number, one, many)
        for severity, one, many in (
            ("error", "error", "errors"),
            ("warning", "warning", "warnings"),
        )
        if (number := sum(finding.severity == severity for finding in assessment.findings))
    ]
    if not counts and assessment.findings:
        counts.append(wording.count(len(assessment.findings), "note", "notes"))
    parts = [f"{len(assessment.series)} series read"]
    late = f"overdue: {wording.listed(overdue)}" if overdue else "none overdue"
    parts.append(late if len(overdue) <= _FEW else f"{len(overdue)} overdue")
    if missing:
        parts.append(f"no value: {wording.listed(missing)}")
    told = f" {wording.capital(wording.listed(counts))}, see Findings." if counts else ""
    state = "Degraded: " if assessment.degraded else ""
    return f"{state}{'; '.join(parts)}.{told}"


# ------------------------------------------------------------------------------------ the sections
def definition(rule: EpisodeRule) -> str:
    """What counts as an inversion and as its consequence."""
    pause = wording.count(rule.merge_gap_months, "month", "months")
    return (
        f"An inversion is at least {wording.count(rule.min_months, 'month', 'months')} with a "
        f"monthly {rule.spread} spread below zero; pauses of up to {pause} do not end it. It "
        "counts as followed by a recession if NBER dates a peak within "
        f"{wording.count(rule.max_lag_months, 'month', 'months')} of its first month."
    )


# ---------------------------------------------------------------------------------- the watch list
@dataclass(frozen=True, slots=True)
class Named:
    """A gauge as the reader knows it.

    Attributes:
        name: short enough for a table of 78 columns.
        gauge: the gauge, or ``None`` without data.
        digits: decimals that are printed.
    """

    name: str
    gauge: Gauge | None
    digits: int

    @property
    def latest(self) -> str:
        """Its newest value with its unit."""
        if self.gauge is None:
            return wording.NONE
        return wording.amount(self.gauge.value, self.gauge.unit, self.digits)


_ODDS: Final[dict[Odds, str]] = {
    "cut": "a cut",
    "recession": "a recession",
    "reserve_management": "bills for reserves",
}
_ERROR: Final = f"the sampling error of {watch.SAMPLING_ERROR} pp"
_IN_LINE: Final = watch.OBJECTIVE + watch.CPI_WEDGE
_RULES: Final = {
    "unemployment_rising": f"its rise over 3 months is more than {_ERROR}",
    "unemployment_falling": f"its fall over 3 months is more than {_ERROR}",
    "unemployment_steady": f"its change over 3 months is no more than {_ERROR}",
    "at_lower_bound": "the policy rate is at its lower bound and cannot be cut",
    "sahm_triggered": f"at or above its trigger of {wording.points(watch.SAHM_TRIGGER)}",
    "sahm_below": f"below its trigger of {wording.points(watch.SAHM_TRIGGER)}",
    "no_objective": (
        f"before {wording.month(watch.OBJECTIVE_SINCE)} the Fed had announced no objective to hold"
        " it against"
    ),
    "above_objective": (
        f"above {_IN_LINE}%, which is the objective of {watch.OBJECTIVE:.0f}% for PCE inflation"
        f" and the {watch.CPI_WEDGE} pp by which CPI inflation has exceeded it"
    ),
    "in_line_with_objective": (
        f"between {watch.OBJECTIVE:.0f}% and {_IN_LINE}%, in line with the objective of"
        f" {watch.OBJECTIVE:.0f}% for PCE inflation"
    ),
    "below_objective": (
        f"below {watch.OBJECTIVE:.0f}%, the objective for PCE inflation: room to cut, but below it"
        " cuts have not been more frequent"
    ),
    "survey_high": "in the highest quarter of its own history",
    "survey_usual": "not in the highest quarter of its own history",
    "debt_high_and_rising": "in the highest tenth of its history and higher than a year before",
    "debt_past_peak": "in the highest tenth of its history, but no higher than a year before",
    "debt_usual": "not in the highest tenth of its history",
    "profits_falling": "lower than a year before",
    "profits_rising": "no lower than a year before",
    "reserves_scarce": (
        f"above zero on most of its last {watch.SCARCITY_DAYS} days, a sign that reserves are"
        " scarce; purchases of bills against that are reserve management, not QE"
    ),
    "reserves_scarce_for_a_day": (
        f"above zero now, but not on most of its last {watch.SCARCITY_DAYS} days"
    ),
    "reserves_ample": (
        f"not above zero on most of its last {watch.SCARCITY_DAYS} days, no sign that reserves are"
        " scarce"
    ),
}
"""Why a gauge implies what it does; see :mod:`monitor.watch`."""


def implications(gauges: Sequence[Named]) -> Iterator[tuple[str, str, str]]:
    """What the gauges say of which odds, and why; those of one rule together."""
    said: dict[Implication, list[str]] = {}
    for named in gauges:
        if named.gauge is not None and (rule := named.gauge.implies) is not None:
            said.setdefault(rule, []).append(f"{named.name} {named.latest}")
    for odds, words in _ODDS.items():
        for rule, names in said.items():
            if rule.odds == odds:
                why = _RULES.get(rule.rule, wording.clean(rule.rule))
                yield words, rule.effect, f"{wording.listed(names)}: {why}."


def watch_notes(gauges: Sequence[Named]) -> Iterator[str]:
    """Which gauges are old, which rest on revised values, and which are missing."""
    known = [(named, named.gauge) for named in gauges if named.gauge is not None]
    overdue: dict[int, list[str]] = {}
    for named, gauge in known:
        if gauge.stale and gauge.age_days is not None:
            overdue.setdefault(gauge.age_days, []).append(named.name)
    for age, names in overdue.items():
        yield f"Overdue, {wording.count(age, 'day', 'days')} old: {wording.listed(names)}."
    revised = [named.name for named, gauge in known if gauge.revised]
    if revised:
        yield (
            f"Seen with hindsight: {wording.listed(revised)}. No vintage of that day is stored for"
            " some periods; the earliest stored values stand in and may have been revised."
        )
    missing = [named.name for named in gauges if named.gauge is None]
    if missing:
        yield f"Not stored, or not known for this day: {wording.listed(missing)}."


def wrong(assessment: Assessment, history: History) -> Iterator[str]:
    """When this has been wrong: counted from the episodes, never from memory."""
    rule = assessment.inversion.rule
    hits = [episode for episode in history.episodes if episode.outcome == "hit"]
    misses = [episode for episode in history.episodes if episode.outcome == "miss"]
    settled = wording.count(len(hits) + len(misses), "inversion", "inversions")
    if misses:
        starts = wording.listed([wording.month(episode.start) for episode in misses])
        yield (
            f"Of {settled} whose outcome is known, {len(misses)} "
            f"{'was' if len(misses) == 1 else 'were'} followed by no recession: {starts}."
        )
        last = misses[-1]
        yield (
            f"The inversion of {span(last)}, {wording.count(last.months, 'month', 'months')} and "
            f"down to {wording.points(last.trough)} in {wording.month(last.trough_month)}, was "
            "followed by no recession." + (_said_then(last) if rule.spread == DAILY else "")
        )
    elif hits:
        yield f"Of {settled} whose outcome is known, each was followed by a recession."
    eligible, unannounced = _without_inversion(history, rule.max_lag_months)
    if unannounced:
        yield (
            f"{len(unannounced)} of {wording.count(eligible, 'recession', 'recessions')} came with "
            f"no inversion before: {wording.listed([wording.month(m) for m in unannounced])}."
        )
    seen = wording.count(len(hits), "recession", "recessions")
    yield (
        f"The inversion clock has learned from {seen} in all: too few for a narrow interval, and "
        "what ended those expansions need not end this one."
    )
    yield "No one should trade on this alone."
    yield (
        "Risks that no yield curve shows: a worse world economy, black swans, international "
        "conflict."
    )


def _said_then(miss: Episode) -> str:
    """How high the New York Fed's probit stood at the bottom of a false alarm."""
    highest = wording.percent(factor.published(miss.trough))
    return f" The New York Fed probit stood at {highest} on the spread of that month."


def _without_inversion(history: History, lag: int) -> tuple[int, list[date]]:
    """Recessions an inversion could have announced, and the starts of those none did.

    A recession counts only if the spread is known for the longest lag before it.
    """
    if not history.spread:
        return 0, []
    first = add_months(history.spread[0][0], lag)
    peaks = {episode.peak for episode in history.episodes if episode.outcome == "hit"}
    starts = [start for start, _ in history.recessions if start > first]
    return len(starts), [start for start in starts if add_months(start, -1) not in peaks]
