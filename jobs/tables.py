"""What verbs print: documents and values in, lines out."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from monitor.catalog import SERIES
from monitor.domain import MOVES

if TYPE_CHECKING:
    from monitor.store import Quarantined

Document = Mapping[str, Any]
_WIDTH = 100
_BASES = {"meetings": "decisions of the FOMC", "months": "months of the effective rate"}
_LIKELY = 4
"""Targets told of each meeting."""


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


def fed(answer: Document) -> Iterator[str]:
    """What the Fed may do in a line, and what its balance sheet is in another."""
    odds, sheet = answer["policy"], answer["balance_sheet"]
    if "stance" in odds:
        moves = ", ".join(f"{move} {odds[move]['12']:.1%}" for move in MOVES)
        yield (
            f"Fed: {_plain(odds['stance'])}; within 12 months {moves}, lower bound"
            f" {odds['lower_bound']['12']:.1%}, QE {odds['qe']['12']:.1%}."
        )
    if sheet["regime"]:
        yield f"Balance sheet: {_plain(sheet['regime'])} since {sheet['since']}."


def policy(answer: Document) -> Iterator[str]:
    """The target, the odds of every horizon and meeting, and what they rest on."""
    yield from _wrapped(f"The Fed as of {answer['as_of']}: {_target(answer['target'])}.")
    yield f"Stance: {_plain(answer['stance'])}."
    yield from _listed(answer["why"])
    yield ""
    yield from _by_horizon(answer)
    yield ""
    meetings = answer["basis"] == "meetings"
    yield from _by_meeting(answer["meetings"], "meeting" if meetings else "month around")
    yield ""
    yield from _bound(answer)
    if answer["market"]:
        yield ""
        yield from _market(answer["market"], answer["weight"], len(answer["meetings"]))
    yield ""
    yield from _wrapped(
        f"Learnt from {answer['decisions']} {_BASES[answer['basis']]}, read from rates of"
        f" {answer['rates_of']}. The intervals tell how well the coefficients are known; that of"
        " the odds of a recession is not in them."
    )
    for finding in answer["findings"]:
        if finding["severity"] != "info" or finding["series"] is None:
            yield from _wrapped(finding["message"])


def _target(target: Document) -> str:
    lower, upper = target["lower"], target["upper"]
    span = f"{upper:.2f}" if lower == upper else f"{lower:.2f} to {upper:.2f}"
    since = f" since {target['since']}" if target["since"] else ""
    how = ", inferred from the effective rate" if target["inferred"] else ""
    effective = ""
    if target["effective"] is not None:
        name, period = target["effective_series"], target["effective_period"]
        when = f"{period[:7]}, mean" if SERIES[name].frequency == "monthly" else period
        effective = f"; effective rate {target['effective']:.2f} % ({when})"
    return f"target {span} %{since}{how}{effective}"


def _by_horizon(answer: Document) -> Iterator[str]:
    path = {str(point["horizon"]): point for point in answer["path"]}
    level = f"{100 * answer['interval']['level']:.0f} %"
    horizons = list(dict.fromkeys((*answer["cut"], *answer["qe"], *path)))

    def row(label: str, cells: Mapping[str, str]) -> str:
        return f"{label:<19}" + "".join(f"{cells.get(horizon, '-'):>16}" for horizon in horizons)

    yield row("within", {it: f"{it} month{'s' * (it != '1')}" for it in horizons})
    for name, label in (
        ("cut", "a cut"),
        ("hold", "neither"),
        ("hike", "a hike and no cut"),
        ("any_hike", "any hike"),
        ("lower_bound", "at the lower bound"),
        ("qe", "QE"),
    ):
        yield row(label, {it: f"{p:.1%}" for it, p in answer[name].items()})
        if ends := answer["interval"].get(name):
            between = {it: f"{100 * low:.1f} to {high:.1%}" for it, (low, high) in ends.items()}
            yield row(f"  {level} interval", between)
    yield row("target, %, middle", {it: f"{point['mean']:.2f}" for it, point in path.items()})
    yield row(
        f"  {level} of paths",
        {it: f"{point['low']:.2f} to {point['high']:.2f}" for it, point in path.items()},
    )


def _by_meeting(meetings: Sequence[Document], called: str = "meeting") -> Iterator[str]:
    yield f"{called:<12}{'cut':>8}{'hold':>8}{'hike':>8}   upper end of the target after it in %"
    for meeting in meetings:
        likely = sorted(meeting["target"].items(), key=lambda it: -it[1])[:_LIKELY]
        yield (
            f"{meeting['day']:<12}"
            + "".join(f"{meeting['odds'][move]:>8.1%}" for move in MOVES)
            + "   "
            + ", ".join(f"{float(upper):.2f} ({p:.0%})" for upper, p in likely)
        )


def _bound(answer: Document) -> Iterator[str]:
    bound, arrivals = answer["bound"], answer["at_bound"]
    left = (
        f"room to cut {bound['room']:.2f} percentage points"
        if bound["room"]
        else "no room to cut is left"
    )
    if bound["room"] and bound["mean_easing"] is not None:
        left += (
            f"; {bound['deeper']} of {bound['easings']} past recessions brought cuts of as much,"
            f" {bound['mean_easing']:.2f} points on average"
        )
    yield from _wrapped(f"Lower bound: {bound['bound']:.2f} %; {left}.")
    if bound["reversal_rate"] is not None:
        yield f"Reversal rate assumed: {bound['reversal_rate']:.2f} %; a cut below it tightens."
    low, high = arrivals["interval"]
    yield from _wrapped(
        f"QE at the bound: arrivals there {arrivals['arrivals']}, QE with {arrivals['followed']} of"
        f" them; for the next one {arrivals['mean']:.0%}, 90 % interval {low:.0%} to {high:.0%}."
    )


def _market(market: Document, weight: float, shown: int) -> Iterator[str]:
    yield from _wrapped(
        f"Federal funds futures, {market['source']}, settled on {market['settled']}; their weight"
        f" in the odds is {weight:.0%}:"
    )
    yield from _by_meeting(market["meetings"][:shown])
    for horizon, odds in market["moves"].items():
        moves = ", ".join(f"{move} {odds[move]:.1%}" for move in MOVES)
        yield f"Within {horizon} month{'s' * (horizon != '1')}: {moves}."
    yield from _wrapped(f"{market['conventions']}.")


def regimes(answer: Document) -> Iterator[str]:
    """The chronology with what tells most of each span, today's in full, and the programmes."""
    spans = answer["regimes"]
    yield f"Regimes of the Federal Reserve's balance sheet, as known on {answer['as_of']}:"
    for span in spans:
        yield from textwrap.wrap(
            f"{span['start']}  {span['end'] or 'today':<10}  {_plain(span['regime']):<18}  "
            + span["evidence"][0],
            _WIDTH,
            subsequent_indent=" " * 44,
            max_lines=2,
            placeholder=" ...",
            break_on_hyphens=False,
        )
    for span in spans[-1:]:
        yield ""
        yield f"Today, {_plain(span['regime'])} since {span['start']}:"
        yield from _listed(span["evidence"])
        yield from _wrapped(f"Judged from {span['basis']}.")
    for programme in answer.get("programmes", ()):
        yield ""
        yield f"{programme['name']}: {_plain(programme['regime'])} by {programme['form']}"
        for field in ("announced", "first", "last", "terms", "words", "later"):
            if programme[field]:
                yield from _wrapped(
                    f"{field:<9}  {programme[field]}  [{programme['basis'][field]}]",
                    "  ",
                    " " * 13,
                )


