"""The use cases: score, render, write, run. Each takes its settings and the time as arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.pull import Pull, pull, seed
from monitor.catalog import FIRST_MONTH, SERIES, WATCHED
from monitor.config import Settings
from monitor.domain import (
    SCHEMA,
    SPREADS,
    Assessment,
    Edition,
    Finding,
    Panel,
    PastForecast,
    Previous,
    SeriesSpec,
    Settlements,
    add_months,
    end_of_month,
)
from monitor.errors import ConfigError, InsufficientData
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.config import Language
    from monitor.digest.render import Rendered
    from monitor.digest.view import DigestView
    from monitor.domain import EpisodeRule
    from monitor.model.events import Event, Window

FIRST_DAY = SERIES["GS10"].usual_release(FIRST_MONTH)
"""First day on which a term spread was known."""

PAST_SETTLEMENTS = 36
"""Ends of months for which prices of futures are read beside those of the day."""

SENDER = "Recession Monitor <monitor@example.org>"
"""Whom a mail is from that is written to a file: nobody, until it is sent."""

_MONDAY, _SUNDAY = 0, 6


@dataclass(frozen=True, slots=True)
class Scored:
    """A verdict and what it rests on.

    Attributes:
        assessment: the verdict.
        panel: what was known that day, for the charts too.
        told: the headline of past months as it was told.
    """

    assessment: Assessment
    panel: Panel
    told: tuple[PastForecast, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What a whole run made.

    Attributes:
        pull: the pull it began with.
        assessment: the verdict.
        rendered: the digest in words.
        page: the page in the archive, or ``None`` in a dry run.
    """

    pull: Pull
    assessment: Assessment
    rendered: Rendered
    page: Path | None


def day(text: date | None, settings: Settings, now: datetime) -> date:
    """The day of an assessment: the one asked for, else today in the digest's time zone.

    Raises:
        ConfigError: the day lies in the future or before there was a ten-year yield.
    """
    today = now.astimezone(settings.digest.zone).date()
    if text is None:
        return today
    if text > today:
        raise ConfigError(f"--as-of {text} lies in the future: give a day up to today, {today}")
    if text < FIRST_DAY:
        raise ConfigError(
            f"--as-of {text} lies before the first term spread: give a day from {FIRST_DAY} on"
        )
    return text


def score(
    store: Store,
    settings: Settings,
    as_of: date,
    now: datetime,
    *,
    strict: bool = False,
    findings: tuple[Finding, ...] = (),
    edition: Edition | None = "daily",
) -> Scored:
    """The assessment of one day from what is stored.

    Args:
        store: what is stored.
        settings: all of them.
        as_of: the day, inclusive.
        now: instant of the reading.
        strict: withhold values that may have been revised since.
        findings: what the pull has to tell.
        edition: how far back to compare: with the last digest, that of a week or that of a month
            before, or with what would have been said then; ``None`` compares with nothing.
    """
    from monitor import assess
    from monitor import history as past

    seed(store, now)
    rule = settings.model.episode_rule
    needed = assess.needed(rule)
    known = store.chronicle(tuple(dict.fromkeys((*needed, *past.NEEDED))), until=as_of)
    previous, before = None, None
    if edition:

        def on(day: date) -> Panel:
            return known.panel(day, strict=strict).only(needed)

        previous, before = _baseline(store, settings, on, as_of, edition)
    panel = known.panel(as_of, strict=strict)
    if as_of == day(None, settings, now):
        told = {(finding.code, finding.series) for finding in findings}
        findings += tuple(f for f in _doubts(store) if (f.code, f.series) not in told)
    settlements, doubts = _settlements(settings, as_of)
    verdict = assess.assess(
        panel.only(needed),
        rule,
        now,
        previous=previous,
        before=before,
        findings=(*findings, *doubts),
        options=settings.policy.options,
        settlements=settlements,
    )
    return Scored(verdict, panel, store.told(as_of))


