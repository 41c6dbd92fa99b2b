"""The use cases: pull, score, render, write. Each takes its settings and the time as arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor import sources
from monitor.catalog import BUNDLED, FIRST_MONTH, SERIES, WATCHED
from monitor.config import Settings
from monitor.domain import SCHEMA, SPREADS, Assessment, EpisodeRule, Finding, Panel, SeriesSpec
from monitor.errors import ConfigError, SourceError
from monitor.store import Recorded, Store

if TYPE_CHECKING:
    from monitor.digest.render import Rendered
    from monitor.digest.view import History

FIRST_DAY = SERIES["GS10"].usual_release(FIRST_MONTH)
"""First day on which a term spread was known."""


@dataclass(frozen=True, slots=True)
class Pull:
    """What a pull did.

    Attributes:
        recorded: for each series that was answered what it added.
        sources: for each such series the publisher that answered.
        failed: for each series that nobody answered the last reason.
        fresh: series not asked for because their last answer is young.
        findings: what the digest must say of it.
    """

    recorded: dict[str, Recorded]
    sources: dict[str, str]
    failed: dict[str, str]
    fresh: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A verdict and what it rests on.

    Attributes:
        assessment: the verdict.
        panel: what was known that day.
    """

    assessment: Assessment
    panel: Panel


