"""What the Fed buys, in the digest: the regime of the balance sheet, and channels of purchases.

The evidence of the regime and the notes of the channels come from the models in words; everything
else is said here by rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from monitor import catalog
from monitor.digest import sentences
from monitor.digest.blocks import Block, Column, Items, Paragraph, Table
from monitor.digest.charts import channelchart
from monitor.digest.wording import NONE, Wording, capital, phrase, signed, whole_percent
from monitor.domain import Assessment, ChannelReading, Gauge, RegimeKind

_REGIMES: Final[Mapping[RegimeKind, str]] = {
    "qe": phrase("QE since {day}: purchases that take duration out of the market."),
    "reserve_management": phrase(
        "Reserve management since {day}: bills and repo that supply reserves. Such organic growth"
        " is not QE."
    ),
    "qt": phrase("Run-off (QT) since {day}: holdings that mature are not replaced in full."),
    "lending": phrase(
        "Lending since {day}: loans to banks and markets. Growth by loans is not QE."
    ),
    "yield_cap": phrase("Yield cap since {day}: purchases that hold yields at a peg."),
    "steady": phrase("Steady since {day}: neither purchases nor loans nor a run-off stand out."),
}
"""Each regime, and what it is."""

_PROGRAMMES: Final[Mapping[str, str]] = {"organic": phrase("Organic")}
"""Those whose name is a word."""


# ---------------------------------------------------------------------------------- balance sheet
def balance_sheet(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """What kind of growth it is, since when and why, and how large the balance sheet is."""
    regime, known = assessment.regime, assessment.watch
    blocks: list[Block] = []
    if regime is None:
        blocks.append(Paragraph(say("No regime can be told for this day.")))
    else:
        blocks.append(Paragraph(say(_REGIMES[regime.kind], day=say.day(regime.start))))
        if regime.evidence:
            blocks.append(Items(tuple(say.sentence(it.text) for it in regime.evidence)))
        basis = say.sentence(regime.basis)
        blocks.append(Paragraph(say("Judged from {basis}", basis=basis)))
    gauges = [sentences.Named(say("Total assets"), known.total_assets, 0)]
    if known.total_assets is None:
        credit = sentences.Named(say("Reserve Bank credit"), known.reserve_bank_credit, 0)
        gauges.append(credit)
    gauges.append(sentences.Named(say("Reserves of banks"), known.reserves, 0))
    rows = tuple(_gauge(say, one.name, one.latest(say), one.gauge) for one in gauges if one.gauge)
    if rows:
        columns = (
            Column(say("Amount")),
            Column(say("Latest"), numeric=True, wraps=True),
            Column(say("When")),
            Column(say("{n} m", n=3), numeric=True, wraps=True),
            Column(say("{n} m", n=12), numeric=True, wraps=True),
        )
        caption = say("Size of the balance sheet, and its change over 3 and 12 months")
        blocks.append(Table(caption, columns, rows))
    missing = [one.name for one in gauges[1:] if one.gauge is None]
    told = []
    if missing:
        told.append(say("Not known for this day: {names}.", names=say.listed(missing)))
    if known.total_assets is None:
        told.append(
            say(
                "Total assets (WALCL) are not in the bundled history; they appear once a publisher"
                " answers."
            )
        )
    return (*blocks, *([Paragraph(say.text(*told))] if told else []))


def _gauge(say: Wording, name: str, latest: str, gauge: Gauge) -> tuple[str, ...]:
    weekly = any(catalog.SERIES[it].frequency == "weekly" for it in gauge.series)
    return (
        name,
        latest,
        say.day(gauge.period) if weekly else say.month(gauge.period),
        say.change(gauge.change_3m, gauge.unit, 0),
        say.change(gauge.change_12m, gauge.unit, 0),
    )


# --------------------------------------------------------------------------------------- channels
def channels(say: Wording, assessment: Assessment) -> tuple[Block, ...]:
    """The channels of asset purchases: where each stands and how far past programmes moved it."""
    known = assessment.channels
    if not known:
        return (Paragraph(say("No channel of asset purchases was read for this day.")),)
    columns = (
        Column(say("Channel")),
        Column(say("Latest"), numeric=True, wraps=True),
        Column(say("When")),
        Column(say("Percentile"), numeric=True, wraps=True),
        Column(say("13 weeks"), numeric=True, wraps=True),
        Column(say("Direction")),
    )
    now = Table(
        say(
            "Latest value, percentile: the share of values since the year in brackets that were no"
            " higher, change over 13 weeks, and what that change does to financial conditions"
        ),
        columns,
        tuple(_channel(say, one) for one in known),
    )
    table = [now] if any(one.value is not None for one in known) else []
    return (*table, *_programmes(say, known, assessment.confounded), _notes(say, known))


def _notes(say: Wording, known: Sequence[ChannelReading]) -> Items:
    """What each channel is read from and what must be known to read it; which are missing.

    For second opinions the digest has no room.
    """
    notes = [
        say.text(
            say.pair(say(channelchart.NAMES[one.channel]), say.sentence(one.proxy)),
            say.sentence(one.note),
        )
        for one in known
        if one.value is not None
    ]
    names = [
        say.aside(say(channelchart.NAMES[one.channel]), say.told(one.proxy))
        for one in known
        if one.value is None
    ]
    if names:
        channels = say.clauses(*names)
        notes.append(say("Not stored, or not known for this day: {channels}.", channels=channels))
    return Items(tuple(notes), quiet=True)


def _channel(say: Wording, reading: ChannelReading) -> tuple[str, ...]:
    name = say(channelchart.NAMES[reading.channel])
    if reading.value is None or reading.period is None:
        return (name, say("not stored"), *[NONE] * 4)
    frequencies = {catalog.SERIES[it].frequency for it in reading.series if it in catalog.SERIES}
    monthly = "monthly" in frequencies
    place = NONE
    if reading.percentile is not None and reading.since is not None:
        place = say.aside(f"{whole_percent(reading.percentile)}%", f"{reading.since.year}")
    return (
        name,
        say.amount(reading.value, reading.unit, 2),
        say.month(reading.period) if monthly else say.day(reading.period),
        place,
        say.change(reading.change_13w, reading.unit, 2),
        say(channelchart.DIRECTIONS[reading.direction]) if reading.direction else NONE,
    )


def _programmes(
    say: Wording, known: Sequence[ChannelReading], confounded: Sequence[str]
) -> list[Block]:
    """How far each channel moved at the announcements of past programmes."""
    names = list(dict.fromkeys(name for one in known for name in one.moves))
    if not names:
        return [Paragraph(say("No programme of purchases had been announced by this day."))]
    titles = [
        (say(_PROGRAMMES[name]) if name in _PROGRAMMES else capital(name))
        + ("*" if name in confounded else "")
        for name in names
    ]
    rows = tuple(
        (say(channelchart.NAMES[one.channel]), *(_moved(one.moves.get(name)) for name in names))
        for one in known
        if any(move is not None for move in one.moves.values())
    )
    if not rows:
        return [
            Paragraph(
                say(
                    "Of no channel daily values around the announcements of past programmes are"
                    " stored."
                )
            )
        ]
    columns = (Column(say("Channel")), *(Column(title, numeric=True) for title in titles))
    caption = (
        say(
            "Moves at the announcements of past programmes: sums of two-day changes, in basis"
            " points; * other news came with it"
        )
        if any(name in confounded for name in names)
        else say(
            "Moves at the announcements of past programmes: sums of two-day changes, in basis"
            " points"
        )
    )
    return [Table(caption, columns, rows)]


def _moved(move: int | None) -> str:
    return NONE if move is None else signed(move, 0)
