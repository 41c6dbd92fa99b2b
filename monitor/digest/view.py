"""Assessment -> words and formatted numbers.

Every word and every number of the digest is written on this side, once; the page and the text are
two renditions of the same :class:`DigestView`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import monitor
from monitor import catalog
from monitor.digest import agenda, fed, moved, peers, purchases, sections, sentences
from monitor.digest.blocks import HTML_ONLY, Block, Figure, Paragraph, Section
from monitor.digest.charts import (
    assetchart,
    channelchart,
    clockchart,
    curvechart,
    forecastchart,
    spreadchart,
)
from monitor.digest.wording import Wording, clean, phrase
from monitor.domain import (
    EDITIONS,
    HEADLINE_HORIZON,
    Assessment,
    Band,
    Edition,
    History,
    RecessionScore,
)


@dataclass(frozen=True, slots=True)
class Headline:
    """The answer to how high the risk is.

    Attributes:
        value: probability within twelve months.
        target: what it is the probability of.
        interval: its interval, with the level.
        band: the word for it on the fixed scale.
        band_class: the same as the style sheet knows it.
        scale: the limits of the bands.
        notice: what the reader must know before anything else, or nothing.
        horizons: the other horizons as a chart.
    """

    value: str
    target: str
    interval: str
    band: str
    band_class: Band = field(metadata=HTML_ONLY)
    scale: str
    notice: str
    horizons: Figure


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of the first screen and its answer."""

    question: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestView:
    """One digest in words.

    Attributes:
        language: of the words, as BCP 47 writes it: ``en``, ``zh-CN``.
        subject: one line for a list of messages, in English of at most 90 characters; title of
            the page.
        preheader: what the list shows beside it: one or two sentences, in English of at most 110
            characters, that the subject has not said.
        product: whose digest it is, and which edition.
        date: the day of the assessment, or the days that a weekly or monthly digest covers.
        headline: how high the risk is.
        answers: what changed, why, what the Fed would do, and the state of the data.
        sections: everything else.
        in_words: what opens the description of a chart that is long.
        left_out_on_paper: which sections two sheets of paper do not hold.
        facts: how to reproduce the digest, as pairs of a label and a value.
        closing: units, sources and licence.
    """

    language: str = field(metadata=HTML_ONLY)
    subject: str = field(metadata=HTML_ONLY)
    preheader: str = field(metadata=HTML_ONLY)
    product: str
    date: str
    headline: Headline
    answers: tuple[Answer, ...]
    sections: tuple[Section, ...]
    in_words: str = field(metadata=HTML_ONLY)
    left_out_on_paper: str = field(metadata=HTML_ONLY)
    facts: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]


# ------------------------------------------------------------------------------------- the building
def build(
    say: Wording, assessment: Assessment, history: History, edition: Edition = "daily"
) -> DigestView:
    """The digest of one assessment.

    Args:
        say: the language of the digest.
        assessment: the verdict of the day.
        history: spread, inversions and recessions as they were known on that day.
        edition: how often this reader gets one.
    """
    score = assessment.recession
    told = _sections(say, assessment, history, edition)
    return DigestView(
        language=say.tag,
        subject=sentences.subject(say, assessment),
        preheader=sentences.preheader(say, assessment),
        product=say(_PRODUCTS[edition]),
        date=_covered(say, assessment, edition),
        headline=_headline(say, score),
        answers=_answers(say, assessment, history),
        sections=told,
        in_words=say("In words"),
        left_out_on_paper=say(
            "Only on the page and in the text: notes, some tables, and {sections}.",
            sections=say.listed(one.title for one in told if one.appendix),
        ),
        facts=(
            (say("As of"), say.day(assessment.as_of)),
            (say("Made"), say.instant(assessment.generated_at)),
            (say("Model"), clean(assessment.model_id)),
            *_policy_model(say, assessment),
            (say("Inputs (SHA-256)"), assessment.inputs_sha256[:12]),
            (say("Version"), monitor.__version__),
        ),
        closing=_closing(say, assessment),
    )


