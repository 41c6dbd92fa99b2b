from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.catalog import SERIES
from monitor.config import FredgraphSettings, FredSettings, SourceSettings, TreasurySettings
from monitor.domain import Fetch, SeriesSpec
from monitor.errors import RateLimited, SourceMalformed, SourceRejected, SourceUnavailable
from monitor.sources import ask, live
from monitor.sources.http import Backoff

KEY = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
AT_ONCE = Backoff(first=0, jitter=0)
ASKED = [spec for spec in SERIES.values() if spec.publishers != ("bundled",)]


def settings(fred: str, fredgraph: str, treasury: str, **rest: Any) -> SourceSettings:
    return SourceSettings(
        fred=FredSettings(url=fred),
        fredgraph=FredgraphSettings(url=fredgraph),
        treasury=TreasurySettings(url=treasury),
        **rest,
    )


def csv_of(path: str) -> bytes:
    (series,) = parse_qs(urlsplit(path).query)["id"]
    return f"observation_date,{series}\n2026-09-01,4.4\n".encode()


class Fake:
    """A publisher that answers, or raises what it was given."""

    def __init__(self, name: str, error: Exception | None = None) -> None:
        self.name = name
        self.error = error
        self.asked: list[str] = []

    def fetch(self, spec: SeriesSpec, now: datetime) -> Fetch:
        self.asked.append(spec.id)
        if self.error:
            raise self.error
        return Fetch(spec.id, self.name, now, ())


# ----------------------------------------------------------------------------------- who is asked
def test_without_a_key_fred_is_left_out_and_offline_everybody() -> None:
    assert set(live(SourceSettings(), None)) == {"fredgraph", "treasury"}
    assert set(live(SourceSettings(), KEY)) == {"fred", "fredgraph", "treasury"}
    assert live(SourceSettings(offline=True), KEY) == {}


def test_publishers_are_known_by_the_names_in_the_catalogue() -> None:
    named = {name for spec in SERIES.values() for name in spec.publishers}
    assert {name: publisher.name for name, publisher in live(SourceSettings(), KEY).items()} == {
        name: name for name in named - {"bundled"}
    }


