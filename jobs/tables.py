"""What verbs print: documents and values in, lines out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from monitor.catalog import SERIES

if TYPE_CHECKING:
    from monitor.store import Quarantined

Document = Mapping[str, Any]
_WIDTH = 100


def episodes(answer: Document) -> Iterator[str]:
    """All inversions under one rule, and how many a recession followed."""
    rule = answer["rule"]
    yield f"Inversions of {answer['spread']} known on {answer['as_of']}, {_judged(rule)}:"
    if answer["note"]:
        yield answer["note"]
    width = 10 if rule["basis"] == "daily" else 7
    yield (
        f"{'start':<{width}}  {'end':<{width}}  months  trough          peak     lag  from end"
        "  outcome"
    )
    for row in answer["episodes"]:
        start, end = _days(row)
        yield (
            f"{start}  {end}  {row['months']:>6}  {row['trough']:+.2f} {row['trough_month']}"
            f"   {row['peak'] or '-':<7} {_months(row['lag_months']):>4}"
            f"  {_months(row['lag_from_end_months']):>8}  {row['outcome']}"
        )
    yield "Lags run from the first and from the last inverted month; 0: still inverted at the peak."
    for name in ("record", "last_seven"):
        counts = answer[name]
        yield (
            f"{'All' if name == 'record' else 'Last'} {counts['episodes']}: {counts['hits']}"
            f" followed by a recession{_after(counts)}, {counts['misses']} not,"
            f" {counts['open']} open."
        )


def sensitivity(answer: Document) -> Iterator[str]:
    """How much the record of the last seven inversions depends on what is called one."""
    yield f"The last seven inversions as known on {answer['as_of']}, by definition:"
    for definition in answer["definitions"]:
        counts = definition["last_seven"]
        yield ""
        yield definition["name"]
        yield (
            f"  {counts['hits']} of {counts['episodes']} followed by a recession{_after(counts)};"
            f" {counts['misses']} not, {counts['open']} open"
        )
        latest = definition["episodes"][-7:]
        if latest:
            yield "  " + ", ".join(f"{row['start']} {_followed(row)}" for row in latest)
        if definition["note"]:
            yield f"  {definition['note']}"
    yield ""
    yield "After each start: months to the peak; no, if none came in time; or open."


def channels(answer: Document) -> Iterator[str]:
    """Where each of the seven channels stands, how far the programmes moved it, and its notes."""
    rows = answer["channels"]
    yield f"Channels of asset purchases, read from proxies, as known on {answer['as_of']}:"
    yield f"{'':<22}   value  period      percentile    13 weeks  direction"
    for row in rows:
        if row["value"] is None:
            yield f"{_plain(row['channel']):<22}       -  nothing is stored"
        else:
            yield (
                f"{_plain(row['channel']):<22}  {row['value']:>6.2f}  {_period(row):<10}"
                f"  {row['percentile']:>4.0%} since {row['since'][:4]}"
                f"{_change(row['change_13w']):>8}  {row['direction'] or '-'}"
            )
    if programmes := list(rows[0]["moves"]):
        yield ""
        yield "Two-day changes summed over the announcements of each programme, in basis points:"
        confounded = {name for row in rows for name in row["confounded"]}
        yield f"{'':<22}" + "".join(
            f"{name + '*' * (name in confounded):>9}" for name in programmes
        )
        for row in rows:
            cells = ("-" if bp is None else _signed(bp) for bp in row["moves"].values())
            yield f"{_plain(row['channel']):<22}" + "".join(f"{cell:>9}" for cell in cells)
        if confounded:
            yield "* Other news came on some of its days: `channels --event NAME` tells which."
    yield ""
    for row in rows:
        yield from textwrap.wrap(
            f"{_plain(row['channel'])}: {row['proxy']} ({', '.join(row['series'])}), in"
            f" {row['unit']}; the literature has {row['instrument']}. {row['note']}",
            _WIDTH,
            subsequent_indent="  ",
        )
    if missing := dict.fromkeys(
        name for row in rows if row["value"] is None for name in row["series"]
    ):
        yield f"`recession-monitor pull {' '.join(missing)}` asks for what is missing."


def _plain(channel: str) -> str:
    return channel.replace("_", " ")


def _period(row: Document) -> str:
    return SERIES[row["series"][0]].written(date.fromisoformat(row["period"]))


def _change(change: float | None) -> str:
    return "-" if change is None else f"{change:+.2f}"


def announcements(answer: Document) -> Iterator[str]:
    """How far each series moved around each announcement, the sums, and what is to be known."""
    events = answer["events"]
    names = list(dict.fromkeys(name for event in events for name in event["changes_bp"]))
    until = "that day's close" if answer["window_days"] == 1 else "the close after"
    yield (
        f"Changes in basis points from the close before to {until}, as known on {answer['as_of']}:"
    )
    yield f"{'':<22}" + "".join(f"{name:>7}" for name in names)
    for event in events:
        mark = "*" if event["set_aside"] else ""
        yield _moves(
            f"{event['date']} {event['programme'] or ''}{mark}", event, "changes_bp", names
        )
    for programme in answer["programmes"]:
        name = programme["programme"]
        yield _moves(f"{name} sum", programme, "sum_bp", names)
        if programme["sum_with_set_aside_bp"] != programme["sum_bp"]:
            yield _moves(f"{name} sum, all days", programme, "sum_with_set_aside_bp", names)
    if len(events) > 1 and not _is_one_programme(answer):
        yield _moves("sum", answer, "sum_bp", names)
    yield ""
    for event in events:
        yield from _told(event)
    yield from _caveats(answer)


def _moves(label: str, row: Document, key: str, names: Sequence[str]) -> str:
    moved = (row[key].get(name) for name in names)
    return f"{label:<22}" + "".join(f"{'-' if bp is None else _signed(bp):>7}" for bp in moved)


def _signed(bp: int) -> str:
    return f"{bp:+d}" if bp else "0"


def _is_one_programme(answer: Document) -> bool:
    asked = [row["programme"] for row in answer["programmes"]]
    return [row["sum_bp"] for row in answer["programmes"]] == [answer["sum_bp"]] and all(
        event["programme"] in asked for event in answer["events"]
    )


def _told(event: Document) -> Iterator[str]:
    if not event["changes_bp"]:
        yield f"{event['date']}: no closes on both sides of it were known."
    if event["announced"]:
        memory = ", ".join(event["from_memory"])
        remembered = f"; from memory: {memory}" if memory else ""
        yield (
            f"{event['date']} {event['programme']}: {event['announced']}"
            f" ({event['source']}{remembered})."
        )
    if event["confounded_by"]:
        yield f"  Confounded: {event['confounded_by']}."
    if event["set_aside"]:
        yield f"  * Not in the sum: {event['set_aside']}."
    if event["changes_bp"] and event["absent"]:
        yield f"  {event['date']}, no closes around it: {', '.join(event['absent'])}."


def _caveats(answer: Document) -> Iterator[str]:
    for one, other in answer["overlaps"]:
        yield f"The windows of {one} and {other} overlap: the sum counts a day's move twice."
    for programme in answer["programmes"]:
        if later := programme["announced_later"]:
            yield f"Announced after {answer['as_of']} and left out: {', '.join(later)}."
    if missing := answer["not_stored"]:
        yield f"Not stored: {', '.join(missing)}; `recession-monitor pull NAME` asks for them."
    yield "-: no closes on both sides of each day."


def _judged(rule: Document) -> str:
    return "monthly means" if rule["basis"] == "monthly" else "daily closes"


def _days(row: Document) -> tuple[str, str]:
    closes = row["closes"]
    return (closes["first"], closes["last"]) if closes else (row["start"], row["end"])


def _months(lag: int | None) -> str:
    return "-" if lag is None else str(lag)


def _after(counts: Document) -> str:
    mean = counts["mean_lag_months"]
    return "" if mean is None else f" after {mean:.1f} months on average"


def _followed(row: Document) -> str:
    return "no" if row["outcome"] == "miss" else _months(row["lag_months"]).replace("-", "open")


def quarantine(found: Sequence[Quarantined]) -> Iterator[str]:
    """What was said and not believed, one line each."""
    for item in found:
        yield (
            f"{item.id:>5}  {item.seen_at:%Y-%m-%d %H:%M}Z  {item.source:<10}"
            f" {item.series or '-':<22} {item.code}: {item.reason}"
        )
    if not found:
        yield "Nothing is in quarantine."


def quarantined(item: Quarantined) -> dict[str, Any]:
    """One of them as it stands in JSON."""
    return {
        "id": item.id,
        "series": item.series,
        "source": item.source,
        "seen_at": item.seen_at.isoformat(),
        "last_seen_at": item.last_seen_at.isoformat(),
        "times": item.times,
        "code": item.code,
        "reason": item.reason,
        "values": [
            {"period": row.period.isoformat(), "value": row.value} for row in item.observations
        ],
        "bytes": item.size,
    }


def toml(values: Mapping[str, Any], section: str = "") -> Iterator[str]:
    """Settings as a settings file has them."""
    plain = {name: value for name, value in values.items() if not isinstance(value, Mapping)}
    if plain and section:
        yield f"[{section}]"
    for name, value in plain.items():
        yield f"{name} = {json.dumps(value)}"
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from toml(value, f"{section}.{name}" if section else name)
