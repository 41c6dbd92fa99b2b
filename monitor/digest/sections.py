"""The sections of the digest below the first screen: tables, lists and the chart of the spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from monitor import catalog
from monitor.digest import sentences
from monitor.digest.blocks import Block, Column, Figure, Items, Paragraph, Table
from monitor.digest.charts import forecastchart, spreadchart
from monitor.digest.sentences import Named
from monitor.digest.wording import (
    NONE,
    Wording,
    capital,
    clean,
    phrase,
    signed,
    unsigned,
    whole_percent,
)
from monitor.domain import (
    HEADLINE_HORIZON,
    Assessment,
    Episode,
    EpisodeRecord,
    Finding,
    Gauge,
    History,
    Inversion,
    MemberScore,
    Outcome,
    Reading,
    RecessionScore,
    SeriesSpec,
    Watch,
)

_COMPARED: Final = (6, HEADLINE_HORIZON, 24)
"""Horizons at which the models stand side by side."""


def horizons(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """Probability by horizon, of a start and of being in a recession, and its change."""
    score = assessment.recession
    level = say.percent(score.level)
    table = Table(
        say(
            "Probability that an NBER recession starts within the horizon, with {level} intervals,"
            " and of being in one",
            level=level,
        ),
        (
            Column(say("Months")),
            Column(say("Starts"), numeric=True),
            Column(say("{level} interval", level=level), numeric=True, wraps=True),
            Column(say("In one by then"), numeric=True),
            Column(say("In one at its end"), numeric=True),
        ),
        tuple(
            (
                f"{horizon}",
                say.percent(score.probability[horizon]),
                _interval(say, score, horizon),
                _percent(say, score.any, horizon),
                _percent(say, score.at, horizon),
            )
            for horizon in sorted(score.probability)
        ),
    )
    return (table, *_changes(say, assessment), Paragraph(sentences.last_word(say, score)))


def models(say: Wording, score: RecessionScore) -> tuple[Block, ...]:
    """The parts of the headline, and all models side by side."""
    parts = Table(
        say("Parts of the {n}-month probability; they add up to it", n=HEADLINE_HORIZON),
        (Column(say("Part")), Column(say("Points"), numeric=True)),
        (
            *(
                (capital(sentences.part_name(say, part)), say.share(part.points))
                for part in score.contributions
            ),
            (say("Together"), say.tenths(sum(part.points for part in score.contributions))),
        ),
    )
    level = say.percent(score.level)
    beside = Table(
        say("What each model says of a start within the horizon; weight: its part in the headline"),
        (
            Column(say("Model")),
            *(Column(say("{n} m", n=horizon), numeric=True) for horizon in _COMPARED),
            Column(
                say("{n} m, {level} interval", n=HEADLINE_HORIZON, level=level),
                numeric=True,
                wraps=True,
            ),
            Column(say("Weight"), numeric=True),
        ),
        tuple(
            (
                sentences.member_name(say, member),
                *(_percent(say, member.probability, horizon) for horizon in _COMPARED),
                _interval(say, member, HEADLINE_HORIZON),
                say.percent(member.weight) if member.weight else NONE,
            )
            for member in score.members
        ),
    )
    notes = tuple(
        say.pair(sentences.member_name(say, member), say.sentence(member.note))
        for member in score.members
    )
    blocks: list[Block] = [parts] if score.contributions else []
    if already := sentences.nowcast_parts(say, score):
        blocks.append(Paragraph(already))
    if not score.members:
        none = say("Of no model is a figure of its own known for this day.")
        return (*blocks, Paragraph(none))
    return (*blocks, beside, *([Items(notes)] if notes else []))


def _percent(say: Wording, probability: Mapping[int, float], horizon: int) -> str:
    return say.percent(probability[horizon]) if horizon in probability else NONE


def _interval(say: Wording, score: RecessionScore | MemberScore, horizon: int) -> str:
    interval = score.interval.get(horizon)
    return say.percent_range(interval) if interval else NONE


def _changes(say: Wording, assessment: Assessment) -> list[Block]:
    previous, now = assessment.previous, assessment.recession.probability
    if previous is None or previous.model_id != assessment.model_id:
        return []
    before = previous.probability
    rows = tuple(
        (
            sentences.months(say, horizon),
            say.percent(before[horizon]),
            say.percent(now[horizon]),
            say.probability_change(now[horizon], before[horizon]),
        )
        for horizon in sorted(now)
        if horizon in before
    )
    if all(row[-1] == say.unchanged for row in rows):
        same = say(
            "At no horizon has the probability changed since {day}.", day=say.day(previous.as_of)
        )
        return [Paragraph(same)] if rows else []
    columns = (
        Column(say("Horizon")),
        Column(say.day(previous.as_of), numeric=True),
        Column(say.day(assessment.as_of), numeric=True),
        Column(say("Change"), numeric=True),
    )
    return [Table(say("Change since the previous digest"), columns, rows)]


def curve(say: Wording, inversion: Inversion, history: History) -> tuple[Block, ...]:
    """The spread since its first month, its newest values and the inversion not yet settled."""
    spread = inversion.rule.spread
    rows = [
        (
            say("Spread {spread}, monthly mean", spread=spread),
            say.points(inversion.value),
            say.month(inversion.month),
        )
    ]
    if inversion.daily_value is not None and inversion.daily_date is not None:
        rows.append(
            (
                say("Spread {spread}, daily, constant maturities", spread=sentences.DAILY),
                say.points(inversion.daily_value),
                say.day(inversion.daily_date),
            )
        )
    inverted = say("yes") if inversion.inverted else say("no")
    rows.append((say("Inverted"), inverted, say.month(inversion.month)))
    rows += _episode_rows(say, inversion)
    table = Table(
        say("The curve now"),
        (Column(say("Measure")), Column(say("Value"), numeric=True), Column(say("When"))),
        tuple(rows),
    )
    blocks: list[Block] = [table]
    if inversion.episode is None:
        blocks.append(Paragraph(say("No inversion is under way and none has an open outcome.")))
    if history.spread:
        figure = Figure(
            say("Spread {spread} since {year}", spread=spread, year=history.spread[0][0].year),
            spreadchart.describe(say, history, spread),
            tuple((style, say(words)) for style, words in _LEGEND),
            spreadchart.spread_chart(say, history, spread),
            mail=True,
        )
        blocks.insert(0, figure)
    return tuple(blocks)


_LEGEND: Final = (
    ("recession", phrase("NBER recession")),
    ("inverted", phrase("inverted")),
    ("mark-hit", phrase("inversion followed by a recession")),
    ("mark-miss", phrase("not followed")),
    ("mark-open", phrase("open")),
)


def _episode_rows(say: Wording, curve: Inversion) -> list[tuple[str, str, str]]:
    episode, window = curve.episode, curve.window
    if episode is None:
        return []
    rows = [
        (
            say(_STATES["under way" if episode.ongoing else episode.outcome]),
            sentences.months(say, episode.months),
            sentences.span(say, episode),
        ),
        (say("Its trough"), say.points(episode.trough), say.month(episode.trough_month)),
    ]
    if window is not None:
        rows += [
            (say("If a recession follows, it starts by"), chance, say.month(when))
            for chance, when in (("10%", window.p10), ("50%", window.p50), ("90%", window.p90))
        ]
    if curve.false_alarm is not None:
        alarm = say.percent(curve.false_alarm)
        rows.append((say("Probability of a false alarm"), alarm, say.month(curve.month)))
    return rows


_STATES: Final = {
    "under way": phrase("Inversion, under way, outcome open"),
    "open": phrase("Inversion, ended, outcome open"),
    "hit": phrase("Inversion, ended, outcome hit"),
    "miss": phrase("Inversion, ended, outcome miss"),
}
_OUTCOMES: Final[dict[Outcome, str]] = {
    "hit": phrase("recession"),
    "miss": phrase("none"),
    "open": phrase("open"),
}


def record(say: Wording, inversion: Inversion, episodes: Sequence[Episode]) -> tuple[Block, ...]:
    """How often an inversion was followed by a recession, and every inversion known."""
    definition = Paragraph(sentences.definition(say, inversion.rule))
    if not inversion.record.episodes:
        return (definition, Paragraph(say("No inversion is on record by this day.")))
    counts = Table(
        say("The record; open outcomes are counted apart"),
        (
            Column(say("Inversions")),
            Column(say("Number"), numeric=True),
            Column(say("Recession"), numeric=True),
            Column(say("None"), numeric=True),
            Column(say("Open"), numeric=True),
            Column(say("Mean lag, months"), numeric=True),
        ),
        (
            _counts(say("All"), inversion.record),
            _counts(say("The last seven"), inversion.last_seven),
        ),
    )
    columns = (
        Column(say("Start")),
        Column(say("End")),
        Column(say("Months"), numeric=True),
        Column(say("Trough, pp"), numeric=True),
        Column(say("NBER peak")),
        Column(say("Lag, months"), numeric=True),
        Column(say("Outcome")),
    )
    table = Table(
        say("Every inversion; months counts inverted months, the lag runs from start to peak"),
        columns,
        tuple(_episode(say, episode) for episode in episodes),
    )
    return (definition, counts, table) if episodes else (definition, counts)


def _counts(name: str, record: EpisodeRecord) -> tuple[str, ...]:
    lag = record.mean_lag_months
    return (
        name,
        str(record.episodes),
        str(record.hits),
        str(record.misses),
        str(record.open),
        NONE if lag is None else f"{lag:.1f}",
    )


def _episode(say: Wording, episode: Episode) -> tuple[str, ...]:
    return (
        say.month(episode.start),
        say("goes on") if episode.ongoing else say.month(episode.end),
        str(episode.months),
        signed(episode.trough, 2),
        say.month(episode.peak) if episode.peak else NONE,
        NONE if episode.lag_months is None else str(episode.lag_months),
        say(_OUTCOMES[episode.outcome]),
    )


def watch(say: Wording, known: Watch) -> tuple[Block, ...]:
    """The watch list, and what it implies for the odds."""
    listed = [
        Named(say("Unemployment rate"), known.unemployment, 1),
        Named(say("Sahm gap"), known.sahm_gap, 2),
        Named(say("5-year breakeven"), known.breakeven_5y, 2),
        Named(say("10-year breakeven"), known.breakeven_10y, 2),
        Named(say("5y5y breakeven"), known.breakeven_5y5y, 2),
        Named(say("Michigan 1-year"), known.michigan_1y, 1),
        Named(say("Cleveland Fed 1-year"), known.cleveland_1y, 2),
        Named(say("Cleveland Fed 10-year"), known.cleveland_10y, 2),
        Named(say("Corporate debt to GDP"), known.debt_to_gdp, 1),
        Named(say("Bank C&I loans to GDP"), known.bank_loans_to_gdp, 1),
        Named(say("Profits to GDP"), known.profits_to_gdp, 1),
        Named(say("Nonfinancial profits"), known.nonfinancial_profits_to_gdp, 1),
        Named(say("SOFR less IORB"), known.sofr_less_iorb, 0),
        Named(say("EFFR less IORB"), known.effr_less_iorb, 0),
    ]
    notes = tuple(sentences.watch_notes(say, listed))
    return (
        *_gauges(
            say,
            say(
                "Latest value, change over 3 and 12 months, and percentile: the share of values"
                " since the year in brackets that were no higher"
            ),
            listed,
        ),
        *_implications(say, listed),
        *([Items(notes)] if notes else []),
    )


def _gauges(say: Wording, caption: str, gauges: Sequence[Named]) -> list[Block]:
    """A table of the gauges that are known, or nothing."""
    columns = (
        Column(say("Gauge")),
        Column(say("Latest"), numeric=True, wraps=True),
        Column(say("When")),
        Column(say("{n} m", n=3), numeric=True, wraps=True),
        Column(say("{n} m", n=12), numeric=True, wraps=True),
        Column(say("Percentile"), numeric=True, wraps=True),
    )
    rows = tuple(_gauge(say, one, one.gauge) for one in gauges if one.gauge is not None)
    return [Table(caption, columns, rows)] if rows else []


def _gauge(say: Wording, named: Named, gauge: Gauge) -> tuple[str, ...]:
    frequencies = {catalog.SERIES[name].frequency for name in gauge.series}
    if "quarterly" in frequencies:
        when = say.quarter(gauge.period)
    elif frequencies & {"daily", "weekly"}:
        when = say.day(gauge.period)
    else:
        when = say.month(gauge.period)
    place = NONE
    if gauge.percentile is not None and gauge.since is not None:
        place = say.aside(f"{whole_percent(gauge.percentile)}%", str(gauge.since.year))
    return (
        named.name,
        named.latest(say),
        when,
        say.change(gauge.change_3m, gauge.unit, named.digits),
        say.change(gauge.change_12m, gauge.unit, named.digits),
        place,
    )


def _implications(say: Wording, gauges: Sequence[Named]) -> list[Block]:
    rows = tuple(sentences.implications(say, gauges))
    columns = (Column(say("Odds of")), Column(say("Effect")), Column(say("Why")))
    caption = say(
        "What the gauges imply by rules of thumb: a reading aid that enters no probability, though"
        " the nowcast reads the Sahm gap itself"
    )
    return [Table(caption, columns, rows)] if rows else []


def findings(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """What the checks found, in their own words."""
    if not assessment.findings:
        return (Paragraph(say("The checks of the data found nothing to report.")),)
    items = []
    for code, found in groupby(_together(assessment.findings), key=lambda finding: finding.code):
        alike = list(found)
        if code in _TOGETHER and len(alike) >= _MANY:
            names = say.listed(clean(finding.series or "") for finding in alike)
            items.append(
                say.pair(say(_SEVERITIES[alike[0].severity]), say(_TOGETHER[code], names=names))
            )
        else:
            items += [
                say.pair(_about(say, finding), say.told(finding.message)) for finding in alike
            ]
    return (Items(tuple(items)),)


_SEVERITIES: Final = {
    "info": phrase("Note"),
    "warning": phrase("Warning"),
    "error": phrase("Error"),
}
_MANY: Final = 3
_TOGETHER: Final = {
    "stale": phrase("the next value of {names} is overdue; the table below says since when."),
    "revised_data": phrase(
        "of {names} no vintage of that day is stored; the earliest stored values stand in for some"
        " periods and may have been revised."
    ),
}
"""Findings that are told once for all their series where there are three or more."""


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each with those of its code, in the order in which codes first occur."""
    codes = [finding.code for finding in findings]
    return sorted(findings, key=lambda finding: codes.index(finding.code))


