"""The sections of the digest below the first screen: tables, lists and the chart of the spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from monitor import catalog
from monitor.digest import charts, sentences, wording
from monitor.digest.blocks import Block, Column, Figure, Items, Paragraph, Table
from monitor.digest.charts import History
from monitor.digest.sentences import Named
from monitor.domain import (
    HEADLINE_HORIZON,
    Assessment,
    Episode,
    EpisodeRecord,
    Finding,
    Gauge,
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


def horizons(assessment: Assessment) -> tuple[Block, ...]:
    """Probability by horizon, of a start and of being in a recession, and its change."""
    score = assessment.recession
    level = wording.percent(score.level)
    table = Table(
        f"Probability that an NBER recession starts within the horizon, with {level} intervals,"
        " and of being in one",
        (
            Column("Months"),
            Column("Starts", numeric=True),
            Column(f"{level} interval", numeric=True, wraps=True),
            Column("In one by then", numeric=True),
            Column("In one at its end", numeric=True),
        ),
        tuple(
            (
                f"{horizon}",
                wording.percent(score.probability[horizon]),
                _interval(score, horizon),
                _percent(score.any, horizon),
                _percent(score.at, horizon),
            )
            for horizon in sorted(score.probability)
        ),
    )
    return (table, *_changes(assessment), Paragraph(sentences.last_word(score)))


def models(score: RecessionScore) -> tuple[Block, ...]:
    """The parts of the headline, and all models side by side."""
    parts = Table(
        f"Parts of the {HEADLINE_HORIZON}-month probability; they add up to it",
        (Column("Part"), Column("Points", numeric=True)),
        (
            *(
                (wording.capital(sentences.part_name(part)), wording.share(part.points))
                for part in score.contributions
            ),
            ("Together", wording.tenths(sum(part.points for part in score.contributions))),
        ),
    )
    level = wording.percent(score.level)
    beside = Table(
        "What each model says of a start within the horizon; weight: its part in the headline",
        (
            Column("Model"),
            *(Column(f"{horizon} m", numeric=True) for horizon in _COMPARED),
            Column(f"{HEADLINE_HORIZON} m, {level} interval", numeric=True, wraps=True),
            Column("Weight", numeric=True),
        ),
        tuple(
            (
                sentences.member_name(member),
                *(_percent(member.probability, horizon) for horizon in _COMPARED),
                _interval(member, HEADLINE_HORIZON),
                wording.percent(member.weight) if member.weight else wording.NONE,
            )
            for member in score.members
        ),
    )
    notes = tuple(
        f"{sentences.member_name(member)}: {wording.sentence(member.note)}"
        for member in score.members
    )
    blocks: list[Block] = [parts] if score.contributions else []
    if already := sentences.nowcast_parts(score):
        blocks.append(Paragraph(already))
    return (*blocks, beside, *([Items(notes)] if notes else []))


def _percent(probability: Mapping[int, float], horizon: int) -> str:
    return wording.percent(probability[horizon]) if horizon in probability else wording.NONE


def _interval(score: RecessionScore | MemberScore, horizon: int) -> str:
    interval = score.interval.get(horizon)
    return wording.percent_range(interval) if interval else wording.NONE


def _changes(assessment: Assessment) -> list[Block]:
    previous, now = assessment.previous, assessment.recession.probability
    if previous is None or previous.model_id != assessment.model_id:
        return []
    before = previous.probability
    rows = tuple(
        (
            f"{horizon} months",
            wording.percent(before[horizon]),
            wording.percent(now[horizon]),
            wording.probability_change(now[horizon], before[horizon]),
        )
        for horizon in sorted(now)
        if horizon in before
    )
    if all(row[-1] == wording.UNCHANGED for row in rows):
        same = f"At no horizon has the probability changed since {wording.day(previous.as_of)}."
        return [Paragraph(same)] if rows else []
    columns = (
        Column("Horizon"),
        Column(wording.day(previous.as_of), numeric=True),
        Column(wording.day(assessment.as_of), numeric=True),
        Column("Change", numeric=True),
    )
    return [Table("Change since the previous digest", columns, rows)]


def curve(inversion: Inversion, history: History) -> tuple[Block, ...]:
    """The spread since its first month, its newest values and the inversion not yet settled."""
    rows = [(f"Spread {inversion.rule.spread}, monthly mean", wording.points(inversion.value),
             wording.month(inversion.month))]  # fmt: skip
    if inversion.daily_value is not None and inversion.daily_date is not None:
        rows.append(
            (
                f"Spread {sentences.DAILY}, daily, constant maturities",
                wording.points(inversion.daily_value),
                wording.day(inversion.daily_date),
            )
        )
    rows.append(
        ("Inverted", "yes" if inversion.inverted else "no", wording.month(inversion.month)),
    )
    rows += _episode_rows(inversion)
    table = Table(
        "The curve now",
        (Column("Measure"), Column("Value", numeric=True), Column("When")),
        tuple(rows),
    )
    blocks: list[Block] = [table]
    if inversion.episode is None:
        blocks.append(Paragraph("No inversion is under way and none has an open outcome."))
    if history.spread:
        svg = charts.spread_chart(history, inversion.rule.spread)
        figure = Figure(
            f"Spread {inversion.rule.spread} since {history.spread[0][0].year}",
            charts.describe(history, inversion.rule.spread),
            _LEGEND,
            svg,
        )
        blocks.insert(0, figure)
    return tuple(blocks)


_LEGEND: Final = (
    ("recession", "NBER recession"),
    ("inverted", "inverted"),
    ("mark-hit", "inversion followed by a recession"),
    ("mark-miss", "not followed"),
    ("mark-open", "open"),
)


def _episode_rows(curve: Inversion) -> list[tuple[str, str, str]]:
    episode, window = curve.episode, curve.window
    if episode is None:
        return []
    state = "under way" if episode.ongoing else "ended"
    rows = [
        (
            f"Inversion, {state}, outcome {episode.outcome}",
            wording.count(episode.months, "month", "months"),
            sentences.span(episode),
        ),
        ("Its trough", wording.points(episode.trough), wording.month(episode.trough_month)),
    ]
    if window is not None:
        rows += [
            ("If a recession follows, it starts by", chance, wording.month(when))
            for chance, when in (("10%", window.p10), ("50%", window.p50), ("90%", window.p90))
        ]
    if curve.false_alarm is not None:
        alarm = wording.percent(curve.false_alarm)
        rows.append(("Probability of a false alarm", alarm, wording.month(curve.month)))
    return rows


_OUTCOMES: Final[dict[Outcome, str]] = {"hit": "recession", "miss": "none", "open": "open"}


def record(inversion: Inversion, episodes: Sequence[Episode]) -> tuple[Block, ...]:
    """How often an inversion was followed by a recession, and every inversion known."""
    definition = Paragraph(sentences.definition(inversion.rule))
    if not inversion.record.episodes:
        return (definition, Paragraph("No inversion is on record by this day."))
    counts = Table(
        "The record; open outcomes are counted apart",
        (
            Column("Inversions"),
            Column("Number", numeric=True),
            Column("Recession", numeric=True),
            Column("None", numeric=True),
            Column("Open", numeric=True),
            Column("Mean lag, months", numeric=True),
        ),
        (_counts("All", inversion.record), _counts("The last seven", inversion.last_seven)),
    )
    columns = (
        Column("Start"),
        Column("End"),
        Column("Months", numeric=True),
        Column("Trough, pp", numeric=True),
        Column("NBER peak"),
        Column("Lag, months", numeric=True),
        Column("Outcome"),
    )
    table = Table(
        "Every inversion; months counts inverted months, the lag runs from start to peak",
        columns,
        tuple(_episode(episode) for episode in episodes),
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
        wording.NONE if lag is None else f"{lag:.1f}",
    )


def _episode(episode: Episode) -> tuple[str, ...]:
    return (
        wording.month(episode.start),
        "goes on" if episode.ongoing else wording.month(episode.end),
        str(episode.months),
        wording.signed(episode.trough, 2),
        wording.month(episode.peak) if episode.peak else wording.NONE,
        wording.NONE if episode.lag_months is None else str(episode.lag_months),
        _OUTCOMES[episode.outcome],
    )


def watch(known: Watch) -> tuple[Block, ...]:
    """The watch list, and what it implies for the odds."""
    listed = [
        Named("Unemployment rate", known.unemployment, 1),
        Named("Sahm gap", known.sahm_gap, 2),
        Named("5-year breakeven", known.breakeven_5y, 2),
        Named("10-year breakeven", known.breakeven_10y, 2),
        Named("5y5y breakeven", known.breakeven_5y5y, 2),
        Named("Michigan 1-year", known.michigan_1y, 1),
        Named("Cleveland Fed 1-year", known.cleveland_1y, 2),
        Named("Cleveland Fed 10-year", known.cleveland_10y, 2),
        Named("Corporate debt to GDP", known.debt_to_gdp, 1),
        Named("Bank C&I loans to GDP", known.bank_loans_to_gdp, 1),
        Named("Profits to GDP", known.profits_to_gdp, 1),
        Named("Nonfinancial profits", known.nonfinancial_profits_to_gdp, 1),
        Named("SOFR less IORB", known.sofr_less_iorb, 0),
        Named("EFFR less IORB", known.effr_less_iorb, 0),
    ]
    notes = tuple(sentences.watch_notes(listed))
    return (
        *_gauges(
            "Latest value, change over 3 and 12 months, and percentile: the share of values since"
            " the year in brackets that were no higher",
            listed,
        ),
        *_implications(listed),
        *([Items(notes)] if notes else []),
    )


def _gauges(caption: str, gauges: Sequence[Named]) -> list[Block]:
    """A table of the gauges that are known, or nothing."""
    columns = (
        Column("Gauge"),
        Column("Latest", numeric=True, wraps=True),
        Column("When"),
        Column("3 m", numeric=True, wraps=True),
        Column("12 m", numeric=True, wraps=True),
        Column("Percentile", numeric=True, wraps=True),
    )
    rows = tuple(_gauge(one, one.gauge) for one in gauges if one.gauge is not None)
    return [Table(caption, columns, rows)] if rows else []


def _gauge(named: Named, gauge: Gauge) -> tuple[str, ...]:
    frequencies = {catalog.SERIES[name].frequency for name in gauge.series}
    if "quarterly" in frequencies:
        when = wording.quarter(gauge.period)
    elif frequencies & {"daily", "weekly"}:
        when = wording.day(gauge.period)
    else:
        when = wording.month(gauge.period)
    place = wording.NONE
    if gauge.percentile is not None and gauge.since is not None:
        place = f"{wording.whole_percent(gauge.percentile)}% ({gauge.since.year})"
    return (
        named.name,
        named.latest,
        when,
        wording.change(gauge.change_3m, gauge.unit, named.digits),
        wording.change(gauge.change_12m, gauge.unit, named.digits),
        place,
    )


def _implications(gauges: Sequence[Named]) -> list[Block]:
    rows = tuple(sentences.implications(gauges))
    columns = (Column("Odds of"), Column("Effect"), Column("Why"))
    caption = (
        "What the gauges imply by rules of thumb: a reading aid that enters no probability, though"
        " the nowcast reads the Sahm gap itself"
    )
    return [Table(caption, columns, rows)] if rows else []


def findings(assessment: Assessment) -> tuple[Block, ...]:
    """What the checks found, in their own words."""
    if not assessment.findings:
        return (Paragraph("The checks of the data found nothing to report."),)
    items = []
    for code, found in groupby(_together(assessment.findings), key=lambda finding: finding.code):
        alike = list(found)
        if code in _TOGETHER and len(alike) >= _MANY:
            names = wording.listed([wording.clean(finding.series or "") for finding in alike])
            items.append(f"{_SEVERITIES[alike[0].severity]}: {_TOGETHER[code].format(names)}")
        else:
            items += [
                f"{_SEVERITIES[finding.severity]}{_about(finding)}: "
                f"{wording.clean(finding.message)}"
                for finding in alike
            ]
    return (Items(tuple(items)),)


_SEVERITIES: Final = {"info": "Note", "warning": "Warning", "error": "Error"}
_MANY: Final = 3
_TOGETHER: Final = {
    "stale": "the next value of {} is overdue; the table below says since when.",
    "revised_data": (
        "of {} no vintage of that day is stored; the earliest stored values stand in for some "
        "periods and may have been revised."
    ),
}
"""Findings that are told once for all their series where there are three or more."""


def _together(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each with those of its code, in the order in which codes first occur."""
    codes = [finding.code for finding in findings]
    return sorted(findings, key=lambda finding: codes.index(finding.code))


