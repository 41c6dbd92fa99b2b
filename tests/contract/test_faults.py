"""One contract for every adapter: under any fault the right rows, or the right error.

Each test runs over every case of ``conftest.py``, so a new adapter needs a case and no test.
"""

from __future__ import annotations

import io
import logging
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from loopback import FAULTS, ON_THE_WAY, PUBLISHERS, Habits, Server

from monitor import config, screen, sources
from monitor.catalog import SERIES
from monitor.domain import Fetch, Observation, Want, Withheld
from monitor.errors import (
    KeyRefused,
    RateLimited,
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import Answer
from monitor.sources.csvdir import CsvDir
from monitor.sources.fred import Fred, Metadata
from monitor.sources.http import Backoff
from monitor.store import Store

KEYS = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210")
SLOW = ("drip", "silence")
AT_ONCE = Backoff(0, 0, 0)
NOW = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("America/New_York"))
TODAY = NOW.date()
AUTUMN = date(2026, 9, 1)
NOVEMBER = date(2026, 11, 2)
ALL_VINTAGES = date(1776, 7, 4)


@dataclass(frozen=True)
class Case:
    """What an adapter is asked, and how many requests that takes.

    Attributes:
        name: of the case.
        publisher: name of the adapter.
        series: what is wanted.
        column: the column of the last of them, where one answer has several.
        since, vintages_since: as in :class:`monitor.domain.Want`.
        requests: how many are sent where all is well, or only figures are wrong.
        spoiled: where no answer can be read: some formats have a second chance.
        refused: where every request is refused.
        failing: where the server fails each time, four tries each.
    """

    name: str
    publisher: str
    series: tuple[str, ...]
    column: str = ""
    since: date | None = AUTUMN
    vintages_since: date | None = None
    requests: int = 1
    spoiled: int = 1
    refused: int = 1
    failing: int = 4

    @property
    def wants(self) -> tuple[Want, ...]:
        return tuple(Want(SERIES[name], self.since, self.vintages_since) for name in self.series)

    @property
    def struck(self) -> str:
        """The series that a fault in one column strikes."""
        return self.series[-1]


CASES = {
    case.name: case
    for case in (
        Case("fred", "fred", ("UNRATE",), since=None),
        # The list of vintages comes first; it holds no figures that could be wrong.
        Case("fred vintages", "fred", ("UNRATE",), "", None, ALL_VINTAGES, requests=2),
        # What cannot be read together is asked for one by one.
        Case("fredgraph", "fredgraph", ("UNRATE", "CPIAUCSL"), "CPIAUCSL", spoiled=3, refused=3),
        # What cannot be had as XML is asked for as CSV.
        Case("treasury", "treasury", ("DGS2", "DGS10"), "BC_10YEAR", NOVEMBER,
             spoiled=2, refused=2, failing=8),
        Case("bls", "bls", ("UNRATE", "CPIAUCSL")),
        Case("nyfed rates", "nyfed", ("DFEDTARU", "EFFR"), "percentRate"),
        Case("nyfed portfolio", "nyfed", ("SOMA_MBS", "SOMA_BILLS"), "bills"),
        Case("board curve", "board", ("DGS2", "DGS10"), "H15/H15/RIFLGFCY10_N.B"),
        Case("board balance sheet", "board", ("WALCL",), "H41/H41/RESPPMA_N.WW"),
        Case("board premium", "board", ("EBP",), since=None),
    )
}  # fmt: skip


@dataclass
class Outcome:
    """What came of a question.

    Attributes:
        answers: as they came.
        asked: how many requests the publisher saw.
        log: everything logged meanwhile, at DEBUG and with tracebacks.
    """

    answers: list[Answer] = field(default_factory=list)
    asked: int = 0
    log: str = ""

    @property
    def fetches(self) -> dict[str, Fetch]:
        return {fetch.series: fetch for answer in self.answers for fetch in answer.fetches}

    @property
    def failed(self) -> dict[str, SourceError]:
        return {name: err for answer in self.answers for name, err in answer.failed.items()}

    @property
    def rows(self) -> dict[str, tuple[Observation, ...]]:
        return {name: fetch.observations for name, fetch in self.fetches.items()}

    def texts(self) -> str:
        """Everything of it that could be printed, stored or sent."""
        seen = [repr(self.answers), self.log]
        for answer in self.answers:
            seen += [repr(receipt) for receipt in answer.receipts]
            seen += [fetch.raw.decode("latin-1") for fetch in answer.fetches]
        for err in self.failed.values():
            seen += ["".join(traceback.format_exception(err)), repr(vars(err)), repr(err.args)]
            seen.append(err.raw.decode("latin-1"))
        return "\n".join(seen)


