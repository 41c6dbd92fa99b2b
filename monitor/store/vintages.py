"""What was believed on which day: step functions, and the statements that pin them. Pure.

For each period of a series, what was believed is a step function of the day. A row stands where
the function changes; a statement says on which days and of which periods a publisher stood by its
values, so that the function is known there although it has no row. What arrives late is therefore
put in its place without touching what was believed on any later day that somebody vouched for.

Within one day publishers have an order, the best one last, so the function is one of *moments*
rather than days, and what counts for a day is its last moment. An archive of vintages stands
above all others on every day that it covers, from the first day on which it has the period.

Days and periods are ISO texts, as they are stored; they sort by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import lru_cache, partial
from itertools import pairwise, repeat, starmap
from operator import attrgetter, lt
from typing import Final, NamedTuple

from monitor.catalog import ARCHIVE, BUNDLED, FILES
from monitor.domain import Fetch

_DIGITS: Final = {BUNDLED: 6}
"""Significant digits of a publisher that rounds: the database behind the bundled history keeps
six, so that a live figure which agrees in those is the same figure and not a revision."""

Moment = tuple[str, int, str, int]
"""Day, and what orders the statements of one day: preference, instant of the answer, number."""

_NEVER: Final = date.max.isoformat()

Stored = tuple[str, str, str, int, float | None]
"""Series, period, first day, number of the statement, value: a row of the table."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was added to a series.

    Attributes:
        new: values of periods that were not known at all.
        revised: values that differ from what was believed on their day.
        unchanged: values that changed nothing that was believed.
        missing: periods with a value of which a statement that covers them said nothing.
    """

    new: int
    revised: int
    unchanged: int
    missing: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(
            self.new + other.new,
            self.revised + other.revised,
            self.unchanged + other.unchanged,
            self.missing + other.missing,
        )


class Row(NamedTuple):
    """One value of one period.

    Attributes:
        known_from: the day from which it was believed.
        statement: number of the statement that says so.
        value: the value, or ``None`` where there is none.
    """

    known_from: str
    statement: int
    value: float | None


Line = list[Row]
"""All rows of one period in the order of their moments."""

# These run once for every value: 16,000 days make up a daily series, and repeat in all of them.
_row = partial(tuple.__new__, Row)
_iso = lru_cache(maxsize=1 << 16)(date.isoformat)


@dataclass(frozen=True, slots=True)
class Standing:
    """A statement as it is stored.

    Attributes:
        id: its number.
        source: name of the publisher.
        rank: place of the publisher in the order of preference; 0 is the best.
        fetched_at: instant of the answer, as ISO text in UTC.
        since, until: first and last day.
        first, last: first and last period, or empty if it vouches for nothing but its rows.
    """

    id: int
    source: str
    rank: int
    fetched_at: str
    since: str
    until: str
    first: str = ""
    last: str = ""

    @property
    def digits(self) -> int | None:
        """Significant digits of the publisher, if it rounds."""
        return _DIGITS.get(self.source)

    @property
    def archive(self) -> bool:
        """Whether it tells of many days, and of a period only once it has mentioned it."""
        return bool(self.first) and (self.source == ARCHIVE or self.since < self.until)

    def covers(self, period: str) -> bool:
        """Whether it vouches for a period."""
        return self.first <= period <= self.last

    def on(self, day: str) -> Moment:
        """The moment of a day at which it speaks."""
        return day, -self.rank, self.fetched_at, self.id

    def after(self, moment: Moment, opening: str) -> Moment | None:
        """The first moment later than ``moment`` at which it stands, from ``opening`` on."""
        day = max(self.since, opening, moment[0])
        if self.on(day) <= moment:
            day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        return self.on(day) if day <= self.until else None


def rank(source: str, publishers: Sequence[str]) -> int:
    """Place of a publisher in the order of preference.

    First the archive, then the user's own files, then the list of the catalogue, then the rest.
    """
    order = (ARCHIVE, FILES, *publishers)
    return order.index(source) if source in order else len(order)


# ----------------------------------------------------------------------------------------- reading
def lines(
    rows: Iterable[tuple[str, str, int, float | None]], standings: Mapping[int, Standing]
) -> Iterator[tuple[str, Line]]:
    """Group rows that come in order of period and day into lines.

    Args:
        rows: the rows of one series: period, first day, number of the statement, value.
        standings: the statements by number; asked only where one day has several rows.
    """
    line: Line = []
    current, day, tied = "", "", False
    for period, known_from, statement, value in rows:
        if period != current:
            if line:
                yield current, _in_order(line, standings) if tied else line
            line, current, tied = [], period, False
        elif known_from == day:
            tied = True
        day = known_from
        line.append(_row((known_from, statement, value)))
    if line:
        yield current, _in_order(line, standings) if tied else line


def _in_order(line: Line, standings: Mapping[int, Standing]) -> Line:
    return sorted(line, key=lambda row: standings[row.statement].on(row.known_from))


def changes(line: Line, standings: Mapping[int, Standing]) -> Line:
    """What was believed at the end of each day, without the days on which it did not change."""
    if len(line) < 2:  # noqa: PLR2004 - there is nothing to compare
        return line
    kept: Line = []
    for place, row in enumerate(line, 1):
        last_of_day = place == len(line) or line[place].known_from != row.known_from
        if last_of_day and not (kept and _same(kept[-1], row, standings)):
            kept.append(row)
    return kept


def on_day(line: Line, day: str, standings: Mapping[int, Standing]) -> Row | None:
    """What was believed at the end of a day, with the day from which it was."""
    if len(line) > 1:
        line = changes([row for row in line if row.known_from <= day], standings)
    return line[-1] if line and line[-1].known_from <= day else None


def said_by(line: Line, by: Standing, standings: Mapping[int, Standing]) -> Row | None:
    """What a statement said on its last day.

    Without a row of its own that is what was believed at the end of the day: somebody better may
    have said the same.
    """
    own = [row for row in line if row.statement == by.id and row.known_from == by.until]
    return own[-1] if own else on_day(line, by.until, standings)


def _spoken(row: Row, moment: Moment, standings: Mapping[int, Standing]) -> bool:
    """Whether a row is not later than a moment."""
    day = moment[0]
    return row.known_from < day or (
        row.known_from == day and standings[row.statement].on(day) <= moment
    )


def _same(one: Row, other: Row, standings: Mapping[int, Standing]) -> bool:
    """Whether two rows say the same, as far as the coarser publisher says it."""
    if one.value == other.value:
        return True
    if one.value is None or other.value is None:
        return False
    digits = [standings[row.statement].digits for row in (one, other)]
    coarse = min(filter(None, digits), default=None)
    return coarse is not None and f"{one.value:.{coarse}g}" == f"{other.value:.{coarse}g}"


# ----------------------------------------------------------------------------------------- writing
def is_plain(fetch: Fetch) -> bool:
    """Whether it is one look at a publisher, with every period once and in order."""
    if len(fetch.statements) != 1 or not fetch.observations:
        return False
    (said,) = fetch.statements
    periods = list(map(_PERIOD, fetch.observations))
    days = set(map(_KNOWN_FROM, fetch.observations))
    return (
        said.since == said.until
        and days == {said.since}
        and said.first <= periods[0]
        and periods[-1] <= said.last
        and all(starmap(lt, pairwise(periods)))
    )


_PERIOD = attrgetter("period")
_KNOWN_FROM = attrgetter("known_from")
_VALUE = attrgetter("value")


def stand(fetch: Fetch, number: int, publishers: Sequence[str], *, plain: bool) -> list[Standing]:
    """The statements of a fetch as they are to be stored.

    What lies outside of them all gets one that vouches for nothing but its rows.

    Args:
        fetch: what a publisher said.
        number: the first free number.
        publishers: those of the series, in order of preference.
        plain: see :func:`is_plain`.
    """
    spans = [
        (said.since, said.until, said.first.isoformat(), said.last.isoformat())
        for said in fetch.statements
    ]
    outside = [] if plain else _outside(fetch)
    if outside or not spans:
        days = outside or [fetch.fetched_at.date()]
        spans.append((min(days), max(days), "", ""))
    place = rank(fetch.source, publishers)
    at = fetch.fetched_at.astimezone(UTC).isoformat(timespec="seconds")
    return [
        Standing(id_, fetch.source, place, at, since.isoformat(), until.isoformat(), first, last)
        for id_, (since, until, first, last) in enumerate(spans, number)
    ]


def _outside(fetch: Fetch) -> list[date]:
    """Days of the observations that no statement covers."""
    return [
        row.known_from
        for row in fetch.observations
        if not any(
            said.since <= row.known_from <= said.until and said.first <= row.period <= said.last
            for said in fetch.statements
        )
    ]


def first_rows(fetch: Fetch, own: Standing) -> Iterator[Stored]:
    """The rows of a plain fetch of a series of which nothing is known."""
    return zip(
        repeat(fetch.series),
        map(_iso, map(_PERIOD, fetch.observations)),
        repeat(own.since),
        repeat(own.id),
        map(_VALUE, fetch.observations),
        strict=False,  # some of them never end
    )


def additions(
    fetch: Fetch,
    own: Sequence[Standing],
    known: Mapping[str, Line],
    pins: Sequence[Standing],
    standings: Mapping[int, Standing],
) -> tuple[list[Stored], dict[int, Recorded]]:
    """The rows that a fetch adds to what is known.

    Args:
        fetch: what a publisher said.
        own: its statements; see :func:`stand`.
        known: the lines of the series, at least of all periods that the fetch speaks of.
        pins: the stored statements of the series that stand on the first day of the fetch or
            later.
        standings: all statements by number, those of the fetch included.

    Returns:
        The rows, and the counts by the number of the statement they belong to.
    """
    book = _Book(fetch.series, pins, standings)
    plain = is_plain(fetch) and not own[0].archive
    agreed: set[str] = set()
    said: dict[str, dict[str, float | None]] = {}
    for row in fetch.observations:
        period, day = _iso(row.period), _iso(row.known_from)
        line = known.get(period)
        # What most answers consist of: the value that is believed already.
        if (
            plain
            and line
            and line[-1].value == row.value
            and _spoken(line[-1], own[0].on(day), standings)
        ):
            agreed.add(period)
        else:
            said.setdefault(period, {})[day] = row.value
    for period in sorted({*said, *known} - agreed):
        line = known.get(period, [])
        for words in _words(period, sorted(said.get(period, {}).items()), own):
            line = book.enter(period, line, words)
    counts = {by.id: book.counted(by) for by in own}
    counts[own[0].id] += Recorded(0, 0, len(agreed))
    return book.added, counts


class _Step(NamedTuple):
    """A value from a day on; told, if an observation of that day says so."""

    day: str
    value: float | None
    told: bool


class _Words(NamedTuple):
    """What one statement says of one period, step by step; no step if it does not mention it."""

    by: Standing
    steps: list[_Step]
    until: str

    @property
    def start(self) -> Moment:
        return self.by.on(self.steps[0].day if self.steps else self.by.since)


def _words(
    period: str, values: list[tuple[str, float | None]], own: Sequence[Standing]
) -> list[_Words]:
    """What each statement of a fetch says of a period, in order of their first moments.

    Args:
        period: the period.
        values: days and values of the observations of the period, in order.
        own: the statements.
    """
    found: list[_Words] = []
    covered: set[str] = set()
    for by in own:
        if not by.covers(period):
            continue
        steps = [
            _Step(day, value, told=day not in covered)
            for day, value in values
            if by.since <= day <= by.until
        ]
        covered.update(step.day for step in steps)
        before = [value for day, value in values if day < by.since]
        if before and not (steps and steps[0].day == by.since):
            steps.insert(0, _Step(by.since, before[-1], told=False))
        if steps or not by.archive:
            found.append(_Words(by, steps, by.until))
    for day, value in values:
        if day not in covered:
            found.append(_Words(own[-1], [_Step(day, value, told=True)], day))
    return sorted(found, key=attrgetter("start"))


def _steps(line: Line, words: _Words) -> list[_Step]:
    """The steps, and the value in force again on every other day that has a row."""
    steps = words.steps
    if steps[0].day == words.until:
        return steps
    told = {step.day for step in steps}
    days = {row.known_from for row in line if steps[0].day < row.known_from <= words.until}
    merged = sorted([*steps, *(_Step(day, None, told=False) for day in days - told)])
    for place, step in enumerate(merged):
        if step.day not in told:
            merged[place] = step._replace(value=merged[place - 1].value)
    return merged


def _same_day(line: Line, place: int, day: str) -> Line:
    """The rows of a day from a place on."""
    end = place
    while end < len(line) and line[end].known_from == day:
        end += 1
    return line[place:end]


class _Book:
    """Takes in what statements say of the periods of one series."""

    def __init__(
        self, series: str, pins: Sequence[Standing], standings: Mapping[int, Standing]
    ) -> None:
        self.added: list[Stored] = []
        self._series = series
        self._pins = pins
        self._standings = standings
        self._counts: Counter[tuple[int, str]] = Counter()

    def counted(self, by: Standing) -> Recorded:
        """What the words of a statement came to."""
        kinds = ("new", "revised", "unchanged", "missing")
        return Recorded(*(self._counts[by.id, kind] for kind in kinds))

    def enter(self, period: str, line: Line, words: _Words) -> Line:
        """Let a statement stand on its days; the line with the rows that this adds."""
        if words.steps:
            return self._stand(period, line, words)
        if self._lost(period, line, words.by):
            gone = _Step(words.by.since, None, told=False)
            return self._stand(period, line, words._replace(steps=[gone]))
        return line

    def _lost(self, period: str, line: Line, by: Standing) -> bool:
        """Whether a value is gone because a statement that covers its period is silent on it."""
        shown = on_day(line, by.since, self._standings) if line else None
        if shown is None or shown.value is None:
            return False
        self._counts[by.id, "missing"] += 1
        # Silence does not speak against a better publisher of the same day.
        return not self._vouched(period, line, by.on(by.since))

    def _stand(self, period: str, line: Line, words: _Words) -> Line:
        """Add a row wherever a statement says something else than was believed.

        What was believed after its last day is stated again at the next moment for which somebody
        vouched, unless a row comes first.
        """
        by, standings = words.by, self._standings
        opens = by.archive and words.steps[0].day < self._opening(line, by.source)
        old: Row | None = None  # what was believed without this statement
        held: Row | None = None  # and with it
        merged: Line = []
        place = 0
        for step in _steps(line, words):
            moment = by.on(step.day)
            while place < len(line) and _spoken(line[place], moment, standings):
                old, held = self._run(old, line[place]), self._run(held, line[place])
                merged.append(line[place])
                place += 1
            row = Row(step.day, by.id, step.value)
            better = _same_day(line, place, step.day)
            if any(_same(other, row, standings) for other in (held, *better) if other):
                kind, needed = "unchanged", opens
            elif not line and not merged:
                kind, needed = "new", True
            elif not by.archive and self._archived(period, line, moment):
                kind, needed = "unchanged", False
            else:
                beaten = self._vouched(period, line, moment)
                kind, needed = "unchanged" if beaten else "revised", True
            self._counts[by.id, kind] += step.told
            if needed:
                opens = False
                held = self._run(held, row)
                merged.append(row)
                self.added.append((self._series, period, *row))
        rest = line[place:]
        if held is not old and held is not None:
            again = self._again(period, merged, rest, by.on(words.until), old)
            if again and not _same(held, old or again, standings):
                merged.append(again)
                self.added.append((self._series, period, *again))
        return [*merged, *rest]

    def _again(
        self, period: str, merged: Line, rest: Line, moment: Moment, old: Row | None
    ) -> Row | None:
        """What was believed, at the next moment for which somebody vouched and has no row."""
        pin = self._next(period, [*merged, *rest], moment)
        if pin is None:
            return None
        day, *_, statement = pin
        if rest and _spoken(rest[0], pin, self._standings):
            return None
        if old is None and rest and rest[0].known_from == day:
            # Either nothing was said of the period, or the same as that row says.
            return None
        return Row(day, statement, old.value if old else None)

    def _vouched(self, period: str, line: Line, moment: Moment) -> bool:
        """Whether somebody vouches for the rest of a day."""
        pin = self._next(period, line, moment)
        return pin is not None and pin[0] == moment[0]

    def _archived(self, period: str, line: Line, moment: Moment) -> bool:
        """Whether an archive decides what counts on the day of a moment."""
        day = moment[0]
        return any(
            pin.archive
            and pin.covers(period)
            and max(pin.since, self._opening(line, pin.source)) <= day <= pin.until
            and pin.on(day) > moment
            for pin in self._pins
        )

    def _next(self, period: str, line: Line, moment: Moment) -> Moment | None:
        """The next moment at which a stored statement stands."""
        found: Moment | None = None
        for pin in self._pins:
            if pin.covers(period):
                opening = self._opening(line, pin.source) if pin.archive else pin.since
                after = pin.after(moment, opening)
                if after and (found is None or after < found):
                    found = after
        return found

    def _opening(self, line: Line, source: str) -> str:
        """The first day on which an archive had the period; it always has a row there."""
        for row in line:
            by = self._standings[row.statement]
            if by.archive and by.source == source:
                return row.known_from
        return _NEVER

    def _run(self, head: Row | None, row: Row) -> Row:
        """The first of a run of rows that say the same."""
        return head if head and _same(head, row, self._standings) else row
