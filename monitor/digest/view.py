"""Assessment -> words and formatted numbers.

Every word and every number of the digest is written on this side, once; the page and the text are
two renditions of the same :class:`DigestView`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import monitor
from monitor import catalog
from monitor.digest import charts, fed, purchases, sections, sentences, wording
from monitor.digest.blocks import HTML_ONLY, Figure, Section
from monitor.digest.charts import History
from monitor.domain import HEADLINE_HORIZON, Assessment, Band, RecessionScore

__all__ = ["DigestView", "History", "build"]


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
        subject: one line of at most 90 characters for a list of messages; title of the page.
        product: whose digest it is.
        date: the day of the assessment.
        headline: how high the risk is.
        answers: what changed, why, what the Fed would do, and the state of the data.
        sections: everything else.
        facts: how to reproduce the digest, as pairs of a label and a value.
        closing: units, sources and licence.
    """

    subject: str = field(metadata=HTML_ONLY)
    product: str
    date: str
    headline: Headline
    answers: tuple[Answer, ...]
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...]
    closing: tuple[str, ...]


# ------------------------------------------------------------------------------------- the building
def build(assessment: Assessment, history: History) -> DigestView:
    """The digest of one assessment.

    Args:
        assessment: the verdict of the day.
        history: spread, inversions and recessions as they were known on that day.
    """
    score, curve = assessment.recession, assessment.inversion
    return DigestView(
        subject=sentences.subject(assessment),
        product="US recession monitor",
        date=wording.day(assessment.as_of),
        headline=_headline(score),
        answers=_answers(assessment, history),
        sections=(
            Section("horizons", "Probability by horizon", sections.horizons(assessment)),
            Section("models", "What the figure is made of", sections.models(score)),
            Section("curve", "State of the curve", sections.curve(curve, history)),
            Section(
                "record", "Inversions and what followed", sections.record(curve, history.episodes)
            ),
            Section("fed", "The Fed: odds and path", fed.odds(assessment, history)),
            Section("balance-sheet", "The balance sheet", purchases.balance_sheet(assessment)),
            Section("channels", "Channels of asset purchases", purchases.channels(assessment)),
            Section("watch", "Watch list", sections.watch(assessment.watch)),
            Section("wrong", "When this has been wrong", sections.wrong(assessment, history)),
            Section("findings", "Findings", sections.findings(assessment)),
            Section("data", "Data", sections.data(assessment)),
        ),
        facts=(
            ("As of", wording.day(assessment.as_of)),
            ("Made", wording.instant(assessment.generated_at)),
            ("Model", wording.clean(assessment.model_id)),
            *_policy_model(assessment),
            ("Inputs (SHA-256)", assessment.inputs_sha256[:12]),
            ("Version", monitor.__version__),
        ),
        closing=_closing(assessment),
    )


def _headline(score: RecessionScore) -> Headline:
    interval = score.interval.get(HEADLINE_HORIZON)
    level = wording.percent(score.level)
    return Headline(
        value=wording.percent(score.headline),
        target="probability that an NBER recession starts within 12 months",
        interval=f"{level} interval {wording.percent_range(interval)}"
        if interval
        else "no interval is known",
        band=f"band: {score.band}",
        band_class=score.band,
        scale=sentences.bands(),
        notice=sentences.in_recession(score) or "",
        horizons=Figure(
            f"By horizon, with {level} intervals",
            charts.describe_horizons(score),
            (),
            charts.horizon_chart(score),
        ),
    )


def _answers(assessment: Assessment, history: History) -> tuple[Answer, ...]:
    score, curve = assessment.recession, assessment.inversion
    return (
        Answer("What changed", (sentences.what_changed(assessment),)),
        Answer(
            "Why",
            (
                sentences.curve_state(curve),
                sentences.clock(curve, history.episodes),
                sentences.made_of(score),
            ),
        ),
        Answer("Already?", (sentences.nowcast(score),)),
        Answer("The Fed", fed.answer(assessment)),
        Answer("Data", (sentences.data_state(assessment),)),
    )


def _policy_model(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    name = wording.clean(assessment.policy_model_id)
    return (("Model of policy", name),) if name else ()


def _closing(assessment: Assessment) -> tuple[str, ...]:
    licences = {
        catalog.SERIES[name].licence for name in assessment.series if name in catalog.SERIES
    }
    owners = sorted({licence.removeprefix("public domain: ") for licence in licences})
    sources = f" Data: {'; '.join(owners)}." if owners else ""
    return (
        "pp: percentage points; bp: basis points; bn: billions; m: months.",
        "Yields, spreads and rates are per year.",
        f"Recession dates: NBER Business Cycle Dating Committee.{sources}",
        "Works of the US government are in the public domain. Software: Apache License 2.0.",
        "Not investment advice.",
    )