def _about(finding: Finding) -> str:
    """The series in brackets, unless the message names it."""
    series = wording.clean(finding.series or "")
    return f" ({series})" if series and series not in finding.message else ""


def data(assessment: Assessment) -> tuple[Block, ...]:
    """How fresh every series is; a watched series without a value has a row as well."""
    names = [*assessment.series]
    names += [name for name in catalog.WATCHED if name not in assessment.series]
    columns = (
        Column("Series"),
        Column("Newest", numeric=True),
        Column("Period"),
        Column("Known since"),
        Column("Age, days", numeric=True),
        Column("Next due"),
        Column("Source"),
        Column("State"),
    )
    rows = tuple(_series_row(name, assessment.series.get(name)) for name in names)
    return (Table("Every series read, its newest value and when the next is due", columns, rows,
                  layout="stack"),)  # fmt: skip


_DIGITS: Final = {"UNRATE": 1}


def _series_row(name: str, reading: Reading | None) -> tuple[str, ...]:
    spec = catalog.SERIES.get(name)
    series = f"{wording.clean(name)}: {spec.title}" if spec else wording.clean(name)
    if reading is None:
        return (series, *[wording.NONE] * 6, "no value")
    dated = spec is not None and spec.frequency in ("daily", "weekly")
    state = "overdue" if reading.stale else "on time" if reading.due else "ended"
    return (
        series,
        _value(name, reading.value, spec),
        wording.day(reading.period) if dated else wording.month(reading.period),
        wording.day(reading.known_from),
        str(reading.age_days),
        wording.day(reading.due) if reading.due else wording.NONE,
        wording.clean(reading.source),
        state,
    )


def _value(name: str, value: float, spec: SeriesSpec | None) -> str:
    if spec is None:
        return wording.unsigned(value, 2)
    digits = _DIGITS.get(name, 2 if spec.unit == "percent" else 0)
    return wording.amount(value, spec.unit, digits)


def wrong(assessment: Assessment, history: History) -> tuple[Block, ...]:
    """The uncomfortable paragraph."""
    return (Paragraph(" ".join(sentences.wrong(assessment, history))),)