@dataclass(frozen=True)
class Trial:
    """A fault and what must come of it.

    Attributes:
        fault: its name.
        error: the class of every error; ``None`` if the rows must be right.
        asks: which number of the case says how many requests go out.
        times: and how many for each of them.
        options: of the fault.
        column: whether the fault is in one column only, and spoils no other series.
        other: classes for the cases in which the error is another one.
    """

    fault: str
    error: type[SourceError] | None
    asks: str = "spoiled"
    times: int = 1
    options: dict[str, Any] = field(default_factory=dict)
    column: bool = False
    other: dict[str, type[SourceError]] = field(default_factory=dict)

    def __str__(self) -> str:
        said = " ".join(f"{name}={text}" for name, text in self.options.items())
        return f"{self.fault} {said}".strip()


TRIALS = [
    # The figures are all there, in a form that nobody has seen before.
    Trial("added_column", None, "requests"),
    Trial("reordered_rows", None, "requests"),
    Trial("repeated_row", None, "requests"),
    Trial("wrong_type", None, "requests"),
    Trial("other_encoding", None, "requests", options={"codec": "utf-8-sig"}),
    # One column is wrong.
    Trial("renamed_column", SourceMalformed, "requests", column=True),
    Trial("contradiction", SourceMalformed, "requests", column=True),
    Trial("not_a_number", SourceMalformed, "requests", options={"token": "NaN"}, column=True),
    Trial("not_a_number", SourceMalformed, "requests", options={"token": "Infinity"}, column=True),
    Trial("not_a_number", SourceMalformed, "requests", options={"token": "-1e400"}, column=True),
    # The figures are wrong.
    Trial("renamed_column", SourceMalformed, options={"column": "key"}),
    Trial("future_date", SourceMalformed, "requests"),
    Trial("no_values", SourceMalformed, "requests"),
    Trial("no_rows", SourceMalformed, "requests"),
    # It is no answer.
    Trial("web_page", SourceMalformed),
    Trial("web_page", SourceMalformed, options={"disguised": "yes"}),
    Trial("empty", SourceMalformed),
    Trial("deep_nesting", SourceMalformed),
    Trial("entities", SourceMalformed),
    Trial("entities", SourceMalformed, options={"external": "yes"}),
    Trial("other_encoding", SourceMalformed, options={"codec": "utf-16"}),
    Trial("cut", SourceMalformed),
    Trial("cut_chunk", SourceMalformed),
    Trial("cut_unframed", SourceMalformed),
    Trial("gzip_bomb", SourceMalformed),
    Trial("zip_bomb", SourceMalformed),
    Trial("broken_gzip", SourceMalformed),
    # It leads away.
    Trial("redirect", SourceMalformed, times=4),
    Trial("redirect", SourceMalformed, options={"to": "http://localhost:9/elsewhere"}),
    Trial("redirect", SourceMalformed, options={"to": "file:///etc/hostname"}),
    Trial("redirect", SourceMalformed, options={"to": "http://[", "status": "301"}),
    # It is a refusal.
    Trial("403", SourceRejected, "refused"),
    Trial("404", SourceRejected, "refused", other={"fredgraph": SeriesUnknown}),
    Trial("key_repeated", SourceRejected, "refused"),
    # It may be better later.
    Trial("500", SourceUnavailable, "failing"),
    Trial("502", SourceUnavailable, "failing"),
    Trial("503", SourceUnavailable, "failing"),
    Trial("504", SourceUnavailable, "failing"),
    Trial("reset", SourceUnavailable, "failing"),
    Trial("429", RateLimited, "1", times=4),
    Trial("429", RateLimited, "1", options={"retry_after": "3600"}),
    Trial("429", RateLimited, "1", options={"retry_after": "Wed, 01 Jan 2098 00:00:00 GMT"}),
    Trial("429", RateLimited, "1", times=4, options={"retry_after": "soon; api_key=0123456789"}),
]  # fmt: skip


