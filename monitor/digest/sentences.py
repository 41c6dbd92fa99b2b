"""What the digest says in plain sentences, each chosen by a rule from the assessment.

Nothing here knows a date or an outcome by heart: a sentence such as that on a false alarm stands
only where the data of the day say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor import watch
from monitor.catalog import WATCHED
from monitor.digest.charts.spreadchart import NAMES
from monitor.digest.wording import NONE, Wording, capital, clean, phrase
from monitor.domain import (
    HEADLINE_HORIZON,
    Assessment,
    Band,
    Contribution,
    Effect,
    Episode,
    EpisodeRule,
    Gauge,
    History,
    Implication,
    Inversion,
    MemberScore,
    NewsKind,
    Odds,
    RecessionScore,
    add_months,
)
from monitor.model import factor, pool

MEMBERS: Final = {
    "lag": phrase("Inversion clock"),
    "lag_end": phrase("Clock from the end"),
    "background": phrase("Background"),
    "nyfed_published": phrase("New York Fed, published"),
    "probit": phrase("Probit, refitted"),
    "probit_lag6": phrase("Probit with lag"),
    "wright": phrase("Wright's probit"),
    "logit": phrase("Penalised logit"),
    "climatology": phrase("Climatology"),
}
"""Name of each model, short enough for a table of 78 columns."""
PARTS: Final = {
    "base": phrase("a usual month"),
    "inversion_clock": phrase("the inversion clock"),
    "inverted": phrase("recessions that no inversion announced"),
    "spread": phrase("the spread"),
    "spread_lag6": phrase("the spread six months before"),
    "horizons": phrase("order of the horizons"),
    "sahm_gap": phrase("unemployment"),
    "payrolls_3m": phrase("payrolls"),
    "production_3m": phrase("production"),
    "announced_peak": phrase("the announced peak"),
}
"""What the headline and the nowcast are made of."""
BANDS: Final[Mapping[Band, str]] = {
    "normal": phrase("normal"),
    "watch": phrase("watch"),
    "elevated": phrase("elevated"),
    "high": phrase("high"),
}
"""The words for the headline on its fixed scale."""
_FEW: Final = 3
"""Series that the first screen names; of more it gives the number."""

DAILY: Final = "10y-3m"
"""The daily spread is always this one, whichever the monthly one is."""


# ------------------------------------------------------------------------------------ the headline
def bands(say: Wording) -> str:
    """The scale of the headline in words."""
    return say(
        "normal below {watch}, watch from {watch}, elevated from {elevated}, high from {high}",
        **{name: say.percent(floor) for floor, name in pool.BANDS},
    )


def subject(say: Wording, assessment: Assessment) -> str:
    """The subject in one line: number, change, curve, day. English needs at most 90 characters."""
    score, curve = assessment.recession, assessment.inversion
    value = say.percent(score.headline)
    risk = (
        say("In recession; new one {value} in 12 months", value=value)
        if score.in_recession
        else say("Recession risk {value} in 12 months", value=value)
    )
    if change := short_change(say, assessment):
        risk = say.aside(risk, change)
    return say(
        "{risk}: {curve} - {day}",
        risk=risk,
        curve=say(_CURVE[score.in_recession, curve.inverted], points=say.points(curve.value)),
        day=say.day(assessment.as_of),
    )


_CURVE: Final = {
    (False, False): phrase("curve {points}, not inverted"),
    (False, True): phrase("curve {points}, inverted"),
    (True, False): phrase("{points}, not inverted"),
    (True, True): phrase("{points}, inverted"),
}
"""The curve in the subject, by whether there is a recession and whether it is inverted."""


def preheader(say: Wording, assessment: Assessment) -> str:
    """What the subject leaves out, in at most 110 characters of English.

    The largest part of the change where there is one to tell, else the nowcast; then the Fed.
    """
    now, policy = assessment.recession.now, assessment.policy
    first = _moved_most(say, assessment)
    if not first and now is not None:
        first = say(
            "In a recession already: {probability}.", probability=say.percent(now.probability)
        )
    second = ""
    if policy is not None:
        second = say(
            "The Fed within 12 months: cut {cut}, hike {hike}, QE {qe}.",
            cut=say.percent(policy.cut[HEADLINE_HORIZON]),
            hike=say.percent(policy.hike[HEADLINE_HORIZON]),
            qe=say.percent(policy.qe[HEADLINE_HORIZON]),
        )
    return say.text(first, second)


def _moved_most(say: Wording, assessment: Assessment) -> str:
    """The part of the change that weighs most, if any is as large as what is printed."""
    moved = assessment.moved
    most = max(moved.news, key=lambda part: abs(part.points), default=None) if moved else None
    if most is None or abs(most.points) < _PRINTED:
        return ""
    name = say(_REASONS[most.kind]) if most.series is None else clean(most.series)
    return say("Moved most by {name}: {value}.", name=name, value=say.share(most.points))


_PRINTED: Final = 0.005
"""Half of a percentage point, which is what a change needs to be seen in whole percent."""
_REASONS: Final[Mapping[NewsKind, str]] = {
    "release": phrase("new figures"),
    "revision": phrase("revised figures"),
    "time": phrase("the passing of time"),
    "refit": phrase("models that learnt anew"),
    "model": phrase("another model"),
}
"""Why the headline moved, where no series alone did it."""


def short_change(say: Wording, assessment: Assessment) -> str:
    """The change of the headline: ``+3 pp``, ``no change``; empty without an earlier digest."""
    if assessment.previous is None:
        return ""
    before = _before(assessment)
    if before is None:
        return say("new model")
    return say.probability_change(assessment.recession.headline, before)


def _before(assessment: Assessment) -> float | None:
    """The headline of the digest before, if the same models made it."""
    previous = assessment.previous
    if previous is None or previous.model_id != assessment.model_id:
        return None
    return previous.probability.get(HEADLINE_HORIZON)


def in_recession(say: Wording, score: RecessionScore) -> str | None:
    """NBER's last word where it is that a recession has begun and not ended, else nothing."""
    if not score.in_recession:
        return None
    point = score.last_turning_point
    if point is None:
        dated = say("The United States is in a recession: NBER has dated no trough since.")
    else:
        dated = say(
            "The United States is in a recession: NBER has dated a peak in {month} (announced "
            "{day}) and no trough since.",
            month=say.month(point.month),
            day=say.day(point.announced),
        )
    return say.text(
        dated, say("The probability is of the start of a new recession, not of this one.")
    )


