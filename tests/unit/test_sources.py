from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.catalog import SERIES
from monitor.config import Settings
from monitor.domain import Fetch, Want
from monitor.errors import SourceError, SourceUnavailable
from monitor.sources import Answer, Publishers, Reply, ask, live

KEY = SecretStr("0123456789abcdef0123456789abcdef")
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
NETWORK = {"fredgraph", "treasury", "bls", "nyfed", "board"}


def settings(**sources: object) -> Settings:
    return Settings.model_validate({"sources": sources})


class Fake:
    """A publisher that knows some series, and says why it does not know the others."""

    def __init__(self, name: str, *knows: str, house: str = "") -> None:
        self.name = name
        self.house = house or name
        self.knows = knows
        self.asked: list[tuple[str, ...]] = []

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        names = tuple(want.spec.id for want in wants)
        self.asked.append(names)
        for name in names:
            if name in self.knows:
                yield Answer(fetches=(Fetch(name, self.name, now, ()),))
            else:
                yield Answer(failed={name: SourceUnavailable(f"{self.name}: {name}")})


class Book:
    """Believes everything, and remembers it."""

    def __init__(self, *, believing: Callable[[Fetch], bool] = lambda _fetch: True) -> None:
        self.believing = believing
        self.found: list[tuple[str, str]] = []
        self.errors: list[str] = []

    def take(self, reply: Reply) -> set[str]:
        self.errors += [str(error) for error in reply.answer.failed.values()]
        believed = [fetch for fetch in reply.answer.fetches if self.believing(fetch)]
        self.found += [(reply.publisher, fetch.series) for fetch in believed]
        return {fetch.series for fetch in believed}


def wants(*names: str) -> list[Want]:
    return [Want(SERIES[name]) for name in names]


def asking(publishers: Sequence[Fake], names: Sequence[str], book: Book) -> Book:
    ask(wants(*names), Publishers({p.name: p for p in publishers}), NOW, book.take)
    return book


# ----------------------------------------------------------------------------------- who is asked
def test_without_a_key_fred_is_left_out_and_offline_everybody() -> None:
    keyed = settings().model_copy(update={"fred_api_key": KEY})
    assert set(live(settings()).by_name) == NETWORK
    assert set(live(keyed).by_name) == NETWORK | {"fred"}
    offline = keyed.model_copy(update={"sources": settings(offline=True).sources})
    assert live(offline) == Publishers({})


def test_the_users_own_files_are_read_even_offline(tmp_path: Path) -> None:
    assert set(live(settings(offline=True, csvdir={"path": tmp_path})).by_name) == {"csvdir"}


def test_publishers_are_known_by_the_names_in_the_catalogue(tmp_path: Path) -> None:
    named = {name for spec in SERIES.values() for name in spec.publishers} - {"bundled"}
    everyone = settings(csvdir={"path": tmp_path}).model_copy(update={"fred_api_key": KEY})
    known: Mapping[str, str] = {
        name: publisher.name for name, publisher in live(everyone).by_name.items()
    }
    assert known == {name: name for name in named | {"csvdir"}}


def test_fred_and_its_graph_download_are_of_one_house() -> None:
    publishers = live(settings().model_copy(update={"fred_api_key": KEY})).by_name
    assert publishers["fred"].house == publishers["fredgraph"].house
    houses = {publisher.house for publisher in publishers.values()}
    assert len(houses) == len(publishers) - 1


def test_importing_the_package_and_its_redaction_loads_no_http_library() -> None:
    script = (
        "import sys, monitor.sources, monitor.sources.redaction, monitor.sources.plan;"
        "print(sorted({'requests', 'urllib3', 'defusedxml', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"


# ----------------------------------------------------------------------------------------- asking
def test_all_series_that_stand_before_a_publisher_are_put_to_it_together() -> None:
    graph = Fake("fredgraph", "GS10", "UNRATE")
    book = asking([graph], ["GS10", "UNRATE"], Book())
    assert graph.asked == [("GS10", "UNRATE")]
    assert book.found == [("fredgraph", "GS10"), ("fredgraph", "UNRATE")]


def test_the_first_publisher_of_the_list_that_delivers_is_believed() -> None:
    fred, graph = Fake("fred", "GS10", "DGS10"), Fake("fredgraph", "GS10", "DGS10")
    asking([graph, fred], ["GS10", "DGS10"], book := Book())
    assert book.found == [("fred", "GS10"), ("fred", "DGS10")]
    assert graph.asked == []


def test_what_one_publisher_does_not_deliver_is_put_to_the_next_and_nothing_else() -> None:
    fred, graph = Fake("fred", "GS10"), Fake("fredgraph", "GS10", "DGS10")
    book = asking([fred, graph], ["GS10", "DGS10"], Book())
    assert graph.asked == [("DGS10",)]
    assert book.found == [("fred", "GS10"), ("fredgraph", "DGS10")]
    assert book.errors == ["fred: DGS10"]


def test_an_answer_that_is_not_believed_sends_the_series_on() -> None:
    fred, graph = Fake("fred", "GS10"), Fake("fredgraph", "GS10")
    book = asking([fred, graph], ["GS10"], Book(believing=lambda fetch: fetch.source != "fred"))
    assert book.found == [("fredgraph", "GS10")]


def test_a_series_that_nobody_delivers_is_put_to_each_once() -> None:
    publishers = [Fake("fred"), Fake("fredgraph"), Fake("treasury")]
    book = asking(publishers, ["DGS10"], Book())
    assert [publisher.asked for publisher in publishers] == [[("DGS10",)]] * 3
    assert book.found == []


def test_a_chain_of_ones_own_replaces_that_of_the_catalogue() -> None:
    fred, treasury = Fake("fred", "DGS10"), Fake("treasury", "DGS10")
    book = Book()
    publishers = Publishers({p.name: p for p in (fred, treasury)})
    ask(wants("DGS10"), publishers, NOW, book.take, chain=lambda _want: ("treasury",))
    assert (book.found, fred.asked) == ([("treasury", "DGS10")], [])


def test_the_cost_of_an_answer_is_that_since_the_answer_before() -> None:
    class Counting:
        requests = 0

    class Paged(Fake):
        def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
            for number, answer in enumerate(super().fetch(wants, now), 1):
                client.requests += number
                yield answer

    client = Counting()
    replies: list[Reply] = []
    publisher = Paged("fredgraph", "GS10", "UNRATE")
    publishers = Publishers({"fredgraph": publisher}, client)  # type: ignore[arg-type]  # a counter is all it is here

    def take(reply: Reply) -> set[str]:
        replies.append(reply)
        return {fetch.series for fetch in reply.answer.fetches}

    ask(wants("GS10", "UNRATE"), publishers, NOW, take)
    assert [reply.requests for reply in replies] == [1, 2]
    assert all(reply.seconds >= 0 for reply in replies)


@pytest.mark.parametrize("error", [SourceError, SourceUnavailable])
def test_an_error_carries_the_answer_that_could_not_be_used(error: type[SourceError]) -> None:
    assert (error("cut off").raw, error("cut off", b"<html>").raw) == (b"", b"<html>")
