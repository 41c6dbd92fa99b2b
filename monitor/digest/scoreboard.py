"""Backtest document -> the scoreboard as a page and as tables for a terminal.

The document is the answer of ``backtest --json``: one row for each member, target, horizon and
window, and besides the recessions, the false alarms, the bands and the past forecasts. Every
sentence is computed from it; which way a comparison goes is never known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import monitor
from monitor.digest import render, scoretables, sentences
from monitor.digest.blocks import Block, Figure, Items, Paragraph, Section, Table
from monitor.digest.charts import diagrams
from monitor.digest.charts.diagrams import Bar, Past
from monitor.digest.scoretables import MEASURES, Document, Row, Rows
from monitor.digest.view import Answer
from monitor.digest.wording import EN, NONE, clean, signed, whole_percent
from monitor.domain import HEADLINE_HORIZON
from monitor.model import factor, lag

_DRAWN: Final = (scoretables.POOL, lag.ID, scoretables.NYFED, "probit", "probit_lag6", "logit")
"""Members with a reliability diagram."""

_TARGETS: Final = {
    "start": "a recession starts within the horizon",
    "at": "the month at the end of the horizon is in recession",
    "any": "some month within the horizon is in recession",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page, and whether it stays folded until the reader opens it."""

    section: Section
    folded: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The scoreboard in words.

    Attributes:
        language: of the words, as BCP 47 writes it.
        subject: title of the page.
        product: what it is.
        date: month through which outcomes are settled.
        value: our Brier score in the newest window.
        target: what it is the score of, against the New York Fed's.
        scale: how to read it.
        answers: questions of the first screen.
        chart: the same scores beside each other, if there are any.
        parts: sections, from top to bottom.
        facts: pairs of a label and a value that say how the scores were made.
        closing: last sentences.
    """

    subject: str
    product: str
    date: str
    value: str
    target: str
    scale: str
    answers: tuple[Answer, ...]
    chart: Figure | None
    parts: tuple[Part, ...]
    facts: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]
    language: str = EN.tag


def page(document: Document, templates: Path | None = None) -> str:
    """The scoreboard as one page that needs no other file.

    Args:
        document: the answer of ``backtest --json``.
        templates: folder of the templates, if not the one that comes with the package.

    Raises:
        RenderError: the templates are missing or do not fit.
    """
    return render.fill_in("web/scoreboard.html", build(document), templates)


def text(document: Document) -> str:
    """The scoreboard for a terminal of 78 columns."""
    rows = Rows(document)
    said = (*_scored(rows), *_sure(rows)) if rows.windows else (_NOTHING,)
    blocks: list[Table | Paragraph] = [
        *(Paragraph(sentence) for sentence in said),
        *(scoretables.narrow(rows, window) for window in reversed(rows.windows)),
        *([scoretables.horizons(rows, short=True)] if rows.windows else []),
        *_episodes(document),
        Paragraph(_CAUTION),
    ]
    return "\n\n".join(_lines(block) for block in blocks) + "\n"


def _lines(block: Table | Paragraph) -> str:
    if isinstance(block, Table):
        return f"{render.fill(block.caption)}\n\n{render.lay_out(block)}"
    return render.fill(block.text)


def build(document: Document) -> Report:
    """Everything that the page says.

    Args:
        document: the answer of ``backtest --json``.
    """
    rows = Rows(document)
    reaches = EN.month(_month(document["data_through"]))
    return Report(
        subject=f"Recession model scoreboard - outcomes through {reaches}",
        product="Recession model scoreboard",
        date=reaches,
        value=scoretables.written(rows.ours(rows.newest), "brier"),
        target=_target(rows),
        scale="Mean squared error of the probabilities: 0 is perfect, lower is better.",
        answers=(
            Answer("The score", tuple(_scored(rows)) or (_NOTHING,)),
            *((Answer("How sure", tuple(_sure(rows))),) if rows.windows else ()),
            Answer("False alarms", tuple(_alarms(document))),
        ),
        chart=_chart(rows),
        parts=tuple(_parts(document, rows)),
        facts=_facts(document),
        closing=(_CAUTION,),
    )


_CAUTION: Final = "No one should trade on this alone."
_NOTHING: Final = (
    "No forecast of our pool has an outcome that is settled, so there is no score yet."
)


# ------------------------------------------------------------------------------------ first screen
def _target(rows: Rows) -> str:
    if not rows.windows:
        return f"No Brier score of our pool at {HEADLINE_HORIZON} months yet"
    ours, theirs = rows.ours(rows.newest), rows.theirs(rows.newest)
    said = (
        f"Brier score of our pool at {HEADLINE_HORIZON} months, {scoretables.window(rows.newest)}"
    )
    if not theirs:
        return said
    change = whole_percent(ours["brier"] / theirs["brier"] - 1)
    side = f"{abs(change)}% {'below' if change < 0 else 'above'}" if change else "as much as"
    return f"{said}: {side} the {theirs['brier']:.3f} of the New York Fed's published coefficients"


def _scored(rows: Rows) -> Iterator[str]:
    """One sentence for each window, the newest first."""
    for window in reversed(rows.windows):
        ours, theirs = rows.ours(window), rows.theirs(window)
        figures = [
            f"{measure.name} {scoretables.written(ours, measure.field)}"
            + (f" against {scoretables.written(theirs, measure.field)}" if theirs else "")
            for measure in MEASURES
            if measure.headline
        ]
        against = " for our pool against the New York Fed's coefficients" if theirs else ""
        yield (
            f"{scoretables.window(window)}: {EN.listed(figures)}{against}; "
            f"{sentences.months(EN, ours['n'])}, {_followed(ours)}."
        )


def _followed(row: Row) -> str:
    """How many of the months came before a recession, and before how many."""
    if not row["events"]:
        return "none of them before a recession start"
    of = "the one recession start"
    if row["events"] > 1:
        of = f"one of {row['events']} recession starts"
    return f"{row['positives']} of them within {HEADLINE_HORIZON} months before {of}"


def _sure(rows: Rows) -> Iterator[str]:
    events = rows.ours(rows.newest)["events"]
    if events:
        decide = EN.count(events, "{n} recession start decides", "{n} recession starts decide")
        yield (
            f"{decide} every figure here. The months before one start are one observation rather "
            "than twelve, and one more recession, or one more false alarm, would move all of them."
        )
    else:
        yield "No recession started: the figures only say how quiet the forecasts were."
    for window in reversed(rows.windows):
        span = rows.ours(window).get("difference", {}).get("brier")
        if not span:
            continue
        low, high = (signed(end, 3) for end in span)
        # As printed: an end that rounds to zero is not called different from it.
        apart = round(span[0], 3) > 0 or round(span[1], 3) < 0
        told = (
            "it leaves out zero, and would be wider still if recessions could be drawn anew"
            if apart
            else "it includes zero, so that the two cannot be told apart on this evidence"
        )
        yield (
            f"{scoretables.window(window)}: the 90% interval of our Brier score less the New York "
            f"Fed's is {low} to {high}; {told}."
        )
    if any(rows.theirs(window) for window in rows.windows):
        yield (
            f"The New York Fed's coefficients were estimated on outcomes through "
            f"{factor.ESTIMATED_THROUGH.year}: before that their forecasts are not out of sample."
        )


def _alarms(document: Document) -> Iterator[str]:
    alarms: Sequence[Row] = document.get("false_alarms", ())
    if not alarms:
        yield "No warning of our pool came without a recession after it."
    for alarm in alarms:
        span = scoretables.span(_month(alarm["start"]), _month(alarm["end"]))
        warned = (
            f"{sentences.months(EN, alarm['months'])} of warning, up to "
            f"{EN.percent(alarm['max_probability'])}"
        )
        if alarm.get("open"):
            yield f"{span} is open: {warned}, and the months after it are not over."
        else:
            yield f"{span} was a false alarm: {warned}, and no recession started."
    missed = [row for row in document.get("episodes", ()) if row["missed"]]
    if missed:
        starts = EN.listed([EN.month(_month(row["recession_start"])) for row in missed])
        many = "recession that started" if len(missed) == 1 else "recessions that started"
        yield f"Without a warning came the {many} in {starts}."


def _chart(rows: Rows) -> Figure | None:
    if not rows.windows:
        return None
    bars = [
        Bar(
            f"{name}, {scoretables.window(window)}",
            row["brier"],
            tuple(row["interval"]["brier"]) if row["interval"].get("brier") else None,
            strong=name == "Pool",
        )
        for window in reversed(rows.windows)
        for name, row in (
            ("Pool", rows.ours(window)),
            ("NY Fed", rows.theirs(window)),
            ("Climatology", rows.find("climatology", window)),
        )
        if row
    ]
    title = f"Brier scores at {HEADLINE_HORIZON} months with 90% intervals; lower is better"
    return Figure(title, title, (), diagrams.comparison(title, bars))


# ---------------------------------------------------------------------------------------- sections
def _parts(document: Document, rows: Rows) -> Iterator[Part]:
    """The sections for which the document has anything to say."""
    scored = bool(rows.windows)
    if scored:
        notes = Items(tuple(scoretables.notes(rows)))
        yield _part("members", "A start within twelve months", (scoretables.wide(rows), notes))
    if past := [_past(month) for month in document.get("history", ())]:
        yield _part("history", "What would have been said", (_history(past),))
    if scored:
        yield _part("horizons", "Other horizons", (scoretables.horizons(rows),))
        yield _part("reliability", "Reliability", tuple(_reliability(rows)))
    if told := _episodes(document):
        yield _part("episodes", "Recessions and false alarms", tuple(told))
    if bands := document.get("bands"):
        yield _part("bands", "The bands", (scoretables.bands(bands),))
    for window in reversed(rows.windows):
        blocks = (scoretables.calibration(rows, window), scoretables.by_horizon(rows, window))
        title = f"Every member in detail, {scoretables.window(window)}"
        yield _part(f"detail-{window}", title, blocks, folded=True)
    for target in rows.targets if scored else ():
        if target != "start":
            blocks = (scoretables.wide(rows, target), scoretables.horizons(rows, target))
            title = f"Another target: {_TARGETS.get(target, clean(target))}"
            yield _part(f"target-{target}", title, blocks, folded=True)


def _history(past: Sequence[Past]) -> Figure:
    return Figure(
        "Probability that a recession starts within twelve months, from what was known",
        diagrams.describe_history(past),
        _legend(past),
        diagrams.history(past),
    )


def _part(anchor: str, title: str, blocks: tuple[Block, ...], *, folded: bool = False) -> Part:
    return Part(Section(anchor, title, blocks), folded)


def _reliability(rows: Rows) -> Iterator[Block]:
    yield Paragraph(
        f"{scoretables.window(rows.newest)}, {HEADLINE_HORIZON} months: observed share of starts "
        "(upwards) against the mean forecast of its bin (to the right). The area of a dot is the "
        "number of months; the whisker is an 80% interval that takes months for independent, "
        "which they are not."
    )
    table = rows.table("start", HEADLINE_HORIZON, rows.newest)
    shown = [row for row in table if row["reliability"] and row["member"] in _DRAWN]
    for number, row in enumerate(shown, start=1):
        name = scoretables.member(row["member"])
        said = diagrams.describe_reliability(name, row["reliability"])
        svg = diagrams.reliability(name, row["reliability"], number)
        yield Figure(f"Reliability of {name}", said, (), svg)


def _episodes(document: Document) -> list[Table | Paragraph]:
    blocks: list[Table | Paragraph] = []
    level = document.get("options", {}).get("warning")
    if level is not None:
        blocks.append(
            Paragraph(
                f"A warning is a month in which our pool gives at least {EN.percent(level)} "
                f"for a start within {HEADLINE_HORIZON} months. The lead runs from the first month "
                "of the last unbroken run of warnings to the first month of the recession."
            )
        )
    if document.get("episodes"):
        blocks.append(scoretables.recessions(document["episodes"]))
    if document.get("false_alarms"):
        blocks.append(scoretables.false_alarms(document["false_alarms"]))
    return blocks


def _past(row: Row) -> Past:
    said = row.get("probability") or {}
    return Past(
        _month(row["month"]),
        said.get(str(HEADLINE_HORIZON)),
        row.get("low"),
        row.get("high"),
        row.get("nyfed"),
        bool(row["in_recession"]),
    )


def _legend(past: Sequence[Past]) -> tuple[tuple[str, str], ...]:
    interval = (
        [("key-likely", "its interval")] if any(month.low is not None for month in past) else []
    )
    return (
        ("key-ours", "our pool"),
        *interval,
        ("key-theirs", "New York Fed's published coefficients"),
        ("recession", "recession"),
    )


def _facts(document: Document) -> tuple[tuple[str, str], ...]:
    told = [
        ("Recession Monitor", monitor.__version__),
        ("As of", EN.day(date.fromisoformat(document["as_of"]))),
        ("First origin", EN.month(_month(document["first_origin"]))),
        ("Model", clean(str(document["model_id"]))),
    ]
    options: Mapping[str, Any] = document.get("options", {})
    told += [
        (clean(name.replace("_", " ").capitalize()), _option(value))
        for name, value in options.items()
    ]
    return tuple(told)


def _option(value: object) -> str:
    if isinstance(value, Mapping):
        value = [f"{name} {_option(part)}".replace("_", " ") for name, part in value.items()]
    if isinstance(value, list | tuple):
        return EN.listed([_option(part) for part in value]) if value else NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value))


def _month(text: str) -> date:
    """A month of the document, ``1990-07`` or ``1990-07-01``."""
    return date.fromisoformat(f"{text[:7]}-01")