def last_word(say: Wording, score: RecessionScore) -> str:
    """What NBER last announced, and that it announces late."""
    point = score.last_turning_point
    if point is None:
        return say("NBER had announced no turning point by this day.")
    month, day = say.month(point.month), say.day(point.announced)
    return say.text(
        say("NBER last announced the peak of {month}, on {day}.", month=month, day=day)
        if point.kind == "peak"
        else say("NBER last announced the trough of {month}, on {day}.", month=month, day=day),
        say(
            "It announces months after the event: a recession that has begun since would not show "
            "here yet."
        ),
    )


# ------------------------------------------------------------------------------------ first screen
def curve_state(say: Wording, curve: Inversion) -> str:
    """Whether the curve is inverted, with the monthly and the daily spread."""
    over, under = (say(name) for name in NAMES[curve.rule.spread])
    gap, month = say.gap(curve.value), say.month(curve.month)
    if curve.value < 0:
        monthly = say(
            "the {over} was {gap} below the {under} in {month}",
            over=over, gap=gap, under=under, month=month,
        )  # fmt: skip
    else:
        monthly = say(
            "the {over} was {gap} above the {under} in {month}",
            over=over, gap=gap, under=under, month=month,
        )  # fmt: skip
    state = say("The curve is inverted") if curve.inverted else say("The curve is not inverted")
    daily = ""
    # An older daily value than the month's would only confuse; the table below still has it.
    if (
        curve.daily_value is not None
        and curve.daily_date is not None
        and (curve.daily_date >= add_months(curve.month, 1))
    ):
        daily = say(
            "newest daily {spread} spread {points} ({day})",
            spread=DAILY,
            points=say.points(curve.daily_value),
            day=say.day(curve.daily_date),
        )
    return say.sentence(say.clauses(say.pair(state, monthly), daily))


def clock(say: Wording, curve: Inversion, episodes: Sequence[Episode]) -> str:
    """Where the inversion clock stands."""
    episode = curve.episode or (episodes[-1] if episodes else None)
    if episode is None:
        return say("No inversion clock runs: no inversion is on record by this day.")
    month = say.month(episode.start)
    doubt = "" if curve.false_alarm is None else say.percent(curve.false_alarm)
    if curve.window is None:
        if doubt:
            return say(
                "The clock of the inversion of {month} has all but run out: the probability that "
                "no recession follows it any more is {doubt}.",
                month=month,
                doubt=doubt,
            )
        state = "ongoing" if episode.ongoing else episode.outcome
        return say(_STOPPED[state], span=span(say, episode))
    ends = {
        "p10": say.month(curve.window.p10),
        "p50": say.month(curve.window.p50),
        "p90": say.month(curve.window.p90),
    }
    return say.text(
        say("The inversion clock has run since {month}.", month=month),
        say(
            "If a recession follows, it starts by {p10} (10%), {p50} (50%) or {p90} (90%); none "
            "follows with {doubt}.",
            doubt=doubt,
            **ends,
        )
        if doubt
        else say(
            "If a recession follows, it starts by {p10} (10%), {p50} (50%) or {p90} (90%).", **ends
        ),
    )