def requests(case: Case, trial: Trial) -> int:
    """How many requests a trial takes."""
    special = {
        # A question that is posted is not led anywhere.
        ("bls", "redirect"): 1,
        # They are at work on it, whatever the series; and what begins with "<" looks like a page.
        ("fredgraph", "web_page"): 1,
        ("fredgraph", "entities"): 1,
        # What is missing is asked for again.
        ("fredgraph", "renamed_column"): 2 if trial.column else case.spoiled,
        ("fredgraph", "not_a_number"): case.spoiled,
        # A month without a day is no answer.
        ("treasury", "no_rows"): case.spoiled,
        # The list of vintages has no figures that could be wrong.
        ("fred vintages", "renamed_column"): case.requests,
    }
    if number := special.get((case.name, trial.fault)):
        return number
    numbers = {
        "requests": case.requests,
        "spoiled": case.spoiled,
        "refused": case.refused,
        "failing": case.failing,
    }
    return numbers.get(trial.asks, 1) * trial.times


def spoilt(case: Case, trial: Trial) -> set[str]:
    """The series that a trial takes away."""
    if trial.error is None:
        return set()
    # In JSON one bare word that is no number spoils the whole document.
    whole = trial.fault == "not_a_number" and case.publisher in ("bls", "nyfed")
    return {case.struck} if trial.column and not whole else set(case.series)


def strike(server: Server, case: Case, trial: Trial) -> None:
    """Let the publisher of a case fail."""
    options = dict(trial.options)
    if trial.column and case.column:
        options["column"] = case.column
    if trial.column and case.publisher == "bls":
        options["series"] = case.struck
    server.fail(case.publisher, trial.fault, **options)


def leaks(text: str | bytes) -> list[str]:
    content = text.encode("latin-1", "replace") if isinstance(text, str) else text
    return [key for key in KEYS if key.encode() in content]


@lru_cache(maxsize=8)
def _settings(environment: frozenset[tuple[str, str]]) -> config.Settings:
    return config.load(None, dict(environment))


class Bench:
    """Publishers, and a store without anything in it.

    Attributes:
        server: the publishers, in good health at first.
        store: where answers go.
    """

    _sound: ClassVar[dict[str, Outcome]] = {}

    def __init__(self, server: Server, environment: Mapping[str, str], store: Store) -> None:
        self.server = server
        self.store = store
        self._environment = environment

    def put(self, case: Case, backoff: Backoff = AT_ONCE, **more: str) -> Outcome:
        """Put a case to its publisher, with every wait cut out."""
        publishers = self.publishers(backoff, **more)
        outcome, stream = Outcome(), io.StringIO()
        handler, root = logging.StreamHandler(stream), logging.getLogger()
        level, before = root.level, self.server.requests
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            outcome.answers = list(publishers.by_name[case.publisher].fetch(case.wants, NOW))
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
        outcome.asked = self.server.requests - before
        outcome.log = stream.getvalue()
        assert publishers.requests == outcome.asked
        return outcome

    def publishers(self, backoff: Backoff = AT_ONCE, **more: str) -> sources.Publishers:
        """Everyone who can be asked, as for one pull."""
        settings = _settings(frozenset({**self._environment, **more}.items()))
        return sources.live(settings, self.store.receipt, backoff=backoff)

    def sound(self, case: Case) -> Outcome:
        """The answer of the publisher in good health."""
        if case.name not in self._sound:
            self._sound[case.name] = self.put(case)
            self.server.heal()
        return self._sound[case.name]

    def take(self, case: Case, outcome: Outcome) -> None:
        """Record an outcome as a pull does: screened, each answer as a whole."""
        for answer in outcome.answers:
            accepted = []
            for fetch in answer.fetches:
                verdict = screen.screen(
                    SERIES[fetch.series],
                    fetch,
                    self.store.believed(fetch.series, TODAY),
                    self.store.doubted(fetch.series, before=TODAY),
                    TODAY,
                )
                self.store.withhold(verdict.withheld)
                if verdict.accepted is not None:
                    accepted.append(verdict.accepted)
            self.store.withhold(
                Withheld(name, case.publisher, NOW, "unreadable", str(err), raw=err.raw)
                for name, err in answer.failed.items()
            )
            whole = not answer.failed and accepted == list(answer.fetches)
            self.store.record(accepted, receipts=answer.receipts if whole else ())
            for name in answer.unchanged:
                self.store.confirm(name, case.publisher, NOW)

    def stored(self, case: Case) -> dict[str, list[tuple[date, date, float | None]]]:
        """What the store has of the series of a case."""
        return {
            name: [(row.period, row.known_from, row.value) for row in self.store.vintages(name)]
            for name in case.series
        }

    def database(self) -> bytes:
        """The store as the bytes of a file."""
        return bytes(self.store._db.serialize())