def _baseline(
    store: Store,
    settings: Settings,
    known: Callable[[date], Panel],
    as_of: date,
    edition: Edition,
) -> tuple[Previous | None, Panel | None]:
    """The assessment to compare with, and what was known when it was made.

    Where none is stored that is what would have been said on the day before (of a daily edition
    the weekday), a week or a month before; on the first days of all there is nothing.
    """
    from monitor import assess, documents

    earlier = _earlier(as_of, edition)
    stored = store.previous(as_of if edition == "daily" else earlier + timedelta(days=1))
    if stored:
        previous = documents.previous(stored)
        return previous, documents.as_seen(stored, known(previous.as_of))
    if earlier < FIRST_DAY:
        return None, None
    before = known(earlier)
    settlements, _ = _settlements(settings, earlier)
    try:
        previous = assess.replay(
            before,
            settings.model.episode_rule,
            options=settings.policy.options,
            settlements=settlements,
        )
    except InsufficientData:
        return None, None
    return previous, before


def _earlier(as_of: date, edition: Edition) -> date:
    """The day to compare with."""
    if edition == "monthly":
        month = add_months(as_of, -1)
        return min(month + timedelta(days=as_of.day - 1), end_of_month(month))
    if edition == "weekly":
        return as_of - timedelta(days=7)
    return as_of - timedelta(days={_MONDAY: 3, _SUNDAY: 2}.get(as_of.weekday(), 1))


def policy(store: Store, settings: Settings, as_of: date, now: datetime) -> dict[str, Any]:
    """The document of what the Fed may do, and of what it rests on.

    Raises:
        InsufficientData: nothing was known that could tell.
    """
    from monitor import documents

    verdict = score(store, settings, as_of, now, edition=None).assessment
    if verdict.policy is None:
        silent = [it.message for it in verdict.findings if it.code == "no_policy_odds"]
        raise InsufficientData(f"As of {as_of}: {' '.join(silent)}")
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "model_id": verdict.policy_model_id,
        "degraded": verdict.degraded,
        **documents.policy_document(verdict.policy),
        "findings": documents.findings_document(verdict.findings),
    }


def regimes(
    store: Store, as_of: date, now: datetime, *, with_programmes: bool = False
) -> dict[str, Any]:
    """The document of the regimes of the balance sheet, and of the programmes if asked for."""
    from monitor import documents
    from monitor.model import outlook
    from monitor.model import regimes as chronology
    from monitor.model.programmes import programmes

    seed(store, now)
    # The calendar ends; from there on the target range tells whether the rate is at the bound.
    panel = store.panel(as_of, sorted({*chronology.needed(), *outlook.NEEDED}))
    answer: dict[str, Any] = {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "regimes": [documents.regime_document(it) for it in chronology.history(panel)],
    }
    if with_programmes:
        answer["programmes"] = [
            documents.programme_document(it, as_of) for it in programmes() if it.announced <= as_of
        ]
    return answer


def episodes(store: Store, rule: EpisodeRule, as_of: date, now: datetime) -> dict[str, Any]:
    """The document of all inversions under one rule.

    Raises:
        InsufficientData: one of the rates was not known at all.
    """
    from monitor import assess, documents
    from monitor.episodes import record

    seed(store, now)
    rates = SPREADS[rule.spread].rates(rule.basis)
    panel = store.panel(as_of, tuple(rates))
    if missing := [name for name in rates if name not in panel.series]:
        raise InsufficientData(
            f"no {rule.basis} {rule.spread} spread was known on {as_of}: ask for a later day, or"
            f" run `recession-monitor pull {' '.join(missing)}`"
        )
    found = assess.inversions(panel, rule)
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "spread": rule.spread,
        "note": SPREADS[rule.spread].note,
        "rule": documents.rule_document(rule),
        "episodes": [documents.episode_document(episode) for episode in found],
        "record": documents.record_document(record(found)),
        "last_seven": documents.record_document(record(found[-7:])),
    }


def sensitivity(store: Store, as_of: date, now: datetime) -> dict[str, Any]:
    """The document of the inversions under each definition that is in common use.

    A definition whose rates were not yet known on that day has no episodes.
    """
    from monitor import assess, documents
    from monitor.episodes import DEFINITIONS, record

    seed(store, now)
    rules = [definition.rule for definition in DEFINITIONS]
    names = {name for rule in rules for name in SPREADS[rule.spread].rates(rule.basis)}
    panel = store.panel(as_of, sorted(names))
    found = [assess.inversions(panel, rule) for rule in rules]
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "definitions": [
            {
                "name": definition.name,
                "note": definition.note,
                "rule": documents.rule_document(definition.rule),
                "episodes": [documents.episode_document(episode) for episode in known],
                "last_seven": documents.record_document(record(known[-7:])),
            }
            for definition, known in zip(DEFINITIONS, found, strict=True)
        ],
    }