@dataclass(frozen=True, slots=True)
class Run:
    """What a whole run made.

    Attributes:
        pull: the pull it began with.
        assessment: the verdict.
        rendered: the digest in words.
        page: the dated page, or ``None`` in a dry run.
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


def seed(store: Store, now: datetime) -> None:
    """Load the bundled history, once for each edition of it."""
    from monitor.sources import bundled

    fingerprint = bundled.fingerprint()
    if not store.has_marker(fingerprint):
        store.record(bundled.fetches(now), marker=fingerprint)


def pull(store: Store, settings: Settings, now: datetime, names: Sequence[SeriesSpec] = ()) -> Pull:
    """Ask the publishers and record what they say.

    Args:
        store: where answers go; each series is recorded as soon as it is answered.
        settings: addresses, time-outs and the key.
        now: instant of the pull; its calendar day in the digest's zone is the day from which
            the values count as known.
        names: series to ask for even if their last answer is young; none means all that still
            appear.
    """
    seed(store, now)
    local = now.astimezone(settings.digest.zone)
    answers = store.last_answers()
    wanted: list[SeriesSpec] = []
    fresh: list[SeriesSpec] = []
    for spec in names or _pullable():
        source, at = answers.get(spec.id, (BUNDLED, now))
        young = source != BUNDLED and now - at < settings.sources.min_interval
        (fresh if young and not names else wanted).append(spec)
    key = settings.fred_api_key.get_secret_value() if settings.fred_api_key else None
    publishers = sources.live(settings.sources, key)
    recorded: dict[str, Recorded] = {}
    by: dict[str, str] = {}
    failed: dict[str, str] = {}
    for attempt in sources.ask(wanted, publishers, local):
        if attempt.fetch is not None:
            recorded |= store.record([attempt.fetch])
            by[attempt.series] = attempt.fetch.source
        else:
            failed[attempt.series] = _reason(attempt.errors, settings)
    answered = bool(recorded) or bool(fresh)
    return Pull(
        recorded,
        by,
        failed,
        tuple(spec.id for spec in fresh),
        _pull_findings(store, failed, local.date(), settings, answered=answered),
    )


def score(
    store: Store,
    settings: Settings,
    as_of: date,
    now: datetime,
    *,
    strict: bool = False,
    findings: tuple[Finding, ...] = (),
) -> Scored:
    """The assessment of one day from what is stored."""
    from monitor import assess

    seed(store, now)
    rule, stored = settings.model.episode_rule, store.previous(as_of)
    panel = store.panel(as_of, _needed(rule), strict=strict)
    before = assess.previous(stored) if stored else None
    verdict = assess.assess(panel, rule, now, previous=before, findings=findings)
    return Scored(verdict, panel)


def episodes(store: Store, rule: EpisodeRule, as_of: date, now: datetime) -> dict[str, Any]:
    """The document of all inversions under one rule."""
    from monitor import assess
    from monitor.episodes import record

    seed(store, now)
    found = assess.inversions(store.panel(as_of, _needed(rule)), rule)
    return {
        "schema": SCHEMA,
        "as_of": as_of.isoformat(),
        "spread": rule.spread,
        "rule": {
            "min_months": rule.min_months,
            "merge_gap_months": rule.merge_gap_months,
            "max_lag_months": rule.max_lag_months,
            "basis": "monthly",
        },
        "episodes": [assess.episode_document(episode) for episode in found],
        "record": assess.record_document(record(found)),
        "last_seven": assess.record_document(record(found[-7:])),
    }


def render(scored: Scored) -> Rendered:
    """The digest of an assessment, with its charts."""
    from monitor.digest import render as rendering
    from monitor.digest import view

    return rendering.render(view.build(scored.assessment, _history(scored)))


def run(store: Store, settings: Settings, now: datetime, as_of: date, *, dry_run: bool) -> Run:
    """Pull, score, render and write: the whole of a scheduled run.

    A replay of a past day pulls nothing and is not kept as one of our forecasts.
    """
    from monitor.assess import document
    from monitor.delivery import site

    replay = as_of != day(None, settings, now)
    pulled = Pull({}, {}, {}, (), ()) if replay else pull(store, settings, now)
    scored = score(store, settings, as_of, now, findings=pulled.findings)
    rendered = render(scored)
    if not replay:
        store.save(document(scored.assessment))
    page = None if dry_run else site.write(rendered, as_of, settings.site.path)
    return Run(pulled, scored.assessment, rendered, page)


def _needed(rule: EpisodeRule) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*WATCHED, *SPREADS[rule.spread])))


def _pullable() -> list[SeriesSpec]:
    return [
        spec for spec in SERIES.values() if spec.ends is None and set(spec.publishers) != {BUNDLED}
    ]


def _reason(errors: Sequence[SourceError], settings: Settings) -> str:
    if errors:
        return str(errors[-1])
    return "[sources] offline = true" if settings.sources.offline else "no publisher is set up"


def _pull_findings(
    store: Store, failed: dict[str, str], today: date, settings: Settings, *, answered: bool
) -> tuple[Finding, ...]:
    if not failed:
        return ()
    if answered:
        return tuple(
            Finding(
                "not_fetched",
                "warning",
                name,
                f"{SERIES[name].title} ({name}) was not received: {reason}",
            )
            for name, reason in failed.items()
        )
    asked = "no publisher was asked" if settings.sources.offline else "no publisher answered"
    period, source = store.newest()["GS10"]
    age = (today - SERIES["GS10"].period_end(period)).days
    origin = "the bundled history" if source == BUNDLED else "what is stored"
    return (
        Finding(
            "offline",
            "warning",
            None,
            f"{asked.capitalize()}: this rests on {origin}, whose newest monthly curve is of"
            f" {period:%Y-%m}, {age} days old.",
        ),
    )


def _history(scored: Scored) -> History:
    from monitor import assess, features
    from monitor.digest.view import History
    from monitor.domain import add_months

    panel, rule = scored.panel, scored.assessment.inversion.rule
    spread = features.term_spread(panel, rule.spread)
    recessions: list[tuple[date, date | None]] = []
    for point in panel.turning_points:
        if point.kind == "peak":
            recessions.append((add_months(point.month, 1), None))
        elif recessions:
            recessions[-1] = (recessions[-1][0], point.month)
    return History(
        spread=tuple(zip((day.date() for day in spread.index), spread.tolist(), strict=True)),
        episodes=assess.inversions(panel, rule),
        recessions=tuple(recessions),
    )