def _wrapped(sentences: str, first: str = "", rest: str = "  ") -> list[str]:
    return textwrap.wrap(
        sentences, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _listed(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        yield from _wrapped(sentence, "  - ", "    ")


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


def _plain(name: str) -> str:
    """An identifier in words."""
    words = name.split("_")
    return " ".join(word.upper() if word in {"qe", "qt"} else word for word in words)


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


_EVENTS = {"cut": "A cut", "hike": "A hike and no cut"}
"""Events with tables of their own; a hold is in the ranked scores."""


def policy_backtest(answer: Document) -> Iterator[str]:
    """The scoreboard of the odds of cut, hold and hike, and the odds of QE on days of the past."""
    options = answer["options"]
    yield from _wrapped(
        f"Odds of the next moves of the Fed as they would have been said at {options['origins']}"
        f" month's ends with the target off the lower bound, {answer['first_origin']} to"
        f" {answer['last_origin']}, judged by decisions to {answer['data_through']}."
    )
    for window in answer["windows"]:
        for event, label in _EVENTS.items():
            rows = [it for it in answer["rows"] if (it["event"], it["window"]) == (event, window)]
            if rows:
                yield from ("", f"{label}, {window}")
                yield from _scored(rows, options)
    yield from _reliability(answer)
    yield from ("", "Ranked probability score of cut, hold and hike (base rate in brackets)")
    yield from _ranked(answer)
    yield from ("", "Mean of the target over 12 months, expected less realised, percentage points")
    yield f"{'':<16}{'':<16}{'n':>5}{'mean error':>12}{'RMSE':>8}"
    for row in answer["path"]:
        yield (
            f"{row['window']:<16}{_plain(row['member']):<16}{row['n']:>5}"
            f"{row['mean_error']:>+12.2f}{row['rmse']:>8.2f}"
        )
    if answer["history"]:
        yield ""
        yield from _history(answer["history"])
    yield ""
    yield from _wrapped(
        "The form of the model was chosen with the forecasts of 1995 to 2025 in sight, so that"
        f" these scores flatter it; {_plain(options['held_against'])} is what a plain logit makes"
        " of the same rates. Intervals are drawn from blocks of"
        f" {options['bootstrap_block_months']} months; a cycle is one observation rather than all"
        " its months."
    )


def _scored(rows: Sequence[Document], options: Document) -> Iterator[str]:
    def line(name: str, cells: Sequence[str]) -> str:
        return f"{name:<20}" + "".join(f"{cell:>20}" for cell in cells)

    horizons = list(dict.fromkeys(row["horizon"] for row in rows))
    by = {(row["member"], row["horizon"]): row for row in rows}
    yield line("within", [_within(it) for it in horizons])
    yield line("", ["AUROC  Brier    log"] * len(horizons))
    for member in dict.fromkeys(row["member"] for row in rows):
        yield line(_plain(member), [_three(by[member, it]) for it in horizons])
    ours = [by["model", it] for it in horizons]
    against = f"less {_plain(options['held_against'])}"
    yield line("months, with it", [f"{row['n']}, {row['positives']}" for row in ours])
    yield line("moves, cycles", [f"{row['moves']}, {row['cycles']}" for row in ours])
    yield line("slope, intercept", [_line_of(row) for row in ours])
    yield line("said, came", [_said(row) for row in ours])
    yield line("90 % of Brier", [_span(row["interval"]) for row in ours])
    yield line(against, [_span(row["difference"], "+") for row in ours])


def _within(horizon: int) -> str:
    return f"{horizon} month{'s' * (horizon != 1)}"


def _three(row: Document) -> str:
    return f"{_three_digits(row['auroc'])}  {row['brier']:.3f}  {row['log_score']:.3f}"


def _three_digits(value: float | None) -> str:
    return "    -" if value is None else f"{value:.3f}"


def _line_of(row: Document) -> str:
    slope, intercept = row["calibration_slope"], row["calibration_intercept"]
    return "-" if slope is None else f"{slope:.2f}, {intercept:+.2f}"


def _said(row: Document) -> str:
    return f"{row['mean_probability']:.3f}, {row['positives'] / row['n']:.3f}"


def _span(intervals: Document, sign: str = "") -> str:
    low, high = intervals.get("brier", (None, None))
    return "-" if low is None else f"{low:{sign}.3f} to {high:{sign}.3f}"


def _reliability(answer: Document) -> Iterator[str]:
    """The model's forecasts in bins, and the share of them that came, in the window to quote."""
    for event, label in _EVENTS.items():
        rows = [
            row
            for row in answer["rows"]
            if (row["member"], row["event"], row["window"]) == ("model", event, "1995-now")
        ]
        if rows:
            yield from ("", f"{label}, 1995-now: probability said and share that came (months)")
        for row in rows:
            bins = [
                f"{it['forecast']:.2f} {it['observed']:.2f} ({it['n']})"
                for it in row["reliability"]
            ]
            for place in range(0, len(bins), 5):
                name = "" if place else _within(row["horizon"])
                yield f"{name:<10}" + "".join(f"{cell:>18}" for cell in bins[place : place + 5])


def _ranked(answer: Document) -> Iterator[str]:
    rows = {(row["window"], row["horizon"]): row for row in answer["ranked"]}
    horizons = answer["options"]["horizons"]
    yield f"{'':<20}" + "".join(f"{_within(it):>20}" for it in horizons)
    for window in dict.fromkeys(name for name, _ in rows):
        found = [rows.get((window, it)) for it in horizons]
        cells = [
            "-" if it is None else f"{it['model']:.3f} ({it['base_rate']:.3f})" for it in found
        ]
        yield f"{window:<20}" + "".join(f"{cell:>20}" for cell in cells)


def _history(rows: Sequence[Document]) -> Iterator[str]:
    yield "No score for the lower bound and QE, which came twice: the odds on days of the past"
    yield (
        f"{'':<12}{'target':>14}{'recession 12':>15}{'bound 12':>11}{'bound 24':>11}"
        f"{'QE 12':>9}{'QE 24':>9}"
    )
    for row in rows:
        lower, upper = row["lower"], row["upper"]
        target = f"{upper:.2f}" if lower == upper else f"{lower:.2f} to {upper:.2f}"
        bound, qe = row["lower_bound"], row["qe"]
        yield (
            f"{row['day']:<12}{target:>14}{row['recession']['12']:>15.3f}{bound['12']:>11.3f}"
            f"{bound['24']:>11.3f}{qe['12']:>9.3f}{qe['24']:>9.3f}"
        )