_STOPPED: Final[Mapping[str, str]] = {
    "ongoing": phrase("No inversion clock runs: the last inversion, {span}, goes on."),
    "hit": phrase(
        "No inversion clock runs: the last inversion, {span}, was followed by a recession."
    ),
    "miss": phrase(
        "No inversion clock runs: the last inversion, {span}, was followed by no recession."
    ),
    "open": phrase(
        "No inversion clock runs: the last inversion, {span}, has an outcome that is not known yet."
    ),
}
"""Where no clock runs, by the state of the last inversion."""


def span(say: Wording, episode: Episode) -> str:
    """First and last inverted month: ``Nov 2022 to Nov 2024``."""
    if episode.start == episode.end:
        return say.month(episode.start)
    return say("{low} to {high}", low=say.month(episode.start), high=say.month(episode.end))


def member_name(say: Wording, member: MemberScore) -> str:
    """The model in words; its identifier where we have none."""
    return say(MEMBERS[member.id]) if member.id in MEMBERS else clean(member.id)


def part_name(say: Wording, part: Contribution) -> str:
    """What a contribution comes from; its identifier where we have no words."""
    return say(PARTS[part.feature]) if part.feature in PARTS else clean(part.feature)


def made_of(say: Wording, score: RecessionScore) -> str:
    """What the headline is made of, in percentage points that add up."""
    parts = _parts(say, score.contributions)
    if not parts:
        return say("Its parts are not known.")
    return say("The figure is made of parts: {parts}.", parts=parts)


def _parts(say: Wording, contributions: Sequence[Contribution]) -> str:
    """The base, and what is added to it, the largest first."""
    base = [part for part in contributions if part.feature == "base"]
    rest = [part for part in contributions if part.feature != "base"]
    largest = sorted(rest, key=lambda part: -abs(part.points))
    said = say.listed(
        say("{name} {value}", name=part_name(say, part), value=say.share(part.points))
        for part in largest
    )
    begun = say.clauses(
        *(
            say("{name} has {level}", name=part_name(say, part), level=say.tenths(part.points))
            for part in base
        )
    )
    if begun and said:
        return say("{base}; to that come {rest}", base=begun, rest=said)
    return begun or said


def nowcast(say: Wording, score: RecessionScore) -> str:
    """Whether there is a recession already, from the newest figures."""
    now = score.now
    if now is None:
        return say("Whether there is a recession already cannot be told: no figures are known.")
    return say(
        "Probability that {month} is in a recession: {probability} ({level} interval {interval}).",
        month=say.month(now.month),
        probability=say.percent(now.probability),
        level=say.percent(score.level),
        interval=say.percent_range(now.interval),
    )


def nowcast_parts(say: Wording, score: RecessionScore) -> str | None:
    """What the nowcast is made of, in percentage points that add up, and what it was read from."""
    if score.now is None:
        return None
    return say.text(
        say("Recession already: {parts}.", parts=_parts(say, score.now.contributions)),
        say("Read from {note}", note=say.sentence(score.now.note)),
    )


def data_state(say: Wording, assessment: Assessment) -> str:
    """How many series were read, overdue or without a value, and the worst the checks found."""
    overdue = sorted(name for name, reading in assessment.series.items() if reading.stale)
    missing = [name for name in WATCHED if name not in assessment.series]
    late = say("none overdue")
    if overdue:
        late = (
            say("overdue: {names}", names=say.listed(overdue))
            if len(overdue) <= _FEW
            else say("{n} overdue", n=len(overdue))
        )
    state = say.clauses(
        say("{n} series read", n=len(assessment.series)),
        late,
        say("no value: {names}", names=say.listed(missing)) if missing else "",
    )
    counts = _found(say, assessment)
    return say.text(
        say.sentence(say.pair(say("Degraded"), state) if assessment.degraded else state),
        say("{counts}, see Findings.", counts=capital(say.listed(counts))) if counts else "",
    )