def channels(store: Store, as_of: date, now: datetime) -> dict[str, Any]:
    """The document of the seven channels of asset purchases.

    Raises:
        InsufficientData: not one of them could be read.
    """
    from monitor import documents
    from monitor.model import channels as live
    from monitor.model.events import confounded

    seed(store, now)
    found = live.readings(store.panel(as_of, live.NEEDED))
    if all(reading.value is None for reading in found):
        wanted = dict.fromkeys(name for reading in found for name in reading.series)
        raise InsufficientData(
            f"none of the seven channels could be read on {as_of}: ask for a later day, or run"
            f" `recession-monitor pull {' '.join(wanted)}`"
        )
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "channels": [documents.channel_document(it, confounded(as_of)) for it in found],
    }


def announcements(
    store: Store, asked: Sequence[str], window: Window, as_of: date, now: datetime
) -> dict[str, Any]:
    """The document of how rates moved around announcements.

    Args:
        store: what is stored.
        asked: days and names of programmes; see :func:`monitor.model.events.study`.
        window: length of the window in trading days.
        as_of: the day, inclusive.
        now: instant of the reading.

    Raises:
        InsufficientData: no series has closes around any of the days.
    """
    from monitor.model import events

    seed(store, now)
    panel = store.panel(as_of, events.STUDIED)
    found = events.study(panel, asked, window)
    if not any(event.changes for event in found.events):
        days = ", ".join(event.day.isoformat() for event in found.events)
        raise InsufficientData(
            f"no closes on both sides of {days} were known on {as_of}: {_span(panel, 'DGS10')};"
            " `recession-monitor pull DGS10` asks for more"
        )
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "window_days": window,
        "events": [_event(event, found.stored) for event in found.events],
        "programmes": [
            {
                "programme": name,
                "sum_bp": events.total(found.of(name)),
                "sum_with_set_aside_bp": events.total(found.of(name, set_aside=True)),
                "announced_later": [
                    it.day.isoformat()
                    for it in events.ANNOUNCEMENTS
                    if it.programme == name and it.day in found.later
                ],
            }
            for name in found.programmes
        ],
        "sum_bp": events.total(found.counted),
        "overlaps": [[one.isoformat(), other.isoformat()] for one, other in found.overlaps()],
        "not_stored": [name for name in events.STUDIED if name not in found.stored],
    }


def history(
    store: Store,
    spec: SeriesSpec,
    as_of: date,
    now: datetime,
    *,
    since: date | None = None,
    vintages: bool = False,
) -> dict[str, Any]:
    """The document of one series as it was known on a day.

    Args:
        store: what is stored.
        spec: the series.
        as_of: the day, inclusive.
        now: instant of the reading.
        since: first period, or ``None`` for all.
        vintages: every value that each period had had by then, instead of the last one.
    """
    seed(store, now)
    changes = store.vintages(spec.id, as_of)
    values = store.panel(as_of, [spec.id]).series.get(spec.id)
    known = {change.period: change for change in changes}
    held = {} if values is None else {it.date(): values[it] for it in values.index}
    stand_ins = held.keys() - known.keys()
    earliest = {change.period: change for change in reversed(store.vintages(spec.id))}
    shown = changes if vintages else list(known.values())
    rows = [
        *((row.period, row.value, row.known_from, row.source, False) for row in shown),
        *(
            (
                period,
                held[period],
                spec.usual_release(period),
                earliest[period].source,
                True,
            )
            for period in stand_ins
        ),
    ]
    return {
        "schema": SCHEMA,
        "series": spec.id,
        "title": spec.title,
        "unit": spec.unit,
        "as_of": as_of.isoformat(),
        "values": [
            {
                "period": period.isoformat(),
                "value": value,
                "known_from": known_from.isoformat(),
                "source": source,
                "stand_in": stand_in,
            }
            for period, value, known_from, source, stand_in in sorted(rows, key=itemgetter(0, 2))
            if since is None or period >= since
        ],
    }


def render(scored: Scored, language: Language = "en", edition: Edition = "daily") -> Rendered:
    """The digest of an assessment, with its charts, in one of the languages of ``wording``."""
    from monitor.digest import render as rendering

    return rendering.render(_view(scored, language, edition))


