"""What the Fed buys, in the digest: the regime of the balance sheet, and channels of purchases.

The evidence of the regime and the notes of the channels come from the models in words; everything
else is said here by rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from monitor import catalog
from monitor.digest import sentences, wording
from monitor.digest.blocks import Block, Column, Items, Paragraph, Table
from monitor.domain import Assessment, Channel, ChannelReading, Gauge, RegimeKind

_REGIMES: Final[Mapping[RegimeKind, tuple[str, str]]] = {
    "qe": ("QE", "purchases that take duration out of the market"),
    "reserve_management": (
        "Reserve management",
        "bills and repo that supply reserves. Such organic growth is not QE",
    ),
    "qt": ("Run-off (QT)", "holdings that mature are not replaced in full"),
    "lending": ("Lending", "loans to banks and markets. Growth by loans is not QE"),
    "yield_cap": ("Yield cap", "purchases that hold yields at a peg"),
    "steady": ("Steady", "neither purchases nor loans nor a run-off stand out"),
}
"""Each regime, and what it is."""

_CHANNELS: Final[Mapping[Channel, str]] = {
    "signalling": "Signalling",
    "duration_risk": "Duration risk",
    "liquidity_premium": "Liquidity premium",
    "safety_premium": "Safety premium",
    "prepayment_risk": "Prepayment risk",
    "default_risk": "Default risk",
    "inflation_expectations": "Expected inflation",
}
"""Name of each channel, short enough for a table of 78 columns."""

_OPINION: Final = "Second opinion:"
"""Where a note turns to other series, which the digest has no room for."""


# ---------------------------------------------------------------------------------- balance sheet
def balance_sheet(assessment: Assessment) -> tuple[Block, ...]:
    """What kind of growth it is, since when and why, and how large the balance sheet is."""
    regime, known = assessment.regime, assessment.watch
    blocks: list[Block] = []
    if regime is None:
        blocks.append(Paragraph("No regime can be told for this day."))
    else:
        name, meaning = _REGIMES[regime.kind]
        blocks.append(Paragraph(f"{name} since {wording.day(regime.start)}: {meaning}."))
        if regime.evidence:
            blocks.append(Items(tuple(wording.sentence(it.text) for it in regime.evidence)))
        blocks.append(Paragraph(f"Judged from {wording.sentence(regime.basis)}"))
    gauges = [sentences.Named("Total assets", known.total_assets, 0)]
    if known.total_assets is None:
        gauges.append(sentences.Named("Reserve Bank credit", known.reserve_bank_credit, 0))
    gauges.append(sentences.Named("Reserves of banks", known.reserves, 0))
    rows = tuple(_gauge(one.name, one.latest, one.gauge) for one in gauges if one.gauge)
    if rows:
        columns = (
            Column("Amount"),
            Column("Latest", numeric=True, wraps=True),
            Column("When"),
            Column("3 m", numeric=True, wraps=True),
            Column("12 m", numeric=True, wraps=True),
        )
        caption = "Size of the balance sheet, and its change over 3 and 12 months"
        blocks.append(Table(caption, columns, rows))
    missing = [one.name for one in gauges[1:] if one.gauge is None]
    told = [f"Not known for this day: {wording.listed(missing)}."] if missing else []
    if known.total_assets is None:
        told.append(
            "Total assets (WALCL) are not in the bundled history; they appear once a publisher"
            " answers."
        )
    return (*blocks, *([Paragraph(" ".join(told))] if told else []))


def _gauge(name: str, latest: str, gauge: Gauge) -> tuple[str, ...]:
    weekly = any(catalog.SERIES[it].frequency == "weekly" for it in gauge.series)
    return (
        name,
        latest,
        wording.day(gauge.period) if weekly else wording.month(gauge.period),
        wording.change(gauge.change_3m, gauge.unit, 0),
        wording.change(gauge.change_12m, gauge.unit, 0),
    )


# --------------------------------------------------------------------------------------- channels
def channels(assessment: Assessment) -> tuple[Block, ...]:
    """The channels of asset purchases: where each stands and how far past programmes moved it."""
    known = assessment.channels
    if not known:
        return (Paragraph("No channel of asset purchases was read for this day."),)
    columns = (
        Column("Channel"),
        Column("Latest", numeric=True, wraps=True),
        Column("When"),
        Column("Percentile", numeric=True, wraps=True),
        Column("13 weeks", numeric=True, wraps=True),
        Column("Direction"),
    )
    now = Table(
        "Latest value, percentile: the share of values since the year in brackets that were no"
        " higher, change over 13 weeks, and what that change does to financial conditions",
        columns,
        tuple(_channel(one) for one in known),
    )
    table = [now] if any(one.value is not None for one in known) else []
    return (*table, *_programmes(known, assessment.confounded), _notes(known))


def _notes(known: Sequence[ChannelReading]) -> Items:
    """What each channel is read from and what must be known to read it; which are missing."""
    notes = [
        f"{_CHANNELS[one.channel]}: {wording.clean(one.proxy)}. "
        f"{wording.sentence(one.note.partition(_OPINION)[0])}"
        for one in known
        if one.value is not None
    ]
    names = [
        f"{_CHANNELS[one.channel]} ({wording.clean(one.proxy)})"
        for one in known
        if one.value is None
    ]
    if names:
        notes.append(f"Not stored, or not known for this day: {'; '.join(names)}.")
    return Items(tuple(notes), quiet=True)


def _channel(reading: ChannelReading) -> tuple[str, ...]:
    name = _CHANNELS[reading.channel]
    if reading.value is None or reading.period is None:
        return (name, "not stored", *[wording.NONE] * 4)
    frequencies = {catalog.SERIES[it].frequency for it in reading.series if it in catalog.SERIES}
    monthly = "monthly" in frequencies
    place = wording.NONE
    if reading.percentile is not None and reading.since is not None:
        place = f"{wording.whole_percent(reading.percentile)}% ({reading.since.year})"
    return (
        name,
        wording.amount(reading.value, reading.unit, 2),
        wording.month(reading.period) if monthly else wording.day(reading.period),
        place,
        wording.change(reading.change_13w, reading.unit, 2),
        reading.direction or wording.NONE,
    )


def _programmes(known: Sequence[ChannelReading], confounded: Sequence[str]) -> list[Block]:
    """How far each channel moved at the announcements of past programmes."""
    names = list(dict.fromkeys(name for one in known for name in one.moves))
    if not names:
        return [Paragraph("No programme of purchases had been announced by this day.")]
    titles = [wording.capital(name) + ("*" if name in confounded else "") for name in names]
    rows = tuple(
        (_CHANNELS[one.channel], *(_moved(one.moves.get(name)) for name in names))
        for one in known
        if any(move is not None for move in one.moves.values())
    )
    if not rows:
        return [
            Paragraph(
                "Of no channel daily values around the announcements of past programmes are stored."
            )
        ]
    columns = (Column("Channel"), *(Column(title, numeric=True) for title in titles))
    star = "; * other news came with it" if any(name in confounded for name in names) else ""
    caption = (
        "Moves at the announcements of past programmes: sums of two-day changes, in basis points"
        f"{star}"
    )
    return [Table(caption, columns, rows)]


def _moved(move: int | None) -> str:
    return wording.NONE if move is None else wording.signed(move, 0)
