"""What kind of growth or shrinkage of the Federal Reserve's balance sheet this is.

Total assets do not tell: under the maturity extension programme they did not grow, in the months
of QE1 they grew by less than in those of bills and repo of 2019. What tells is the duration that
purchases take out of the market, in ten-year equivalents, and what the directive says.

*Order of precedence* for the verdict of a day, the first that holds:

1. Duration measured at :data:`QE_DURATION` or more is ``qe`` under a directive of QE; at
   :data:`UNDECLARED` or more it is, whatever the directive says, unless a programme of QE ended
   within :data:`AFTERMATH`: a change over a quarter still shows what was bought before.
2. A directive to buy, or to cap yields, decides while holdings cannot: in its first quarter, and
   for as long as it is of a form that they do not show. An exchange of short for long Treasuries
   shows in maturities alone; in Reserve Bank credit as a whole nothing does.
3. Loans, or repurchase agreements, that grew by :data:`CREDIT` or more are ``lending`` or
   ``reserve_management``. Where the two are not told apart it is repo if overnight rates stood
   above the rate on reserves.
4. Net purchases of which bills are :data:`BILL_SHARE` or more are ``reserve_management``.
5. Holdings that fell by :data:`RUN_OFF` or more, not to be lent instead as in early 2008, are
   ``qt``, unless a run-off ended within :data:`AFTERMATH`.
6. Where holdings settle nothing, the newest directive in force decides; but not one of QE that is a
   quarter old if they would show it and have grown neither longer nor larger.
7. If bills are not told apart from coupons, and all in coupons would be QE: ``qe`` at the lower
   bound, else ``reserve_management``, for away from the bound there was no QE (1982 to 2026).
8. ``steady``.

The levels were set with the episodes of 2008 to 2026 in sight and are judged on the same, and the
table of programmes names these very episodes, so that with it they can hardly come out wrong. What
holdings tell without any directive is in ``tests/unit/test_regimes.py``: every episode but the
maturity extension programme, whose maturities the reference does not have, from days (QE4) to five
months late (the slow start of the run-off of 2017).

*Known by then.* The verdict of a past day reads what was out by the usual days of release and the
programmes announced by then, and nothing of their later course. One thing is of today: GDP, which
scales every measure, is in the vintage of the panel, as monthly series are. The chronology of
:func:`history` is drawn with hindsight in one respect: a span shorter than :data:`FLICKER` between
two like spans counts as part of them. The verdict of a day never is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from monitor import fomc
from monitor.domain import (
    Evidence,
    Panel,
    Regime,
    RegimeKind,
    Said,
    add_months,
    end_of_month,
    joined,
    phrase,
)
from monitor.model.holdings import SEEN_IN, WINDOW, Measures, Past
from monitor.model.programmes import REVIEWED, Programme, in_force, programmes

QE_DURATION: Final = 0.1
"""Ten-year equivalents added in a quarter, in percent of GDP, from which on purchases are QE.

From 2003 to mid-2007, when the portfolio grew with the currency, it was 0.07 at most; QE3 still
added 0.23 in its last quarter."""

UNDECLARED: Final = 0.2
"""The same where no directive speaks of QE, so that the measure stands alone.

Late settlement of reinvested mortgage principal alone made 0.10 in April 2017."""

RUN_OFF: Final = -0.15
"""Change of outright holdings in a quarter, in percent of GDP, from which on they run off.

From 2015 to September 2017, when all principal was reinvested, late settlement moved holdings by
-0.145 to 0.20; the slowest run-off, that of 2025, took 0.166. There is little room between the two,
and it is the directive that makes the difference where a run-off is slow."""

CREDIT: Final = 0.5
"""Growth of loans or repo in a quarter, in percent of GDP, that is no everyday operation.