def test_importing_the_package_and_its_redaction_loads_no_http_library() -> None:
    script = (
        "import sys, monitor.sources, monitor.sources.redaction;"
        "print(sorted({'requests', 'urllib3', 'defusedxml', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"


# ----------------------------------------------------------------------------------------- asking
def test_the_first_publisher_that_delivers_is_believed_and_the_rest_are_not_asked() -> None:
    first, second = Fake("fred"), Fake("fredgraph")
    (attempt,) = ask([SERIES["UNRATE"]], {"fredgraph": second, "fred": first}, NOW)
    assert attempt.series == "UNRATE"
    assert attempt.fetch is not None
    assert (attempt.fetch.source, attempt.errors, second.asked) == ("fred", (), [])


@pytest.mark.parametrize(
    "error", [SourceUnavailable("a"), RateLimited("b"), SourceRejected("c"), SourceMalformed("d")]
)
def test_after_any_failure_the_next_one_is_asked_and_the_failure_kept(error: Exception) -> None:
    publishers = {"fred": Fake("fred", error), "fredgraph": Fake("fredgraph")}
    (attempt,) = ask([SERIES["UNRATE"]], publishers, NOW)
    assert attempt.fetch is not None
    assert (attempt.fetch.source, attempt.errors) == ("fredgraph", (error,))


def test_a_series_nobody_delivers_stops_no_other() -> None:
    error = SourceRejected("no")
    publishers = {"fred": Fake("fred", error), "treasury": Fake("treasury")}
    lost, found = ask([SERIES["UNRATE"], SERIES["DGS10"]], publishers, NOW)
    assert (lost.fetch, lost.errors) == (None, (error,))
    assert found.fetch is not None
    assert found.fetch.source == "treasury"


def test_the_bundle_is_never_asked_and_nobody_to_ask_is_no_error() -> None:
    bundle = Fake("bundled")
    attempts = list(ask([SERIES["GS10"], SERIES["NBER_PEAK"]], {"bundled": bundle}, NOW))
    assert [(attempt.fetch, attempt.errors) for attempt in attempts] == [(None, ())] * 2
    assert bundle.asked == []


def test_each_attempt_is_there_as_soon_as_it_is_decided() -> None:
    publisher = Fake("fred")
    attempts = ask([SERIES["UNRATE"], SERIES["GDP"]], {"fred": publisher}, NOW)
    assert isinstance(attempts, Iterator)
    assert next(attempts).series == "UNRATE"
    assert publisher.asked == ["UNRATE"]


def test_an_error_that_is_no_source_error_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        list(ask([SERIES["UNRATE"]], {"fred": Fake("fred", ZeroDivisionError())}, NOW))


# ------------------------------------------------------------------------------ over real sockets
def test_a_machine_without_a_network_is_told_so_in_a_moment(refused_url: str) -> None:
    publishers = live(settings(refused_url, refused_url, refused_url), KEY)
    start = time.monotonic()
    attempts = list(ask(ASKED, publishers, NOW))
    assert time.monotonic() - start < 3
    assert len(attempts) == len(ASKED) > 50
    for attempt, spec in zip(attempts, ASKED, strict=True):
        assert attempt.fetch is None
        assert len(attempt.errors) == len(set(spec.publishers) - {"bundled"})
        assert all("could not be reached" in str(error) for error in attempt.errors)


def test_a_host_that_is_down_is_replaced_by_the_next_for_every_series(
    loopback: Any, refused_url: str
) -> None:
    loopback.reply = lambda path: loopback.Reply(csv_of(path))
    publishers = live(settings(refused_url, loopback.url, refused_url), KEY)
    attempts = list(ask(ASKED, publishers, NOW))
    assert {attempt.fetch and attempt.fetch.source for attempt in attempts} == {"fredgraph"}
    assert "not asked again" not in str(attempts[0].errors[0])
    assert all("not asked again" in str(attempt.errors[0]) for attempt in attempts[1:])


def test_publishers_that_fail_all_day_do_not_hold_up_the_pull(
    loopback: Any, new_loopback: Callable[[], Any]
) -> None:
    other = new_loopback()
    loopback.always(status=503)
    other.always(status=503)
    publishers = live(settings(loopback.url, other.url, other.url), KEY, backoff=AT_ONCE)
    attempts = list(ask(ASKED, publishers, NOW))
    assert not [attempt for attempt in attempts if attempt.fetch]
    assert len(loopback.asked) == len(other.asked) == 12  # three series, four tries each


def test_the_deadline_of_the_pull_is_kept_and_what_was_not_reached_is_reported(
    loopback: Any,
) -> None:
    def slow(path: str) -> Any:
        loopback.stopping.wait(0.15)
        return loopback.Reply(csv_of(path))

    loopback.reply = slow
    publishers = live(settings(loopback.url, loopback.url, loopback.url, deadline=0.5), None)
    start = time.monotonic()
    attempts = list(
        ask([spec for spec in ASKED if "treasury" not in spec.publishers], publishers, NOW)
    )
    assert time.monotonic() - start < 3
    assert attempts[0].fetch is not None
    (error,) = attempts[-1].errors
    assert isinstance(error, SourceUnavailable)
    assert "deadline of 0.5 s for one pull passed" in str(error)


def test_an_unknown_series_at_fred_is_asked_for_at_the_graph_download(loopback: Any) -> None:
    missing = b'{"error_code":400,"error_message":"Bad Request.  The series does not exist."}'
    loopback.reply = lambda path: (
        loopback.Reply(missing, status=400)
        if path.startswith("/fred/")
        else loopback.Reply(csv_of(path))
    )
    publishers = live(settings(loopback.url, loopback.url, loopback.url), KEY)
    (attempt,) = ask([SERIES["UNRATE"]], publishers, NOW)
    assert attempt.fetch is not None
    assert attempt.fetch.source == "fredgraph"
    assert isinstance(attempt.errors[0], SourceRejected)
    assert "The series does not exist" in str(attempt.errors[0])