def _found(say: Wording, assessment: Assessment) -> list[str]:
    """How many errors and warnings the checks found, or else how many notes."""
    found = Counter(finding.severity for finding in assessment.findings)
    counts = []
    if found["error"]:
        counts.append(say.count(found["error"], "{n} error", "{n} errors"))
    if found["warning"]:
        counts.append(say.count(found["warning"], "{n} warning", "{n} warnings"))
    if found and not counts:
        counts.append(say.count(found.total(), "{n} note", "{n} notes"))
    return counts


# ------------------------------------------------------------------------------------ the sections
def definition(say: Wording, rule: EpisodeRule) -> str:
    """What counts as an inversion and as its consequence."""
    return say.text(
        say(
            "An inversion is at least {length} with a monthly {spread} spread below zero; pauses "
            "of up to {pause} do not end it.",
            length=months(say, rule.min_months),
            spread=rule.spread,
            pause=months(say, rule.merge_gap_months),
        ),
        say(
            "It counts as followed by a recession if NBER dates a peak within {lag} of its first "
            "month.",
            lag=months(say, rule.max_lag_months),
        ),
    )


def months(say: Wording, number: int) -> str:
    """A length in months: ``12 months``."""
    return say.count(number, "{n} month", "{n} months")


# ---------------------------------------------------------------------------------- the watch list
@dataclass(frozen=True, slots=True)
class Named:
    """A gauge as the reader knows it.

    Attributes:
        name: in the language of the digest, short enough for a table of 78 columns.
        gauge: the gauge, or ``None`` without data.
        digits: decimals that are printed.
    """

    name: str
    gauge: Gauge | None
    digits: int

    def latest(self, say: Wording) -> str:
        """Its newest value with its unit."""
        if self.gauge is None:
            return NONE
        return say.amount(self.gauge.value, self.gauge.unit, self.digits)


_ODDS: Final[dict[Odds, str]] = {
    "cut": phrase("Cut"),
    "recession": phrase("Recession"),
    "reserve_management": phrase("Bills for reserves"),
}
_EFFECTS: Final[Mapping[Effect, str]] = {
    "raises": phrase("raises"),
    "lowers": phrase("lowers"),
    "neutral": phrase("neutral"),
}
_RULES: Final = {
    "unemployment_rising": phrase(
        "its rise over 3 months is more than the sampling error of {error}"
    ),
    "unemployment_falling": phrase(
        "its fall over 3 months is more than the sampling error of {error}"
    ),
    "unemployment_steady": phrase(
        "its change over 3 months is no more than the sampling error of {error}"
    ),
    "at_lower_bound": phrase("the policy rate is at its lower bound and cannot be cut"),
    "sahm_triggered": phrase("at or above its trigger of {trigger}"),
    "sahm_below": phrase("below its trigger of {trigger}"),
    "no_objective": phrase("before {since} the Fed had announced no objective to hold it against"),
    "above_objective": phrase(
        "above {in_line}, which is the objective of {objective} for PCE inflation and the {wedge}"
        " by which CPI inflation has exceeded it"
    ),
    "in_line_with_objective": phrase(
        "between {objective} and {in_line}, in line with the objective of {objective} for PCE"
        " inflation"
    ),
    "below_objective": phrase(
        "below {objective}, the objective for PCE inflation: room to cut, but below it cuts have"
        " not been more frequent"
    ),
    "survey_high": phrase("in the highest quarter of its own history"),
    "survey_usual": phrase("not in the highest quarter of its own history"),
    "debt_high_and_rising": phrase(
        "in the highest tenth of its history and higher than a year before"
    ),
    "debt_past_peak": phrase(
        "in the highest tenth of its history, but no higher than a year before"
    ),
    "debt_usual": phrase("not in the highest tenth of its history"),
    "profits_falling": phrase("lower than a year before"),
    "profits_rising": phrase("no lower than a year before"),
    "reserves_scarce": phrase(
        "above zero on most of its last {days} days, a sign that reserves are scarce; purchases of"
        " bills against that are reserve management, not QE"
    ),
    "reserves_scarce_for_a_day": phrase("above zero now, but not on most of its last {days} days"),
    "reserves_ample": phrase(
        "not above zero on most of its last {days} days, no sign that reserves are scarce"
    ),
}
"""Why a gauge implies what it does; see :mod:`monitor.watch`."""


def _limits(say: Wording) -> dict[str, str]:
    """The figures of the rules."""
    return {
        "error": say.gap(watch.SAMPLING_ERROR, 1),
        "trigger": say.points(watch.SAHM_TRIGGER),
        "since": say.month(watch.OBJECTIVE_SINCE),
        "objective": say.amount(watch.OBJECTIVE, "percent", 0),
        "in_line": say.amount(watch.OBJECTIVE + watch.CPI_WEDGE, "percent", 1),
        "wedge": say.gap(watch.CPI_WEDGE, 1),
        "days": str(watch.SCARCITY_DAYS),
    }