def message(scored: Scored, settings: Settings, language: Language, edition: Edition) -> bytes:
    """The digest as the mail that a reader would get, addressed to nobody yet."""
    from monitor.digest import render as rendering

    view = _view(scored, language, edition)
    return _message(scored, view, rendering.render(view), settings, edition)


def run(
    store: Store,
    settings: Settings,
    now: datetime,
    as_of: date,
    *,
    dry_run: bool,
    language: Language = "en",
    edition: Edition = "daily",
) -> Run:
    """Pull, score, render and write: the whole of a scheduled run.

    A replay of a past day pulls nothing and is not kept as one of our forecasts.
    """
    from monitor.delivery import site
    from monitor.digest import archive, wording
    from monitor.digest import render as rendering
    from monitor.documents import document

    replay = as_of != day(None, settings, now)
    pulled = Pull() if replay else pull(store, settings, now)
    scored = score(store, settings, as_of, now, findings=pulled.findings, edition=edition)
    view = _view(scored, language, edition)
    rendered = rendering.render(view)
    digest = site.Digest(
        day=as_of,
        edition=edition,
        language=view.language,
        page=rendered.html,
        text=rendered.text,
        document=document(scored.assessment),
        mail=_message(scored, view, rendered, settings, edition),
    )
    if not replay:
        store.save(digest.document)
    page = None
    if not dry_run:
        index = partial(
            archive.pages,
            wording.of(settings.digest.language),
            title=settings.site.title,
            base_url=settings.site.base_url,
        )
        page = site.write(digest, settings.site.path, index)
    return Run(pulled, scored.assessment, rendered, page)


def _view(scored: Scored, language: Language, edition: Edition) -> DigestView:
    from monitor import history as past
    from monitor.digest import view, wording

    known = past.read(scored.panel, scored.assessment, scored.told)
    return view.build(wording.of(language), scored.assessment, known, edition)


def _message(
    scored: Scored, view: DigestView, rendered: Rendered, settings: Settings, edition: Edition
) -> bytes:
    from monitor.delivery import message as messages
    from monitor.delivery import site
    from monitor.digest import mail

    verdict, base = scored.assessment, settings.site.base_url
    name = site.name(verdict.as_of, edition, view.language, "html")
    page = f"{base}/{name}" if base else ""
    return messages.compose(
        mail.build(view, page),
        rendered.subject,
        rendered.text,
        sender=SENDER,
        when=verdict.generated_at,
        message_id=messages.identity(name.removesuffix(".html"), SENDER),
        language=view.language,
        page=page,
    )


def _doubts(store: Store) -> Iterator[Finding]:
    """What the last answer of a watched series said and was not believed.

    A pull and a digest may be made at different hours; what the one withholds the other must say.
    """
    held = store.held()
    for name in WATCHED:
        answered = held[name].answered_at if name in held else None
        for item in store.quarantine(series=name):
            if answered and item.last_seen_at >= answered:
                yield Finding(item.code, "warning", name, item.reason)


def _event(event: Event, stored: Sequence[str]) -> dict[str, Any]:
    said, moved = event.announcement, event.changes
    return {
        "date": event.day.isoformat(),
        "programme": said and said.programme,
        "announced": said and said.said,
        "source": said and said.source,
        "from_memory": list(said.from_memory) if said else [],
        "confounded_by": said and (said.confounded_by or None),
        "set_aside": None if event.counted or said is None else said.set_aside,
        "from": min(it.before for it in moved.values()).isoformat() if moved else None,
        "to": max(it.after for it in moved.values()).isoformat() if moved else None,
        "changes_bp": {name: it.bp for name, it in moved.items()},
        "absent": [name for name in stored if name not in moved],
    }


def _span(panel: Panel, name: str) -> str:
    if name not in panel.series:
        return f"nothing of {name} was"
    days = [day.date() for day in panel.series[name].dropna().index]
    return f"{name} has them from {days[0]} to {days[-1]}"


def _settlements(
    settings: Settings, as_of: date
) -> tuple[tuple[Settlements, ...], tuple[Finding, ...]]:
    """Prices of futures for the day and the ends of months before it, oldest first.

    Past prices say nothing without those of the day; what is wrong with a file is told once.
    """
    path = settings.policy.futures
    if path is None:
        return (), ()
    from monitor.sources import futures

    ends = [end_of_month(add_months(as_of, -back)) for back in range(PAST_SETTLEMENTS, 0, -1)]
    return futures.read(path, as_of, ends)