From 2003 to mid-2007 it was 0.22 at most, in March 2023 1.1."""

BILL_SHARE: Final = 80.0
"""Share of bills in net purchases, in percent, from which on these are for reserves."""

LOWER_BOUND: Final = 0.25
"""Upper end of the target range at the effective lower bound, in percent, 2008 to 2022."""

AFTERMATH: Final = timedelta(weeks=17)
"""A quarter, and a month in which the last purchases of mortgage-backed securities settle."""

FLICKER: Final = timedelta(weeks=5)

_FRIDAY: Final = 4
_BUYING: Final = frozenset[RegimeKind]({"qe", "reserve_management", "yield_cap"})
_EXACT: Final = 1e-9


def needed() -> tuple[str, ...]:
    """Identifiers of the series that a panel should hold; each may be missing."""
    return SEEN_IN


# --------------------------------------------------------------------------------------- the rule
@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a day was judged to be, and from what.

    Attributes:
        day: the day.
        kind: the regime.
        telling: measures that decided, the first first.
        measures: all that could be measured.
        upper: upper end of the target range in percent, or ``None``.
        directives: programmes in force, the newest last.
        over: programmes that ended lately, so that a change over a quarter misleads, by kind.
    """

    day: date
    kind: RegimeKind
    telling: tuple[str, ...]
    measures: Measures
    upper: float | None
    directives: tuple[Programme, ...]
    over: Mapping[RegimeKind, Programme]


def _judge(
    day: date, measures: Measures, upper: float | None, table: Sequence[Programme]
) -> _Verdict:
    directives = in_force(table, day)
    over = {
        it.kind: it
        for it in table
        if it.last and it.last < day <= it.last + AFTERMATH and not _any_of(directives, it.kind)
    }
    kind, telling = _rule(day, measures, upper, directives, over)
    return _Verdict(day, kind, telling, measures, upper, directives, over)


def _rule(
    day: date,
    m: Measures,
    upper: float | None,
    directives: Sequence[Programme],
    over: Mapping[RegimeKind, Programme],
) -> tuple[RegimeKind, tuple[str, ...]]:
    """The order of precedence at the top of this module, and the measures that decided."""
    low, high = m.duration or (0.0, 0.0)
    level = QE_DURATION if _any_of(directives, "qe") else UNDECLARED
    outright, other = m.outright or 0.0, m.other or 0.0
    newest = directives[-1] if directives else None
    buying = next((it for it in reversed(directives) if it.kind in _BUYING), None)
    unseen = buying and (day < buying.begins + WINDOW or not m.shows(buying.form))
    if m.repo is None:
        repo, lent = (other, 0.0) if (m.gap or 0.0) > 0 else (0.0, other)
    else:
        repo, lent = m.repo, other
    seen_to_run = m.shows("run-off") and "qt" not in over
    unconfirmed = m.shows("quantity") and max(high, m.coupons) < QE_DURATION
    guessed = high - low > _EXACT and high >= QE_DURATION and "qe" not in over
    at_bound = upper is not None and upper <= LOWER_BOUND
    order: tuple[tuple[object, RegimeKind, tuple[str, ...]], ...] = (
        (low >= level and "qe" not in over, "qe", ("duration_added", "directive")),
        (unseen, buying.kind if buying else "steady", ("directive", "duration_added")),
        (lent >= max(CREDIT, repo), "lending", ("other_assets", "loans", "rate_gap")),
        (repo >= CREDIT, "reserve_management", ("repo", "other_assets", "rate_gap")),
        (
            (m.share or 0.0) >= BILL_SHARE,
            "reserve_management",
            ("bill_share", "outright_holdings", "duration_added"),
        ),
        (
            outright + max(other, 0.0) <= RUN_OFF and (seen_to_run or _any_of(directives, "qt")),
            "qt",
            ("outright_holdings", "directive"),
        ),
        (
            newest and not (newest.kind == "qe" and unconfirmed),
            newest.kind if newest else "steady",
            ("directive", "duration_added", "outright_holdings"),
        ),
        (guessed and at_bound, "qe", ("policy_rate", "duration_added")),
        (guessed, "reserve_management", ("policy_rate", "duration_added")),
    )
    told = next(((kind, telling) for holds, kind, telling in order if holds), None)
    return told or ("steady", ("duration_added", "outright_holdings", "other_assets"))