@pytest.fixture
def bench(server: Server, environment: Mapping[str, str], tmp_path: Path) -> Iterator[Bench]:
    with Store.open(tmp_path / "monitor.db", scratch=True) as store:
        yield Bench(server, environment, store)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """The case that a test is parametrised with by name."""
    return CASES[request.param]


# ------------------------------------------------------------------------------------ the contract
@pytest.mark.parametrize("case", [*CASES], indirect=True)
class TestContract:
    """What holds for every adapter."""

    def test_an_answer_has_all_that_was_wanted(self, case: Case, bench: Bench) -> None:
        sound = bench.sound(case)
        assert (sound.failed, sound.asked) == ({}, case.requests)
        assert set(sound.rows) == set(case.series)
        for name, fetch in sound.fetches.items():
            periods = [row.period for row in fetch.observations]
            assert periods == sorted(periods)
            assert fetch.observations[-1].value is not None
            (statement,) = fetch.statements
            assert (statement.first, statement.last) == (periods[0], periods[-1])
            assert statement.until == TODAY
            assert fetch.raw
            shown = {row.period: row.value for row in fetch.observations}
            served = dict(bench.server.figures[name].latest)
            assert served.keys() & shown.keys()
            for period in served.keys() & shown.keys():
                assert shown[period] == pytest.approx(served[period], abs=0.0051), period

    @pytest.mark.parametrize("trial", TRIALS, ids=str)
    def test_a_fault_ends_in_right_rows_or_in_the_right_error(
        self, case: Case, trial: Trial, bench: Bench
    ) -> None:
        sound = bench.sound(case)
        strike(bench.server, case, trial)
        outcome = bench.put(case)
        assert {type(err) for err in outcome.failed.values()} <= {
            trial.other.get(case.name, trial.error)
        }
        assert set(outcome.failed) == spoilt(case, trial)
        assert outcome.rows == {
            name: rows for name, rows in sound.rows.items() if name not in outcome.failed
        }
        assert outcome.asked == requests(case, trial)
        assert leaks(outcome.texts()) == []
        for err in outcome.failed.values():
            assert str(err)
            assert err.__cause__ is None
            assert err.__context__ is None or isinstance(err.__context__, SourceError)

        # Nothing of what failed is stored, all of the rest is, and a cure brings what failed.
        bench.take(case, outcome)
        before = bench.stored(case)
        assert {name for name, rows in before.items() if rows} == set(outcome.rows)
        assert leaks(bench.database()) == []
        bench.server.heal()
        bench.take(case, bench.put(case))
        after = bench.stored(case)
        assert all(after.values())
        assert {name: after[name] for name in outcome.rows} == {
            name: before[name] for name in outcome.rows
        }

    @pytest.mark.parametrize("fault", [name for name in FAULTS if name not in (*SLOW, "file")])
    def test_no_fault_changes_what_is_believed(self, case: Case, fault: str, bench: Bench) -> None:
        bench.take(case, bench.sound(case))
        before = bench.stored(case)
        assert all(before.values())
        bench.server.fail(case.publisher, fault)
        bench.take(case, bench.put(case))
        assert bench.stored(case) == before

    @pytest.mark.parametrize("factor", ["0.001", "0.01", "0.1", "10", "100"])
    def test_another_unit_is_not_believed(self, case: Case, factor: str, bench: Bench) -> None:
        bench.take(case, bench.sound(case))
        before = bench.stored(case)
        bench.server.fail(case.publisher, "other_unit", factor=factor)
        bench.take(case, bench.put(case))
        assert bench.stored(case) == before

    @pytest.mark.parametrize("fault", SLOW)
    def test_a_slow_publisher_does_not_hold_us(self, case: Case, fault: str, bench: Bench) -> None:
        bench.server.fail(case.publisher, fault, seconds=5 if fault == "silence" else 0.05)
        started = time.monotonic()
        outcome = bench.put(case, RECESSION_MONITOR_SOURCES__TIMEOUT="0.2")
        asks = case.failing // 4
        assert time.monotonic() - started < 1.5 * asks
        assert outcome.asked == asks
        assert set(outcome.failed) == set(case.series)
        assert {type(err) for err in outcome.failed.values()} == {SourceUnavailable}
        assert leaks(outcome.texts()) == []

    @pytest.mark.parametrize("fault", ["500", "503", "reset", "429"])
    def test_a_short_illness_is_overcome(self, case: Case, fault: str, bench: Bench) -> None:
        sound = bench.sound(case)
        bench.server.fail(case.publisher, fault, times=2)
        outcome = bench.put(case)
        assert outcome.rows == sound.rows
        assert outcome.asked == case.requests + 2

    def test_an_unchanged_answer_is_known_again(self, case: Case, bench: Bench) -> None:
        bench.server.move_to(TODAY, Habits(validators=frozenset(PUBLISHERS)))
        bench.take(case, bench.put(case))
        before = bench.stored(case)
        again = bench.put(case)
        bench.take(case, again)
        assert again.failed == {}
        assert bench.stored(case) == before


