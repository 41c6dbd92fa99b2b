"""One pull: plan, ask, screen, record, and compare with a second publisher."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from monitor import screen, sources
from monitor.catalog import BUNDLED, FILES, FRED, SERIES
from monitor.config import Settings
from monitor.domain import SCHEMA, Fetch, Finding, Held, Said, SeriesSpec, Want, Withheld
from monitor.errors import SeriesUnknown, SourceError, SourceMalformed, SourceUnavailable
from monitor.sources.plan import FIRST_VINTAGE, Plan, plan, whole
from monitor.store import Recorded, Store

COMPARED: Final = timedelta(days=70)
"""So far back two publishers are compared: the last two months of a monthly figure."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took to get a series. Series that came in one answer share its cost.

    Attributes:
        requests: requests sent, repeated ones included.
        seconds: time until the answer was there.
    """

    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Pull:
    """What a pull did.

    Attributes:
        recorded: for each series that was answered what it added.
        sources: for each such series the publisher that answered.
        costs: for each series asked for what it took.
        failed: for each series that nobody answered the last reason.
        fresh: series not asked for because their last answer is young.
        not_due: series not asked for because nothing new can have been published.
        compared: for each series with a second opinion that publisher's name.
        unconfirmed: for each series whose second publisher did not deliver, why.
        requests: requests sent in all.
        seconds: length of the pull.
        findings: what the digest must say of it.
    """

    recorded: Mapping[str, Recorded] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    fresh: tuple[str, ...] = ()
    not_due: tuple[str, ...] = ()
    compared: Mapping[str, str] = field(default_factory=dict)
    unconfirmed: Mapping[str, str] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()

    def document(self) -> dict[str, Any]:
        """The pull as JSON."""
        return {
            "schema": SCHEMA,
            "series": {
                name: {
                    "source": self.sources[name],
                    "new": counts.new,
                    "revised": counts.revised,
                    "unchanged": counts.unchanged,
                    "missing": counts.missing,
                    "requests": self.costs[name].requests,
                    "seconds": round(self.costs[name].seconds, 3),
                    "second_opinion": self.compared.get(name),
                }
                for name, counts in self.recorded.items()
            },
            "failed": dict(self.failed),
            "unconfirmed": dict(self.unconfirmed),
            "fresh": list(self.fresh),
            "not_due": list(self.not_due),
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "series": finding.series,
                    "message": finding.message,
                }
                for finding in self.findings
            ],
        }

    def words(self) -> Iterator[str]:
        """The pull for a person, line by line."""
        for name, counts in self.recorded.items():
            yield (
                f"{name:<22} {self.sources[name]:<10} {counts.new:>6} new"
                f" {counts.revised:>6} revised {counts.unchanged:>7} unchanged"
            )
        if self.fresh:
            yield f"{len(self.fresh)} series were answered less than min_interval ago."
        if self.not_due:
            yield f"{len(self.not_due)} series were not asked for: nothing new is due."
        if self.unconfirmed:
            yield f"{len(self.unconfirmed)} series have no second opinion: its publisher failed."
        yield from (finding.message for finding in self.findings)
        asked = "1 request" if self.requests == 1 else f"{self.requests} requests"
        yield f"{len(self.recorded)} series in {asked} and {self.seconds:.1f} s."


def seed(store: Store, now: datetime) -> None:
    """Load the bundled history, once for each edition of it."""
    from monitor.sources import bundled

    fingerprint = bundled.fingerprint()
    if not store.has_marker(fingerprint):
        store.record(bundled.fetches(now), marker=fingerprint)


def pull(
    store: Store,
    settings: Settings,
    now: datetime,
    names: Sequence[SeriesSpec] = (),
    since: date | None = None,
) -> Pull:
    """Ask the publishers and record what they say, as far as it can be believed.

    Args:
        store: where answers go; each is recorded as soon as it comes.
        settings: addresses, time-outs and keys.
        now: instant of the pull; its calendar day in the digest's zone is the day from which
            the values count as known.
        names: series to ask for whatever is stored of them; none means all in the catalogue of
            which something new can have come.
        since: first period to ask for of the series named; ``None`` is the whole history. A
            series of which that has never been received is asked for whole all the same.
    """
    started = time.monotonic()
    seed(store, now)
    local = now.astimezone(settings.digest.zone)
    publishers = sources.live(settings, store.receipt)
    desk = _Desk(store, publishers, local)
    specs = list(names or SERIES.values())
    if FILES in publishers.by_name:
        # Reading them costs no request, so they are read whatever is due.
        desk.ask((Want(spec) for spec in specs), chain=lambda _want: (FILES,))
    left = [spec for spec in specs if spec.id not in desk.settled]
    chosen = _chosen(left, desk, settings, since, anew=bool(names))
    desk.ask(chosen.wants)
    desk.ask(desk.on_another_base())
    second = _Second(desk)
    if settings.sources.second_opinion:
        second.ask()
    errors = {
        want.spec.id: desk.errors[want.spec.id]
        for want in chosen.wants
        if want.spec.id not in desk.settled
    }
    reached = bool(chosen.fresh) or any(name != FILES for name in desk.sources.values())
    return Pull(
        recorded=desk.recorded,
        sources=desk.sources,
        costs=desk.costs,
        failed={name: _reason(found, settings) for name, found in errors.items()},
        fresh=chosen.fresh,
        not_due=chosen.not_due,
        compared=second.publishers,
        unconfirmed=second.failed,
        requests=publishers.requests,
        seconds=time.monotonic() - started,
        findings=(
            *desk.findings,
            *second.findings,
            *_unanswered(store, errors, local.date(), settings, reached=reached),
        ),
    )


def _chosen(
    specs: Sequence[SeriesSpec],
    desk: _Desk,
    settings: Settings,
    since: date | None,
    *,
    anew: bool,
) -> Plan:
    """What to ask for; anew means whatever is stored, from ``since`` on."""
    held = desk.store.held()
    vintages = FRED in desk.publishers.by_name
    usual = plan(
        specs,
        {} if anew else held,
        desk.local,
        min_interval=settings.sources.min_interval,
        refresh=settings.sources.refresh,
        vintages=vintages,
    )
    if since is None:
        return usual
    wants = [whole(want.spec, held.get(want.spec.id), vintages=vintages) for want in usual.wants]
    return replace(usual, wants=tuple(_since(want, since, held) for want in wants))


def _since(want: Want, since: date, held: Mapping[str, Held]) -> Want:
    """The same from a period on, unless what came before has never been received."""
    known = held.get(want.spec.id)
    complete = known is not None and known.complete_at is not None
    return replace(want, since=since) if complete and want.vintages_since != FIRST_VINTAGE else want


class _Desk:
    """Takes in what comes: screens it, records what is believed, lays aside what is not."""

    def __init__(self, store: Store, publishers: sources.Publishers, local: datetime) -> None:
        self.store = store
        self.publishers = publishers
        self.local = local
        self.asked: dict[str, Want] = {}
        self.recorded: dict[str, Recorded] = {}
        self.sources: dict[str, str] = {}
        self.settled: set[str] = set()
        self.costs: dict[str, Cost] = {}
        self.errors: defaultdict[str, list[SourceError]] = defaultdict(list)
        self.findings: list[Finding] = []

    def ask(self, wants: Iterable[Want], chain: sources.Chain | None = None) -> None:
        """Ask for some series, and deal with all replies."""
        chosen = list(wants)
        self.asked |= {want.spec.id: want for want in chosen}
        sources.ask(chosen, self.publishers, self.local, self.take, chain=chain)

    def take(self, reply: sources.Reply) -> set[str]:
        """Deal with one reply; the series it settles."""
        answer = reply.answer
        if reply.publisher == FILES:
            self.findings += _own_files(answer.failed.values())
        else:
            for name, error in answer.failed.items():
                self.errors[name].append(error)
        self.store.withhold(_unreadable(reply, self.local))
        screened = [self.screen(fetch) for fetch in answer.fetches]
        accepted = [fetch for fetch in screened if fetch is not None]
        whole = not answer.failed and accepted == list(answer.fetches)
        added = self.store.record(accepted, receipts=answer.receipts if whole else ())
        for name in answer.unchanged:
            since = self.asked[name].since
            added[name] = self.store.confirm(name, reply.publisher, self.local, since=since)
        for name, counts in added.items():
            self.recorded[name] = self.recorded[name] + counts if name in self.recorded else counts
        for name in {*added, *answer.failed, *(fetch.series for fetch in answer.fetches)}:
            spent = self.costs.get(name, Cost())
            self.costs[name] = Cost(spent.requests + reply.requests, spent.seconds + reply.seconds)
        settled = set(added)
        if reply.publisher == FILES:
            # A folder may hold old vintages alone: then today's figure is still to be had.
            settled = {fetch.series for fetch in accepted if _is_current(fetch, self.local.date())}
        self.sources |= dict.fromkeys(added, reply.publisher)
        self.settled |= settled
        return settled

    def lay_aside(self, withheld: Iterable[Withheld]) -> None:
        """Keep what is not believed under the calendar day of this pull."""
        self.store.withhold(replace(item, seen_at=self.local) for item in withheld)

    def on_another_base(self) -> list[Want]:
        """What to ask for again, and whole: a new base year came with a part of the history."""
        again = {f.series for f in self.findings if f.code == "rebased_in_part"}
        again -= self.settled
        self.findings = [finding for finding in self.findings if finding.series not in again]
        return [replace(want, since=None) for name, want in self.asked.items() if name in again]

    def screen(self, fetch: Fetch) -> Fetch | None:
        """What of an answer can be believed; the rest is laid aside and told."""
        today = self.local.date()
        verdict = screen.screen(
            SERIES[fetch.series],
            fetch,
            self.store.believed(fetch.series, today),
            self.store.doubted(fetch.series, before=today),
            today,
        )
        self.lay_aside(verdict.withheld)
        self.findings += map(_weighed, verdict.findings)
        if verdict.accepted is None:
            reason = verdict.withheld[0].reason if verdict.withheld else Said("withheld")
            self.errors[fetch.series].append(SourceMalformed(reason))
        return verdict.accepted


class _Second:
    """Holds what a second publisher says against what is believed."""

    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._believed = desk.store.newest()
        self.publishers: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.findings: list[Finding] = []

    def ask(self) -> None:
        """Ask the makers of all figures that somebody else has just told us."""
        local = self._desk.local
        since = local.date() - COMPARED
        wants = [Want(spec, since) for spec in SERIES.values() if spec.id in self._desk.settled]
        sources.ask(wants, self._desk.publishers, local, self._take, chain=self._others)

    def _others(self, want: Want) -> Sequence[str]:
        """The first publisher of another house than the one that answered."""
        publishers = self._desk.publishers.by_name
        asked = publishers[self._desk.sources[want.spec.id]]
        if asked.name == FILES:
            return ()
        known = (publishers.get(name) for name in want.spec.publishers)
        return [other.name for other in known if other and other.house != asked.house][:1]

    def _take(self, reply: sources.Reply) -> set[str]:
        """Compare one reply; the series it settles."""
        store, today = self._desk.store, self._desk.local.date()
        self.failed |= {name: str(error) for name, error in reply.answer.failed.items()}
        store.withhold(_unreadable(reply, self._desk.local))
        for fetch in reply.answer.fetches:
            spec = SERIES[fetch.series]
            _, believed = self._believed[spec.id]
            preferred = FILES if believed == FILES else self._desk.sources[spec.id]
            verdict = screen.compare(spec, store.believed(spec.id, today), fetch, preferred)
            self.findings += map(_weighed, verdict.findings)
            self._desk.lay_aside(verdict.withheld)
            self.publishers[spec.id] = reply.publisher
            if verdict.accepted is not None and (newer := self._desk.screen(verdict.accepted)):
                counts = store.record([newer])[spec.id]
                before = self._desk.recorded[spec.id]
                self._desk.recorded[spec.id] = replace(before, new=before.new + counts.new)
        self.publishers |= dict.fromkeys(reply.answer.unchanged, reply.publisher)
        return {fetch.series for fetch in reply.answer.fetches} | set(reply.answer.unchanged)


def _weighed(finding: Finding) -> Finding:
    """What the digest does not show must not make it look worse than it is."""
    shown = finding.series is None or SERIES[finding.series].watched
    return finding if shown else replace(finding, severity="info")


def _own_files(errors: Iterable[SourceError]) -> Iterator[Finding]:
    """What the user must know of files that cannot be read, though a publisher may step in."""
    told = {error.message for error in errors if not isinstance(error, SeriesUnknown)}
    for reason in sorted(told):
        words = Said("A file of yours was not read: {reason}", reason=reason)
        yield Finding("own_files", "warning", None, words)


def _is_current(fetch: Fetch, today: date) -> bool:
    return any(statement.until >= today for statement in fetch.statements)


def _unreadable(reply: sources.Reply, local: datetime) -> Iterator[Withheld]:
    """Answers that could not be read, once each however many series were asked for in them."""
    bodies: dict[bytes, dict[str, SourceError]] = {}
    for name, error in reply.answer.failed.items():
        if error.raw:
            bodies.setdefault(error.raw, {})[name] = error
    for raw, errors in bodies.items():
        series, error = next(iter(errors.items()))
        alone = len(errors) == 1
        more = Said(
            "{reason} (and for {n} more series in this answer)",
            reason=error.message,
            n=len(errors) - 1,
        )
        yield Withheld(
            series if alone else None,
            reply.publisher,
            local,
            "unreadable",
            error.message if alone else more,
            raw=raw,
        )


def _reason(errors: Sequence[SourceError], settings: Settings) -> str:
    if errors:
        return errors[-1].message
    if settings.sources.offline:
        return "[sources] offline = true"
    return Said("no publisher is set up")


def _unanswered(
    store: Store,
    errors: Mapping[str, Sequence[SourceError]],
    today: date,
    settings: Settings,
    *,
    reached: bool,
) -> Iterator[Finding]:
    """What is to be said of the series that nobody delivered.

    Args:
        store: what is stored.
        errors: for each such series why its publishers did not deliver.
        today: calendar day of the pull.
        settings: whether anybody was asked.
        reached: whether anybody answered for another series, or did a moment ago.
    """
    everything = [error for found in errors.values() for error in found]
    if not errors:
        return
    if not reached and all(isinstance(error, SourceUnavailable) for error in everything):
        yield _offline(store, today, settings)
        return
    for name, found in errors.items():
        reason = _reason(found, settings)
        words = Said(
            "{series} was not received: {reason}", series=SERIES[name].caption, reason=reason
        )
        yield _weighed(Finding("not_fetched", "warning", name, words))


def _offline(store: Store, today: date, settings: Settings) -> Finding:
    period, source = store.newest()["GS10"]
    age = (today - SERIES["GS10"].period_end(period)).days
    words = Said(
        "{asked}: this rests on {origin}, whose newest monthly curve is of {month}, {n} days old.",
        asked=Said("No publisher was asked")
        if settings.sources.offline
        else Said("No publisher answered"),
        origin=Said("the bundled history") if source == BUNDLED else Said("what is stored"),
        month=f"{period:%Y-%m}",
        n=age,
    )
    return Finding("offline", "warning", None, words)
