"""One pull with publishers that say what a test wants: who is believed, what is kept, what is told.

The store is real and holds the bundled history; only the network is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.pull import COMPARED, Pull, pull
from monitor import sources
from monitor.catalog import ARCHIVE, SERIES, specs
from monitor.config import Settings
from monitor.domain import Fetch, Observation, Receipt, Statement, Want
from monitor.errors import (
    SeriesUnknown,
    SourceError,
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from monitor.sources import Answer, Publisher, Publishers
from monitor.sources.csvdir import CsvDir
from monitor.sources.plan import FIRST_VINTAGE
from monitor.store import Store

NOW = datetime(2026, 11, 22, 23, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
ALONE = Settings.model_validate({"sources": {"second_opinion": False}})
TWO = Settings()

Said = Mapping[date, float | None] | SourceError
Answers = Callable[[Sequence[Want], datetime], Iterable[Answer]]


@dataclass
class Counter:
    """What a pull needs of the client that all publishers share."""

    requests: int = 0


@dataclass
class Fake:
    """A publisher, and what it was asked."""

    name: str
    answers: Answers
    house: str = ""
    cost: int = 1
    client: Counter = field(default_factory=Counter)
    asked: list[tuple[Want, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house = self.house or self.name

    @property
    def series(self) -> list[str]:
        """All series it was asked for, in order."""
        return [want.spec.id for wants in self.asked for want in wants]

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        self.asked.append(tuple(wants))
        for answer in self.answers(wants, now):
            self.client.requests += self.cost
            yield answer


def said(series: str, source: str, values: Mapping[date, float | None], raw: bytes = b"") -> Fetch:
    """An answer of today."""
    rows = tuple(Observation(day, TODAY, value) for day, value in sorted(values.items()))
    whole = Statement(TODAY, TODAY, min(values), max(values))
    return Fetch(series, source, NOW, rows, (whole,), raw)


def one_by_one(name: str, says: Mapping[str, Said]) -> Answers:
    """An answer for each series."""

    def answers(wants: Sequence[Want], _now: datetime) -> Iterator[Answer]:
        for series in (want.spec.id for want in wants):
            found = says.get(series, SeriesUnknown(f"{name}: {series}: unknown"))
            if isinstance(found, SourceError):
                yield Answer(failed={series: found})
            else:
                yield Answer(fetches=(said(series, name, found, b"raw"),))

    return answers


def together(name: str, says: Mapping[str, Said], *receipts: Receipt) -> Answers:
    """One answer for all series."""

    def answers(wants: Sequence[Want], _now: datetime) -> Iterator[Answer]:
        chosen = {want.spec.id: says[want.spec.id] for want in wants}
        yield Answer(
            tuple(
                said(series, name, it, b"raw")
                for series, it in chosen.items()
                if not isinstance(it, SourceError)
            ),
            {series: it for series, it in chosen.items() if isinstance(it, SourceError)},
            receipts=receipts,
        )

    return answers


def archive(says: Mapping[str, Mapping[date, float | None]]) -> Answers:
    """All vintages, of which there has been one."""
    first = date(2021, 1, 18)

    def answers(wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        for series in (want.spec.id for want in wants):
            values = says[series]
            rows = tuple(Observation(day, first, it) for day, it in values.items())
            span = Statement(first, TODAY, min(values), max(values))
            yield Answer(fetches=(Fetch(series, ARCHIVE, now.astimezone(UTC), rows, (span,)),))

    return answers


def unchanged(*_: object) -> Iterator[Answer]:
    yield Answer(unchanged=("GS10",))


@pytest.fixture
def store(history: Store) -> Iterator[Store]:
    """A store with the bundled history, for one test alone."""
    with Store.open(history.path, scratch=True) as copied:
        yield copied


@pytest.fixture
def told(store: Store) -> Callable[..., dict[date, float | None]]:
    """A function from a series to its values as stored, and others on top of them."""

    def values(
        series: str, more: Mapping[date, float | None] | None = None, *, times: float = 1
    ) -> dict[date, float | None]:
        known = store.believed(series, TODAY)
        return {
            **{day: None if value is None else value * times for day, value in known.items()},
            **(more or {}),
        }

    return values


@pytest.fixture
def asking(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pull]:
    """A function that pulls series from publishers."""

    def pulled(
        names: str,
        *publishers: Publisher,
        settings: Settings = ALONE,
        now: datetime = NOW,
        since: date | None = None,
    ) -> Pull:
        client: Any = Counter()
        for it in publishers:
            if isinstance(it, Fake):
                it.client = client
        known = Publishers({it.name: it for it in publishers}, client)
        monkeypatch.setattr(sources, "live", lambda _settings, _recall: known)
        return pull(store, settings, now, specs(names.split()), since)

    return pulled


def codes(done: Pull) -> dict[tuple[str, str | None], str]:
    return {(finding.code, finding.series): finding.severity for finding in done.findings}


def graph(says: Mapping[str, Said]) -> Fake:
    return Fake("fredgraph", one_by_one("fredgraph", says))


def board(says: Mapping[str, Said]) -> Fake:
    return Fake("board", one_by_one("board", says))


def test_a_first_pull_begins_with_the_bundled_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, history: Store
) -> None:
    monkeypatch.setattr(sources, "live", lambda _settings, _recall: Publishers({}))
    with Store.open(tmp_path / "monitor.db") as empty:
        pull(empty, ALONE, NOW, specs(["GS10"]))
        assert empty.newest() == history.newest()


# ----------------------------------------------------------------------------------- who delivers
def test_what_is_withheld_of_one_publisher_is_asked_of_the_next(
    store: Store, told: Any, asking: Any
) -> None:
    fred = graph({"GS10": told("GS10", times=1000)})
    agency = board({"GS10": told("GS10", {OCTOBER: 4.1})})
    done = asking("GS10", fred, agency)
    assert (done.sources, done.failed) == ({"GS10": "board"}, {})
    assert done.recorded["GS10"].new == 1
    assert store.believed("GS10", TODAY)[OCTOBER] == 4.1
    (laid,) = store.quarantine()
    assert (laid.series, laid.source, laid.code) == ("GS10", "fredgraph", "unit_changed")
    assert store.quarantined_raw(laid.id) == b"raw"
    assert ("unit_changed", "GS10") in codes(done)


def test_a_series_of_which_everything_is_withheld_fails_with_that_reason(
    store: Store, told: Any, asking: Any
) -> None:
    before = store.believed("GS10", TODAY)
    done = asking("GS10", graph({"GS10": told("GS10", times=1000)}))
    assert (dict(done.recorded), set(done.failed)) == ({}, {"GS10"})
    assert "another unit" in done.failed["GS10"]
    assert store.believed("GS10", TODAY) == before


def test_one_value_that_is_withheld_leaves_the_others_and_settles_the_series(
    store: Store, told: Any, asking: Any
) -> None:
    agency = board({"GS10": told("GS10", {OCTOBER: 4.1})})
    done = asking("GS10", graph({"GS10": told("GS10", {OCTOBER: 41.0})}), agency)
    assert (done.sources, agency.asked) == ({"GS10": "fredgraph"}, [])
    assert codes(done) == {("out_of_bounds", "GS10"): "warning"}
    assert OCTOBER not in store.believed("GS10", TODAY)


def test_answers_that_complete_each_other_are_counted_together(
    told: Any, asking: Any, store: Store
) -> None:
    values = told("GS10", {OCTOBER: 4.1})
    old = {day: value for day, value in values.items() if day < date(2000, 1, 1)}
    new = {day: value for day, value in values.items() if day >= date(2000, 1, 1)}

    def answers(_wants: Sequence[Want], _now: datetime) -> Iterator[Answer]:
        for part in (old, new):
            yield Answer(fetches=(said("GS10", "fredgraph", part),))

    done = asking("GS10", Fake("fredgraph", answers))
    assert (done.recorded["GS10"].new, done.recorded["GS10"].unchanged) == (1, len(values) - 1)
    assert store.believed("GS10", TODAY) == values


def test_an_unchanged_answer_confirms_what_it_said_last(
    store: Store, told: Any, asking: Any
) -> None:
    values = told("GS10", {OCTOBER: 4.1})
    asking("GS10", graph({"GS10": values}), now=NOW - timedelta(days=1))
    done = asking("GS10", Fake("fredgraph", unchanged))
    assert done.sources == {"GS10": "fredgraph"}
    assert (done.recorded["GS10"].new, done.recorded["GS10"].unchanged) == (0, len(values))
    assert store.held()["GS10"].answered_at == NOW


def test_an_unchanged_archive_is_confirmed_too(store: Store, told: Any, asking: Any) -> None:
    """It answers under the name of FRED, and its values are stored under its own."""
    values = told("UNRATE")
    fred = Fake("fred", archive({"UNRATE": values}))
    asking("UNRATE", fred, now=NOW - timedelta(hours=3))
    fred.answers = lambda *_: iter([Answer(unchanged=("UNRATE",))])
    done = asking("UNRATE", fred)
    assert done.sources == {"UNRATE": "fred"}
    assert done.recorded["UNRATE"].unchanged == len(values)
    held = store.held()["UNRATE"]
    assert (held.answered_at, held.complete_at, held.archived_until) == (NOW, NOW, TODAY)


# -------------------------------------------------------------------------------------- receipts
RECEIPT = Receipt("http://127.0.0.1/both", '"tag"', "", "0" * 64)


def test_a_receipt_is_kept_when_everything_of_an_answer_is_recorded(
    store: Store, told: Any, asking: Any
) -> None:
    says = {"GS10": told("GS10"), "TB3MS": told("TB3MS")}
    asking("GS10 TB3MS", Fake("fredgraph", together("fredgraph", says, RECEIPT)))
    assert store.receipt(RECEIPT.request) == RECEIPT


@pytest.mark.parametrize("what", ["a value", "a series", "a failure"])
def test_no_receipt_is_kept_when_something_of_an_answer_is_missing(
    store: Store, told: Any, asking: Any, what: str
) -> None:
    """The publisher would say "unchanged" the next time, and keep it from us for ever."""
    bills: Said = {
        "a value": told("TB3MS", {OCTOBER: 24.9}),
        "a series": told("TB3MS", times=1000),
        "a failure": SourceMalformed("TB3MS: cut off"),
    }[what]
    says = {"GS10": told("GS10", {OCTOBER: 4.1}), "TB3MS": bills}
    done = asking("GS10 TB3MS", Fake("fredgraph", together("fredgraph", says, RECEIPT)))
    assert done.recorded["GS10"].new == 1
    assert store.receipt(RECEIPT.request) is None


# ------------------------------------------------------------------------------ what is laid aside
def test_a_body_of_several_series_that_cannot_be_read_is_laid_aside_once(
    store: Store, asking: Any
) -> None:
    page = SourceMalformed("a web page instead of data", b"<html>")
    says = dict.fromkeys(("GS10", "TB3MS", "UNRATE"), page)
    asking("GS10 TB3MS UNRATE", Fake("fredgraph", together("fredgraph", says)))
    (laid,) = store.quarantine()
    assert (laid.series, laid.source, laid.code) == (None, "fredgraph", "unreadable")
    assert laid.reason == "a web page instead of data (and for 2 more series in this answer)"
    assert store.quarantined_raw(laid.id) == b"<html>"


def test_a_body_of_one_series_that_cannot_be_read_is_laid_aside_under_its_name(
    store: Store, asking: Any
) -> None:
    says: dict[str, Said] = {
        "GS10": SourceMalformed("cut off", b"one"),
        "TB3MS": SourceMalformed("cut off", b"other"),
        "UNRATE": SourceRejected("status 403"),
    }
    asking("GS10 TB3MS UNRATE", Fake("fredgraph", together("fredgraph", says)))
    found = {
        laid.series: (store.quarantined_raw(laid.id), laid.reason) for laid in store.quarantine()
    }
    assert found == {"GS10": (b"one", "cut off"), "TB3MS": (b"other", "cut off")}


def test_what_was_in_doubt_is_believed_when_it_is_said_again_on_a_later_day(
    store: Store, told: Any, asking: Any
) -> None:
    """Not on the same day, however often it is asked for."""
    newest = max(told("TOTRESNS"))
    says = graph({"TOTRESNS": told("TOTRESNS", {newest: 300.0})})
    before = store.believed("TOTRESNS", TODAY)[newest]
    for _ in range(2):
        assert ("implausible_revision", "TOTRESNS") in codes(asking("TOTRESNS", says))
        assert store.believed("TOTRESNS", TODAY)[newest] == before
    done = asking("TOTRESNS", says, now=NOW + timedelta(days=1))
    assert codes(done) == {("revision_confirmed", "TOTRESNS"): "info"}
    assert store.believed("TOTRESNS", TODAY + timedelta(days=1))[newest] == 300.0


# ----------------------------------------------------------------------------------------- costs
def test_series_of_one_answer_share_its_cost_and_costs_of_several_add_up(
    told: Any, asking: Any
) -> None:
    page = SourceMalformed("a web page instead of data", b"<html>")
    fred = Fake(
        "fredgraph", together("fredgraph", {"GS10": page, "UNRATE": told("UNRATE")}), cost=3
    )
    done = asking("GS10 UNRATE", fred, board({"GS10": told("GS10")}))
    assert {name: cost.requests for name, cost in done.costs.items()} == {"GS10": 4, "UNRATE": 3}
    assert done.requests == 4
    assert all(0 <= cost.seconds <= done.seconds < 60 for cost in done.costs.values())


def test_what_a_second_opinion_costs_is_in_the_total_alone(told: Any, asking: Any) -> None:
    done = asking(
        "GS10", graph({"GS10": told("GS10")}), board({"GS10": told("GS10")}), settings=TWO
    )
    assert (done.costs["GS10"].requests, done.requests) == (1, 2)


# ------------------------------------------------------------------------- what failed, and is told
def test_only_a_series_that_the_digest_shows_makes_it_look_worse(told: Any, asking: Any) -> None:
    done = asking("GS10 UNRATE MICH", graph({"GS10": told("GS10")}))
    assert codes(done) == {("not_fetched", "UNRATE"): "warning", ("not_fetched", "MICH"): "info"}
    assert "unknown" in done.failed["MICH"]


def test_the_same_is_true_of_what_is_withheld(told: Any, asking: Any) -> None:
    says = {name: told(name, times=1000) for name in ("GS10", "HOUST")}
    done = asking("GS10 HOUST", graph(says))
    assert codes(done)["unit_changed", "HOUST"] == "info"
    assert codes(done)["unit_changed", "GS10"] == "error"


def test_nobody_answered_is_said_only_when_nobody_did(told: Any, asking: Any) -> None:
    down = SourceUnavailable("could not be reached")
    silent = graph({"GS10": down, "UNRATE": down})
    assert codes(asking("GS10 UNRATE", silent)) == {("offline", None): "warning"}
    one = graph({"GS10": down, "UNRATE": SourceRejected("status 403")})
    assert set(codes(asking("GS10 UNRATE", one))) == {
        ("not_fetched", "GS10"), ("not_fetched", "UNRATE"),
    }  # fmt: skip
    other = graph({"GS10": down, "UNRATE": told("UNRATE")})
    assert set(codes(asking("GS10 UNRATE", other))) == {("not_fetched", "GS10")}


def test_the_last_reason_is_the_one_that_is_told(told: Any, asking: Any) -> None:
    done = asking(
        "GS10 UNRATE",
        graph({"GS10": SourceMalformed("first"), "UNRATE": told("UNRATE")}),
        board({"GS10": SourceRejected("second")}),
    )
    assert done.failed == {"GS10": "second"}


def test_without_publishers_it_is_said_why_nobody_was_asked(asking: Any) -> None:
    offline = Settings.model_validate({"sources": {"offline": True}})
    done = asking("GS10", settings=offline)
    assert done.failed == {"GS10": "[sources] offline = true"}
    (finding,) = done.findings
    assert finding.message.startswith("No publisher was asked: this rests on the bundled history")


# -------------------------------------------------------------------------------- second opinions
def test_the_second_publisher_is_the_first_of_another_house(told: Any, asking: Any) -> None:
    values = told("DGS10")
    fred = Fake("fred", one_by_one("fred", {"DGS10": values}), house="St. Louis")
    same = Fake("fredgraph", one_by_one("fredgraph", {"DGS10": values}), house="St. Louis")
    treasury = Fake("treasury", one_by_one("treasury", {"DGS10": values}))
    third = board({"DGS10": values})
    done = asking("DGS10", fred, same, treasury, third, settings=TWO)
    assert (done.sources, done.compared) == ({"DGS10": "fred"}, {"DGS10": "treasury"})
    assert (same.asked, third.asked) == ([], [])
    ((want,),) = treasury.asked
    assert want.since == TODAY - COMPARED


def test_the_agency_that_delivered_is_held_against_fred(told: Any, asking: Any) -> None:
    page = SourceMalformed("a page")
    fred = graph({"GS10": page})
    done = asking("GS10", fred, board({"GS10": told("GS10")}), settings=TWO)
    assert done.sources == {"GS10": "board"}
    assert len(fred.asked) == 2
    assert (done.failed, done.unconfirmed) == ({}, {"GS10": "a page"})


def test_what_the_second_publisher_alone_has_is_recorded_and_counted(
    store: Store, told: Any, asking: Any
) -> None:
    ahead = {SEPTEMBER: told("GS10")[SEPTEMBER], OCTOBER: 4.1}
    done = asking("GS10", graph({"GS10": told("GS10")}), board({"GS10": ahead}), settings=TWO)
    assert (done.recorded["GS10"].new, done.sources) == (1, {"GS10": "fredgraph"})
    assert done.findings == ()
    assert store.newest()["GS10"] == (OCTOBER, "board")


def test_what_the_second_publisher_alone_has_is_screened_too(
    store: Store, told: Any, asking: Any
) -> None:
    ahead = {SEPTEMBER: told("GS10")[SEPTEMBER], OCTOBER: 24.0}
    done = asking("GS10", graph({"GS10": told("GS10")}), board({"GS10": ahead}), settings=TWO)
    assert codes(done) == {("jump", "GS10"): "warning"}
    assert (done.recorded["GS10"].new, done.failed) == (0, {})
    assert store.newest()["GS10"][0] == SEPTEMBER


def test_where_two_differ_both_are_kept_and_the_first_of_the_list_is_believed(
    store: Store, told: Any, asking: Any
) -> None:
    ours = told("GS10")
    done = asking("GS10", graph({"GS10": ours}), board({"GS10": {SEPTEMBER: 3.21}}), settings=TWO)
    assert codes(done) == {("publishers_disagree", "GS10"): "warning"}
    assert "fredgraph is preferred" in done.findings[0].message
    assert store.believed("GS10", TODAY) == ours
    (laid,) = store.quarantine()
    assert [(row.period, row.value) for row in laid.observations] == [(SEPTEMBER, 3.21)]


def test_a_second_publisher_that_fails_changes_nothing_and_is_told(told: Any, asking: Any) -> None:
    done = asking(
        "GS10", graph({"GS10": told("GS10", {OCTOBER: 4.1})}),
        board({"GS10": SourceUnavailable("silent")}), settings=TWO,
    )  # fmt: skip
    assert (done.recorded["GS10"].new, done.findings, done.failed) == (1, (), {})
    assert (done.compared, done.unconfirmed) == ({}, {"GS10": "silent"})
    assert "1 series have no second opinion" in "\n".join(done.words())


def test_a_second_publisher_that_cannot_be_read_is_laid_aside(
    store: Store, told: Any, asking: Any
) -> None:
    page = SourceMalformed("a web page instead of data", b"<html>")
    asking("GS10", graph({"GS10": told("GS10")}), board({"GS10": page}), settings=TWO)
    (laid,) = store.quarantine()
    assert (laid.series, laid.source, laid.code) == ("GS10", "board", "unreadable")


def test_a_second_publisher_that_has_nothing_new_agrees_as_before(told: Any, asking: Any) -> None:
    agency = Fake("board", unchanged)
    done = asking("GS10", graph({"GS10": told("GS10")}), agency, settings=TWO)
    assert (done.compared, done.unconfirmed) == ({"GS10": "board"}, {})
    assert len(agency.asked) == 1


def test_nobody_is_asked_about_a_series_that_has_not_come(asking: Any) -> None:
    agency = board({"GS10": SourceUnavailable("down")})
    asking("GS10", graph({"GS10": SourceUnavailable("down")}), agency, settings=TWO)
    assert len(agency.asked) == 1


# -------------------------------------------------------------------------------- a new base year
def test_a_part_on_another_base_is_asked_for_again_and_whole(
    store: Store, told: Any, asking: Any
) -> None:
    new = told("INDPRO", times=1.25)
    asking("INDPRO", graph({"INDPRO": told("INDPRO")}), now=NOW - timedelta(days=1))

    def answers(wants: Sequence[Want], _now: datetime) -> Iterator[Answer]:
        (want,) = wants
        first = want.since or date.min
        part = {day: value for day, value in new.items() if day >= first}
        yield Answer(fetches=(said("INDPRO", "fredgraph", part),))

    fred = Fake("fredgraph", answers)
    done = asking("INDPRO", fred, since=date(2025, 1, 1))
    assert [want.since for (want,) in fred.asked] == [date(2025, 1, 1), None]
    assert (done.failed, codes(done)) == ({}, {("rebased", "INDPRO"): "info"})
    assert store.believed("INDPRO", TODAY) == pytest.approx(new)


def test_a_part_on_another_base_is_let_go_where_another_publisher_delivers(
    told: Any, asking: Any
) -> None:
    asking("INDPRO", graph({"INDPRO": told("INDPRO")}), now=NOW - timedelta(days=1))
    part = {day: value for day, value in told("INDPRO").items() if day >= date(2025, 1, 1)}
    rebased = {day: value and value * 1.25 for day, value in part.items()}
    first, second = Fake("fred", one_by_one("fred", {"INDPRO": rebased})), graph({"INDPRO": part})
    done = asking("INDPRO", first, second, since=date(2025, 1, 1))
    assert (len(first.asked), len(second.asked)) == (1, 1)
    assert done.sources == {"INDPRO": "fredgraph"}
    assert ("rebased_in_part", "INDPRO") in codes(done)


# ------------------------------------------------------------------------------------ own files
@pytest.fixture
def desk(tmp_path: Path) -> CsvDir:
    return CsvDir(tmp_path)


def test_own_files_go_first_and_need_no_second_opinion(
    store: Store, told: Any, asking: Any, desk: CsvDir, tmp_path: Path
) -> None:
    (tmp_path / "GS10.csv").write_text("date,value\n2026-09,4.2\n2026-10,4.3\n")
    fred, agency = graph({"GS10": told("GS10")}), board({"GS10": told("GS10")})
    done = asking("GS10", desk, fred, agency, settings=TWO)
    assert (done.sources, done.compared) == ({"GS10": "csvdir"}, {})
    assert (fred.asked, agency.asked) == ([], [])
    assert store.newest()["GS10"] == (OCTOBER, "csvdir")


def test_a_series_in_no_file_is_asked_of_the_publishers_and_no_error(
    told: Any, asking: Any, desk: CsvDir
) -> None:
    done = asking("GS10", desk, graph({"GS10": told("GS10")}))
    assert (done.sources, done.findings) == ({"GS10": "fredgraph"}, ())


def test_a_file_of_an_old_vintage_alone_leaves_todays_figure_to_the_publishers(
    store: Store, told: Any, asking: Any, desk: CsvDir, tmp_path: Path
) -> None:
    (tmp_path / "UNRATE_20100205.csv").write_text("date,value\n2009-12,10.0\n2010-01,9.7\n")
    fred = graph({"UNRATE": told("UNRATE", {OCTOBER: 4.2})})
    done = asking("UNRATE", desk, fred)
    assert (done.sources, fred.series) == ({"UNRATE": "fredgraph"}, ["UNRATE"])
    vintage = store.believed("UNRATE", date(2010, 2, 5))
    assert vintage[date(2010, 1, 1)] == 9.7


def test_a_file_of_an_old_vintage_alone_is_no_answer_where_nobody_else_can_be_asked(
    asking: Any, desk: CsvDir, tmp_path: Path
) -> None:
    (tmp_path / "UNRATE_20100205.csv").write_text("date,value\n2009-12,10.0\n2010-01,9.7\n")
    offline = Settings.model_validate({"sources": {"offline": True}})
    done = asking("UNRATE", desk, settings=offline)
    assert set(done.failed) == {"UNRATE"}
    assert done.document()["failed"] == done.failed
    assert list(done.words())


def test_a_file_of_an_old_vintage_does_no_harm_when_nothing_is_due(
    told: Any, asking: Any, desk: CsvDir, tmp_path: Path
) -> None:
    (tmp_path / "UNRATE_20100205.csv").write_text("date,value\n2009-12,10.0\n2010-01,9.7\n")
    everything = {name: told(name) for name in SERIES if told(name)}
    asking("UNRATE", graph(everything), now=NOW - timedelta(hours=2))
    done = asking("", desk, graph({}))
    assert "UNRATE" in {*done.not_due, *done.failed, *done.fresh}
    assert done.document()["schema"] == 1
    assert list(done.words())


def test_a_file_that_cannot_be_read_is_told_and_a_publisher_steps_in(
    store: Store, told: Any, asking: Any, desk: CsvDir, tmp_path: Path
) -> None:
    (tmp_path / "GS10.csv").write_text("date,value\n2026-10,four\n")
    done = asking("GS10", desk, graph({"GS10": told("GS10")}))
    assert (done.sources, codes(done)) == (
        {"GS10": "fredgraph"}, {("own_files", None): "warning"},
    )  # fmt: skip
    assert "GS10.csv: line 2" in done.findings[0].message
    assert [laid.source for laid in store.quarantine()] == ["csvdir"]


# ------------------------------------------------------------------------------------------ since
def test_since_cuts_a_history_short_that_has_been_received_whole(told: Any, asking: Any) -> None:
    fred = graph({"GS10": told("GS10")})
    asking("GS10", fred, since=date(2020, 1, 1))
    asking("GS10", fred, since=date(2020, 1, 1), now=NOW + timedelta(hours=2))
    assert [want.since for (want,) in fred.asked] == [None, date(2020, 1, 1)]


def test_since_leaves_out_no_vintage_that_has_never_been_received(
    store: Store, told: Any, asking: Any
) -> None:
    fred = Fake("fred", archive({"UNRATE": told("UNRATE")}))
    for _ in range(2):
        asking("UNRATE", fred, since=date(2020, 1, 1))
    wants = [want for (want,) in fred.asked]
    assert (wants[0].since, wants[0].vintages_since) == (None, FIRST_VINTAGE)
    assert store.held()["UNRATE"].archived_until == TODAY
    assert (wants[1].since, wants[1].vintages_since) == (date(2020, 1, 1), TODAY)


# ------------------------------------------------------------------------------------- what is said
def test_the_document_says_of_each_series_what_came_and_what_it_took(
    told: Any, asking: Any
) -> None:
    done = asking(
        "GS10 UNRATE",
        graph({"GS10": told("GS10", {OCTOBER: 4.1}), "UNRATE": SourceRejected("no")}),
        board({"GS10": told("GS10", {OCTOBER: 4.1})}),
        settings=TWO,
    )
    document = done.document()
    counts = document["series"].pop("GS10")
    assert counts.pop("seconds") >= 0
    assert counts == {
        "source": "fredgraph", "new": 1, "revised": 0, "unchanged": len(told("GS10")) - 1,
        "missing": 0, "requests": 1, "second_opinion": "board",
    }  # fmt: skip
    assert document.pop("seconds") >= 0
    (finding,) = document.pop("findings")
    assert (finding["code"], finding["severity"], finding["series"]) == (
        "not_fetched", "warning", "UNRATE",
    )  # fmt: skip
    assert document == {
        "schema": 1, "series": {}, "failed": {"UNRATE": "no"}, "unconfirmed": {}, "fresh": [],
        "not_due": [], "requests": 3,
    }  # fmt: skip


def test_the_words_say_the_same(told: Any, asking: Any) -> None:
    done = asking("GS10 UNRATE", graph({"GS10": told("GS10", {OCTOBER: 4.1})}))
    series, failed, total = done.words()
    assert series.split() == [
        "GS10", "fredgraph", "1", "new", "0", "revised", f"{len(told('GS10')) - 1}", "unchanged",
    ]  # fmt: skip
    assert "(UNRATE) was not received" in failed
    assert total.startswith("1 series in 2 requests and ")


def test_what_is_young_or_not_due_is_counted_and_left_alone(told: Any, asking: Any) -> None:
    names = "GS10 UNRATE"
    asking(names, graph({name: told(name, {OCTOBER: 4.2}) for name in names.split()}))
    fred = graph({})
    done = asking("", fred, now=NOW + timedelta(minutes=59))
    assert set(done.fresh) == {"GS10", "UNRATE"}
    assert not {"GS10", "UNRATE"} & set(fred.series)
    assert "2 series were answered less than min_interval ago." in list(done.words())
    done = asking("", fred, now=NOW + timedelta(minutes=61))
    assert set(done.not_due) == {"GS10", "UNRATE"}
    assert "2 series were not asked for: nothing new is due." in list(done.words())