def implications(say: Wording, gauges: Sequence[Named]) -> Iterator[tuple[str, str, str]]:
    """What the gauges say of which odds, and why; those of one rule together."""
    said: dict[Implication, list[str]] = {}
    for named in gauges:
        if named.gauge is not None and (rule := named.gauge.implies) is not None:
            value = say("{name} {value}", name=named.name, value=named.latest(say))
            said.setdefault(rule, []).append(value)
    limits = _limits(say)
    for odds, words in _ODDS.items():
        for rule, names in said.items():
            if rule.odds == odds:
                known = _RULES.get(rule.rule)
                why = say(known, **limits) if known else clean(rule.rule)
                told = say("{gauges}: {why}.", gauges=say.listed(names), why=why)
                yield say(words), say(_EFFECTS[rule.effect]), told


def watch_notes(say: Wording, gauges: Sequence[Named]) -> Iterator[str]:
    """Which gauges are old, which rest on revised values, and which are missing."""
    known = [(named, named.gauge) for named in gauges if named.gauge is not None]
    overdue: dict[int, list[str]] = {}
    for named, gauge in known:
        if gauge.stale and gauge.age_days is not None:
            overdue.setdefault(gauge.age_days, []).append(named.name)
    for age, names in overdue.items():
        yield say(
            "Overdue, {age} old: {names}.",
            age=say.count(age, "{n} day", "{n} days"),
            names=say.listed(names),
        )
    revised = [named.name for named, gauge in known if gauge.revised]
    if revised:
        yield say.text(
            say("Seen with hindsight: {names}.", names=say.listed(revised)),
            say(
                "No vintage of that day is stored for some periods; the earliest stored values"
                " stand in and may have been revised."
            ),
        )
    missing = [named.name for named in gauges if named.gauge is None]
    if missing:
        yield say("Not stored, or not known for this day: {names}.", names=say.listed(missing))


def wrong(say: Wording, assessment: Assessment, history: History) -> Iterator[str]:
    """When this has been wrong: counted from the episodes, never from memory."""
    rule = assessment.inversion.rule
    hits = [episode for episode in history.episodes if episode.outcome == "hit"]
    misses = [episode for episode in history.episodes if episode.outcome == "miss"]
    settled = say.count(len(hits) + len(misses), "{n} inversion", "{n} inversions")
    if misses:
        starts = say.listed(say.month(episode.start) for episode in misses)
        yield (
            say(
                "Of {settled} whose outcome is known, 1 was followed by no recession: {starts}.",
                settled=settled,
                starts=starts,
            )
            if len(misses) == 1
            else say(
                "Of {settled} whose outcome is known, {n} were followed by no recession: {starts}.",
                settled=settled,
                n=len(misses),
                starts=starts,
            )
        )
        yield _false_alarm(say, misses[-1], published=rule.spread == DAILY)
    elif hits:
        yield say(
            "Of {settled} whose outcome is known, each was followed by a recession.",
            settled=settled,
        )
    eligible, unannounced = _without_inversion(history, rule.max_lag_months)
    if unannounced:
        yield say(
            "{n} of {recessions} came with no inversion before: {starts}.",
            n=len(unannounced),
            recessions=say.count(eligible, "{n} recession", "{n} recessions"),
            starts=say.listed(say.month(start) for start in unannounced),
        )
    yield say(
        "The inversion clock has learned from {seen} in all: too few for a narrow interval, and "
        "what ended those expansions need not end this one.",
        seen=say.count(len(hits), "{n} recession", "{n} recessions"),
    )
    yield say("No one should trade on this alone.")
    yield say(
        "Risks that no yield curve shows: a worse world economy, black swans, international "
        "conflict."
    )


def _false_alarm(say: Wording, miss: Episode, *, published: bool) -> str:
    """An inversion that no recession followed, and how high the published probit stood then."""
    told = say(
        "The inversion of {span}, {length} and down to {trough} in {month}, was followed by no "
        "recession.",
        span=span(say, miss),
        length=months(say, miss.months),
        trough=say.points(miss.trough),
        month=say.month(miss.trough_month),
    )
    if not published:
        return told
    return say.text(
        told,
        say(
            "The New York Fed probit stood at {highest} on the spread of that month.",
            highest=say.percent(factor.published(miss.trough)),
        ),
    )


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