def _any_of(directives: Iterable[Programme], kind: RegimeKind) -> bool:
    return any(it.kind == kind for it in directives)


# --------------------------------------------------------------------------------- the chronology
def verdicts(
    panel: Panel, table: Sequence[Programme] | None = None
) -> tuple[tuple[date, RegimeKind], ...]:
    """The verdict of each day of a walk through the past, each from what was known by then.

    Fridays, by which the H.4.1 of the week is out, from its first quarter on; before them the last
    day of each month; the days on which programmes begin and those after their end; and the day
    of the panel.

    Args:
        panel: what was known; see :func:`needed`.
        table: the programmes to know of; ``()`` for what the measures alone tell.

    Raises:
        SourceMalformed: a table in the package is missing or damaged.
    """
    return tuple((it.day, it.kind) for it in _walk(panel, table))


def history(panel: Panel, table: Sequence[Programme] | None = None) -> tuple[Regime, ...]:
    """The chronology of regimes.

    A programme of the same kind as the one before begins a span of its own. The evidence of a span
    is that of the verdict in its middle, of the last span that of the day of the panel.

    Args:
        panel: what was known; see :func:`needed`.
        table: the programmes to know of; ``()`` for what the measures alone tell.

    Returns:
        Spans without gaps in order, the last one without an end; empty before the first programme
        where nothing is measured either.

    Raises:
        SourceMalformed: a table in the package is missing or damaged.
    """
    spans = _spans(_walk(panel, table))
    found = []
    for place, span in enumerate(spans):
        last = place == len(spans) - 1
        told = span[-1] if last else span[len(span) // 2]
        end = None if last else spans[place + 1][0].day - timedelta(days=1)
        found.append(Regime(told.kind, span[0].day, end, _evidence(told), _basis(told)))
    return tuple(found)


def classify(panel: Panel, table: Sequence[Programme] | None = None) -> Regime | None:
    """The regime on the day of a panel, since when, and why.

    Args:
        panel: what was known; see :func:`needed`.
        table: the programmes to know of; ``()`` for what the measures alone tell.

    Returns:
        ``None`` before the first programme where nothing is measured either.

    Raises:
        SourceMalformed: a table in the package is missing or damaged.
    """
    found = history(panel, table)
    return found[-1] if found else None


def _walk(panel: Panel, table: Sequence[Programme] | None) -> list[_Verdict]:
    known = programmes() if table is None else tuple(table)
    past = Past.of(panel)
    target = [(it.day, it.upper) for it in fomc.decisions(panel) if it.upper is not None]
    found = []
    for day in _days(panel.as_of, past, known):
        upper = next((rate for since, rate in reversed(target) if since <= day), None)
        found.append(_judge(day, past.measures(day), upper, known))
    return found


def _days(as_of: date, past: Past, table: Sequence[Programme]) -> list[date]:
    """The days of the walk, in order."""
    weekly, monthly = past.first("weekly"), past.first("monthly")
    turns = [it.begins for it in table]
    start = min([*turns, *(day for day in (weekly, monthly) if day)], default=as_of)
    friday = min(weekly or as_of, as_of) + WINDOW
    friday += timedelta(days=(_FRIDAY - friday.weekday()) % 7)
    days = {as_of, *turns, *(it.last + timedelta(days=1) for it in table if it.last)}
    month = end_of_month(start)
    while month < min(friday, as_of):
        days.add(month)
        month = end_of_month(add_months(month, 1))
    while friday < as_of:
        days.add(friday)
        friday += timedelta(weeks=1)
    return sorted(day for day in days if start <= day <= as_of)


def _spans(walk: Iterable[_Verdict]) -> list[list[_Verdict]]:
    """Verdicts by span; what only flickers joins what is around it."""
    spans = [list(found) for _, found in groupby(walk, _subject)]
    place = 1
    while place < len(spans) - 1:
        before, here, after = spans[place - 1 : place + 2]
        if _subject(before[0]) == _subject(after[0]) and after[0].day - here[0].day < FLICKER:
            spans[place - 1 : place + 2] = [[*before, *after]]
            place = max(place - 1, 1)
        else:
            place += 1
    return spans


def _subject(verdict: _Verdict) -> tuple[RegimeKind, str | None]:
    """The kind, and the newest programme of this kind that is in force."""
    same = [it.id for it in verdict.directives if it.kind == verdict.kind]
    return verdict.kind, same[-1] if same else None


# --------------------------------------------------------------------------------------- in words
_KINDS: Final[Mapping[RegimeKind, str]] = {
    "qe": Said("QE"),
    "reserve_management": Said("reserve management"),
    "qt": Said("a run-off"),
    "lending": Said("lending"),
    "yield_cap": Said("a yield cap"),
    "steady": Said("steady"),
}
_CLAUSES: Final = phrase("{one}; {other}")
_SHARE: Final = "percent of GDP in a quarter"


def _evidence(verdict: _Verdict) -> tuple[Evidence, ...]:
    """What was measured, what decided first."""
    m = verdict.measures
    rest = (
        Said("Assets other than securities")
        if m.repo is None
        else Said("Assets other than securities and repo")
    )
    found = (
        _of_duration(m),
        _of_bills(m),
        _of_outright(m),
        _of_credit("other_assets", rest, m.other),
        _of_credit("repo", Said("Repurchase agreements"), m.repo),
        _of_credit("loans", Said("Loans"), m.loans),
        _of_gap(m),
        _of_reserves(m),
        _of_rate(verdict.upper),
        _of_directive(verdict),
    )
    known = {it.measure: it for it in found if it}
    order = dict.fromkeys((*verdict.telling, *known))
    return tuple(known[name] for name in order if name in known)


def _of_duration(m: Measures) -> Evidence | None:
    if m.duration is None:
        return None
    low, high = m.duration
    levels = {"level": f"{QE_DURATION:.2f}", "undeclared": f"{UNDECLARED:.2f}"}
    if high - low < _EXACT:
        text = Said(
            "Duration held changed by {change} percent of GDP in ten-year equivalents; QE is"
            " {level} or more, {undeclared} without a directive that says so.",
            change=f"{low:+.2f}",
            **levels,
        )
        return Evidence("duration_added", low, _SHARE, text)
    text = Said(
        "Duration held changed by between {low} and {high} percent of GDP in ten-year equivalents,"
        " as bills are not told apart; QE is {level} or more, {undeclared} without a directive"
        " that says so.",
        low=f"{low:+.2f}",
        high=f"{high:+.2f}",
        **levels,
    )
    return Evidence("duration_added", None, _SHARE, text)


def _of_bills(m: Measures) -> Evidence | None:
    if m.share is None:
        return None
    text = Said(
        "Bills were {share} percent of net purchases; for reserves are {level} or more.",
        share=f"{m.share:.0f}",
        level=f"{BILL_SHARE:.0f}",
    )
    return Evidence("bill_share", m.share, "percent", text)


def _of_outright(m: Measures) -> Evidence | None:
    if m.outright is None or m.basis is None:
        return None
    figures = {"change": f"{m.outright:+.2f}", "level": f"{RUN_OFF:.2f}"}
    text = (
        Said(
            "Securities held outright changed by {change} percent of GDP in a quarter; a run-off"
            " is {level} or less.",
            **figures,
        )
        if m.basis.shows_forms
        else Said(
            "Reserve Bank credit as a whole changed by {change} percent of GDP in a quarter; a"
            " run-off is {level} or less.",
            **figures,
        )
    )
    return Evidence("outright_holdings", m.outright, _SHARE, text)


def _of_credit(measure: str, what: str, change: float | None) -> Evidence | None:
    if change is None:
        return None
    text = Said(
        "{what} changed by {change} percent of GDP in a quarter; {level} or more tells.",
        what=what,
        change=f"{change:+.2f}",
        level=f"{CREDIT:.2f}",
    )
    return Evidence(measure, change, _SHARE, text)


def _of_gap(m: Measures) -> Evidence | None:
    if m.gap is None:
        return None
    points = f"{abs(m.gap):.0f}"
    text = (
        Said(
            "Overnight rates stood {points} basis points above the rate on reserves on the mean of"
            " the quarter; above it, reserves are scarce.",
            points=points,
        )
        if m.gap > 0
        else Said(
            "Overnight rates stood {points} basis points below the rate on reserves on the mean of"
            " the quarter; above it, reserves are scarce.",
            points=points,
        )
    )
    return Evidence("rate_gap", m.gap, "basis points", text)


def _of_reserves(m: Measures) -> Evidence | None:
    if m.reserves is None:
        return None
    now, before, period = m.reserves
    text = Said(
        "Reserves were {now} percent of GDP ({period}), after {before} a quarter before.",
        now=f"{now:.1f}",
        period=period,
        before=f"{before:.1f}",
    )
    return Evidence("reserves", now, "percent of GDP", text)


def _of_rate(upper: float | None) -> Evidence | None:
    if upper is None:
        return None
    figures = {"upper": f"{upper:.2f}", "bound": f"{LOWER_BOUND:.2f}"}
    text = (
        Said(
            "The upper end of the target for the funds rate was {upper} percent, at the lower"
            " bound of {bound}.",
            **figures,
        )
        if upper <= LOWER_BOUND
        else Said(
            "The upper end of the target for the funds rate was {upper} percent, above the lower"
            " bound of {bound}.",
            **figures,
        )
    )
    return Evidence("policy_rate", upper, "percent", text)


def _of_directive(verdict: _Verdict) -> Evidence:
    told: list[Said] = []
    for it in sorted(verdict.directives, key=lambda it: (it.kind == verdict.kind, it.begins))[::-1]:
        if told:
            told.append(
                Said("also {programme}, since {day}", programme=it.name, day=f"{it.begins}")
            )
        else:
            told.append(_in_force(it))
    told += [
        Said(
            "{programme} ended on {day}, and changes over a quarter still show what was done"
            " before",
            programme=it.name,
            day=f"{it.last}",
        )
        for it in verdict.over.values()
    ]
    if not told:
        told.append(Said("No programme was in force that the table knows"))
    return Evidence("directive", None, "", Said("{clauses}.", clauses=joined(_CLAUSES, told)))


def _in_force(programme: Programme) -> Said:
    facts = {
        "day": f"{programme.begins}",
        "programme": programme.name,
        "kind": _KINDS[programme.kind],
        "terms": programme.terms,
    }
    if not programme.words:
        return Said("In force since {day}: {programme}, {kind} by its terms: {terms}", **facts)
    return Said(
        'In force since {day}: {programme}, {kind} by its terms: {terms} ("{words}")',
        words=programme.words,
        **facts,
    )


def _basis(verdict: _Verdict) -> str:
    """What the verdict rests on, and what it lacks."""
    m = verdict.measures
    parts = []
    if m.basis is None:
        parts.append(
            Said(
                "the table of programmes alone; neither the weekly holdings nor Reserve Bank"
                " credit of that time are stored"
            )
        )
    else:
        parts.append(Said("{holdings}, to {day}", holdings=m.basis.words, day=f"{m.week}"))
        if m.other is None:
            parts.append(Said("without total assets, so that loans do not show"))
    if verdict.day > REVIEWED:
        parts.append(
            Said(
                "programmes as known up to {day}, when their table was last reviewed",
                day=f"{REVIEWED}",
            )
        )
    return joined(_CLAUSES, parts)