def _sections(
    say: Wording, assessment: Assessment, history: History, edition: Edition
) -> tuple[Section, ...]:
    """What is behind the first screen: the case, and then what it rests on."""
    score, curve = assessment.recession, assessment.inversion
    return (
        Section("moved", say("Why it moved"), moved.blocks(say, assessment)),
        Section("horizons", say("Probability by horizon"), sections.horizons(say, assessment)),
        Section("forecasts", say("The probability over time"), _forecasts(say, history)),
        Section(
            "curve",
            say("State of the curve"),
            (
                *sections.curve(say, curve, history),
                *_drawn(curvechart.figure(say, history)),
                *_drawn(clockchart.figure(say, history)),
            ),
        ),
        Section("fed", say("The Fed: odds and path"), fed.odds(say, assessment, history)),
        Section(
            "balance-sheet",
            say("The balance sheet"),
            (
                *_drawn(assetchart.figure(say, history)),
                *purchases.balance_sheet(say, assessment),
            ),
        ),
        Section(
            "channels",
            say("Channels of asset purchases"),
            (
                *_drawn(channelchart.figure(say, assessment.channels)),
                *purchases.channels(say, assessment),
            ),
        ),
        Section("peers", say("Beside others"), peers.blocks(say, assessment)),
        Section("watch", say("Watch list"), sections.watch(say, assessment.watch)),
        Section("agenda", say("Calendar"), agenda.blocks(say, assessment, edition)),
        Section("wrong", say("When this has been wrong"), sections.wrong(say, assessment, history)),
        Section(
            "models",
            say("What the figure is made of"),
            sections.models(say, score),
            appendix=True,
        ),
        Section(
            "record",
            say("Inversions and what followed"),
            sections.record(say, curve, history.episodes),
            appendix=True,
        ),
        Section("findings", say("Findings"), sections.findings(say, assessment), appendix=True),
        Section("data", say("Data"), sections.data(say, assessment), appendix=True),
    )


def _forecasts(say: Wording, history: History) -> tuple[Block, ...]:
    drawing = forecastchart.chart(say, history)
    if not drawing:
        return (Paragraph(forecastchart.describe(say, history)),)
    said = forecastchart.describe(say, history)
    legend = tuple((style, say(words)) for style, words in forecastchart.LEGEND)
    return (Figure(say(forecastchart.TITLE), said, legend, drawing, mail=True),)


def _drawn(figure: Figure | None) -> tuple[Figure, ...]:
    return () if figure is None else (figure,)


_PRODUCTS: Final[Mapping[Edition, str]] = {
    "daily": phrase("US recession monitor"),
    "weekly": phrase("US recession monitor, weekly digest"),
    "monthly": phrase("US recession monitor, monthly digest"),
}


def _covered(say: Wording, assessment: Assessment, edition: Edition) -> str:
    """The day of a daily digest; of another one the days since the one before."""
    if edition == EDITIONS[0] or assessment.previous is None:
        return say.day(assessment.as_of)
    return say.days(assessment.previous.as_of + timedelta(days=1), assessment.as_of)


def _headline(say: Wording, score: RecessionScore) -> Headline:
    interval = score.interval.get(HEADLINE_HORIZON)
    level = say.percent(score.level)
    return Headline(
        value=say.percent(score.headline),
        target=say("probability that an NBER recession starts within 12 months"),
        interval=say(
            "{level} interval {interval}", level=level, interval=say.percent_range(interval)
        )
        if interval
        else say("no interval is known"),
        band=say("band: {band}", band=say(sentences.BANDS[score.band])),
        band_class=score.band,
        scale=sentences.bands(say),
        notice=sentences.in_recession(say, score) or "",
        horizons=Figure(
            say("By horizon, with {level} intervals", level=level),
            spreadchart.describe_horizons(say, score),
            (),
            spreadchart.horizon_chart(say, score),
            mail=True,
        ),
    )


def _answers(say: Wording, assessment: Assessment, history: History) -> tuple[Answer, ...]:
    score, curve = assessment.recession, assessment.inversion
    return (
        Answer(say("What changed"), moved.answer(say, assessment)),
        Answer(
            say("Why"),
            (
                sentences.curve_state(say, curve),
                sentences.clock(say, curve, history.episodes),
                sentences.made_of(say, score),
            ),
        ),
        Answer(say("Already?"), (sentences.nowcast(say, score),)),
        Answer(say("The Fed"), fed.answer(say, assessment)),
        Answer(say("Data"), (sentences.data_state(say, assessment),)),
    )


def _policy_model(say: Wording, assessment: Assessment) -> tuple[tuple[str, str], ...]:
    name = clean(assessment.policy_model_id)
    return ((say("Model of policy"), name),) if name else ()


def _closing(say: Wording, assessment: Assessment) -> tuple[str, ...]:
    licences = {
        catalog.SERIES[name].licence for name in assessment.series if name in catalog.SERIES
    }
    owners = sorted({licence.removeprefix("public domain: ") for licence in licences})
    return (
        say("pp: percentage points; bp: basis points; bn: billions; m: months."),
        say("Yields, spreads and rates are per year."),
        say.text(
            say("Recession dates: NBER Business Cycle Dating Committee."),
            say("Data: {owners}.", owners=say.clauses(*map(say.told, owners))) if owners else "",
        ),
        say.text(
            say("Works of the US government are in the public domain."),
            say("Software: Apache License 2.0."),
        ),
        say("Not investment advice."),
    )