# ------------------------------------------------------------------------------ beyond one adapter
@pytest.mark.parametrize("case", ["fred", "bls"], indirect=True)
def test_who_asks_for_a_second_of_patience_gets_it(case: Case, bench: Bench) -> None:
    sound = bench.sound(case)
    bench.server.fail(case.publisher, "429", retry_after="1", times=1)
    assert bench.put(case, Backoff(0, 0, longest=2)).rows == sound.rows
    first, second = bench.server.asked
    assert 0.9 < second.at - first.at < 1.9


@pytest.mark.parametrize("case", ["fred"], indirect=True)
def test_nobody_is_asked_to_whom_a_redirect_leads(case: Case, bench: Bench) -> None:
    elsewhere = bench.server.url("board").replace("127.0.0.1", "localhost")
    bench.server.fail("fred", "redirect", to=f"{elsewhere}/fred/series?api_key={KEYS[0]}")
    outcome = bench.put(case)
    assert {type(err) for err in outcome.failed.values()} == {SourceMalformed}
    assert [asked.publisher for asked in bench.server.asked] == ["fred"]
    assert leaks(outcome.texts()) == []


@pytest.mark.parametrize("case", ["treasury"], indirect=True)
@pytest.mark.parametrize("fault", ["404", "500", "web_page", "cut", "renamed_column"])
def test_without_its_feed_the_treasury_has_a_file(case: Case, fault: str, bench: Bench) -> None:
    sound = bench.sound(case)
    bench.server.fail("treasury", fault, path="/pages/xml", column="key")
    assert bench.put(case).rows == sound.rows
    assert bench.server.asked[-1].path.endswith("daily-treasury-rates.csv/all/202611")


@pytest.mark.parametrize(
    ("case", "habits"),
    [
        ("fredgraph", Habits(old_header=True, point=True)),
        ("fredgraph", Habits(whole_history=True)),
        ("treasury", Habits(null=False)),
        ("bls", Habits(annual_average=True)),
    ],
    indirect=["case"],
)
def test_the_old_habits_of_publishers_change_nothing(
    case: Case, habits: Habits, bench: Bench
) -> None:
    whole = replace(case, since=date(2019, 1, 1))
    usual = bench.put(whole).rows
    bench.server.move_to(TODAY, habits)
    assert bench.put(whole).rows == usual


@pytest.mark.parametrize("case", ["fred", "fred vintages", "bls"], indirect=True)
def test_a_key_that_is_not_known_is_shown_once(case: Case, bench: Bench) -> None:
    bench.server.move_to(TODAY, Habits(known_keys=frozenset({"another"})))
    several = replace(case, series=("UNRATE", "PAYEMS", "CPIAUCSL"), since=None)
    outcome = bench.put(several)
    assert {type(err) for err in outcome.failed.values()} == {KeyRefused}
    assert set(outcome.failed) == set(several.series)
    assert outcome.asked == 1
    assert leaks(outcome.texts()) == []