def _about(say: Wording, finding: Finding) -> str:
    """How grave it is, and the series in brackets unless the message names it."""
    severity, series = say(_SEVERITIES[finding.severity]), clean(finding.series or "")
    return say.aside(severity, series) if series and series not in finding.message else severity


def data(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """How fresh every series is; a watched series without a value has a row as well."""
    names = [*assessment.series]
    names += [name for name in catalog.WATCHED if name not in assessment.series]
    columns = (
        Column(say("Series")),
        Column(say("Newest"), numeric=True),
        Column(say("Period")),
        Column(say("Known since")),
        Column(say("Age, days"), numeric=True),
        Column(say("Next due")),
        Column(say("Source")),
        Column(say("State")),
    )
    rows = tuple(_series_row(say, name, assessment.series.get(name)) for name in names)
    caption = say("Every series read, its newest value and when the next is due")
    return (Table(caption, columns, rows, layout="stack"),)


_DIGITS: Final = {"UNRATE": 1}


def _series_row(say: Wording, name: str, reading: Reading | None) -> tuple[str, ...]:
    spec = catalog.SERIES.get(name)
    series = say.pair(clean(name), say.told(spec.title)) if spec else clean(name)
    if reading is None:
        return (series, *[NONE] * 6, say("no value"))
    dated = spec is not None and spec.frequency in ("daily", "weekly")
    state = say("overdue") if reading.stale else say("on time") if reading.due else say("ended")
    return (
        series,
        _value(say, name, reading.value, spec),
        say.day(reading.period) if dated else say.month(reading.period),
        say.day(reading.known_from),
        str(reading.age_days),
        say.day(reading.due) if reading.due else NONE,
        clean(reading.source),
        state,
    )


def _value(say: Wording, name: str, value: float, spec: SeriesSpec | None) -> str:
    if spec is None:
        return unsigned(value, 2)
    digits = _DIGITS.get(name, 2 if spec.unit == "percent" else 0)
    return say.amount(value, spec.unit, digits)


def wrong(say: Wording, assessment: Assessment, history: History) -> tuple[Block, ...]:
    """The uncomfortable paragraphs: of inversions, and of our own probability."""
    told = say.text(*sentences.wrong(say, assessment, history))
    ours = forecastchart.wrong(say, history)
    return (Paragraph(told), *([Paragraph(ours)] if ours else []))