@pytest.mark.parametrize("case", ["bls"], indirect=True)
def test_a_quota_that_is_used_up_is_met_once(case: Case, bench: Bench) -> None:
    bench.server.fail("bls", "quota")
    outcome = bench.put(replace(case, since=None))
    assert {type(err) for err in outcome.failed.values()} == {RateLimited}
    assert outcome.asked == 1
    assert leaks(outcome.texts()) == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("500", SourceUnavailable),
        ("429", RateLimited),
        ("403", SourceRejected),
        ("web_page", SourceMalformed),
        ("empty", SourceMalformed),
        ("cut", SourceMalformed),
        ("deep_nesting", SourceMalformed),
        ("key_repeated", SourceRejected),
    ],
)
def test_what_fred_says_of_a_series_is_held_to_the_same_contract(
    fault: str, error: type[SourceError], bench: Bench
) -> None:
    def ask() -> Metadata:
        (fred,) = (one for one in bench.publishers().by_name.values() if isinstance(one, Fred))
        return fred.metadata("UNRATE")

    said = ask()
    assert (said.unit, said.frequency) == ("Percent", "Monthly")
    assert said.last_updated.tzinfo is UTC
    bench.server.fail("fred", fault)
    with pytest.raises(error) as caught:
        ask()
    assert type(caught.value) is error
    assert leaks(Outcome([Answer(failed={"UNRATE": caught.value})]).texts()) == []


@pytest.mark.parametrize("case", ["fred"], indirect=True)
def test_a_publisher_whose_clock_is_wrong_is_believed_in_the_rest(case: Case, bench: Bench) -> None:
    sound = bench.sound(case)
    bench.server.skew = timedelta(days=900)
    assert bench.put(case).rows == sound.rows


@pytest.mark.parametrize("fault", ["500", "reset", "cut", "gzip_bomb", "redirect"])
@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_who_does_not_answer_three_times_is_left_alone(
    publisher: str, fault: str, bench: Bench
) -> None:
    names = tuple(name for name, spec in SERIES.items() if publisher in spec.publishers)
    bench.server.fail(publisher, fault)
    outcome = bench.put(Case("whole", publisher, names, since=None))
    assert set(outcome.failed) == set(names)
    assert outcome.asked <= 3 * 4


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_every_publisher_has_every_series_that_the_catalogue_says_it_has(
    publisher: str, bench: Bench
) -> None:
    names = tuple(name for name, spec in SERIES.items() if publisher in spec.publishers)
    outcome = bench.put(Case("catalogue", publisher, names, since=date(2026, 1, 1)))
    living = {name for name in names if SERIES[name].ends is None}
    assert set(outcome.fetches) >= living
    for name, fetch in outcome.fetches.items():
        low, high = SERIES[name].bounds
        assert all(row.value is None or low <= row.value <= high for row in fetch.observations)


# ------------------------------------------------------------------------------ the user's files
FILE_TRIALS = [
    trial
    for trial in TRIALS
    if trial.asks in ("requests", "spoiled")
    and trial.fault not in (*ON_THE_WAY, "redirect", "wrong_type")
    # The name of the file says what a single column is, whatever the column is called.
    and not (trial.fault == "renamed_column" and trial.column)
]


@pytest.mark.parametrize("trial", FILE_TRIALS, ids=str)
def test_a_file_of_ones_own_is_held_to_the_same_contract(
    trial: Trial, server: Server, tmp_path: Path
) -> None:
    def file(name: str) -> None:
        url = f"{server.url('fredgraph')}/graph/fredgraph.csv?id={name}"
        with urlopen(url) as answer:
            (tmp_path / f"{name}.csv").write_bytes(answer.read())

    def ask() -> Outcome:
        wants = [Want(SERIES[name]) for name in ("UNRATE", "CPIAUCSL")]
        return Outcome(list(CsvDir(tmp_path).fetch(wants, NOW)))

    file("UNRATE")
    file("CPIAUCSL")
    sound = ask()
    assert sound.failed == {}
    server.fail("fredgraph", trial.fault, **trial.options)
    file("UNRATE")
    outcome = ask()
    assert outcome.rows["CPIAUCSL"] == sound.rows["CPIAUCSL"]
    if trial.error is None:
        assert outcome.rows == sound.rows
    else:
        assert "UNRATE" not in outcome.rows
        assert isinstance(outcome.failed["UNRATE"], SourceMalformed | SeriesUnknown)
