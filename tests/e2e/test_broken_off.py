"""A pull that is killed: what is stored is sound, and the next pull completes it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import Habits

from monitor.store import Store

AT_ONCE = {"RECESSION_MONITOR_SOURCES__MIN_INTERVAL": "0s"}
ANEW = {**AT_ONCE, "RECESSION_MONITOR_SOURCES__REFRESH": "0s"}


def _until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait, but no longer than the process lives."""
    while not condition() and process.poll() is None:
        time.sleep(0.002)


def _unfounded(program: Any) -> list[str]:
    """Receipts of answers of which not every series is stored."""
    stored = {
        name for (name,) in program.sql("SELECT series FROM statement WHERE source = 'fredgraph'")
    }
    receipts = program.sql("SELECT request FROM receipt WHERE request LIKE '%fredgraph.csv%'")
    return [
        request
        for (request,) in receipts
        if not set(parse_qs(urlsplit(request).query)["id"][0].split(",")) <= stored
    ]


def _killed(program: Any, *arguments: str, when: Callable[[], bool], wait: float = 0) -> int:
    """Start a pull and kill it; how it ended."""
    process = program.start("pull", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _until(when, process)
    time.sleep(wait)
    process.kill()
    process.communicate(timeout=60)
    with Store.open(program.database, scratch=True) as store:
        store.verify()
    assert _unfounded(program) == []
    return int(process.returncode)


def test_a_first_pull_that_is_killed_again_and_again_is_completed(
    newcomer: Any, publishers: Any, stored: Any, first: Any
) -> None:
    """It is broken off while it asks, reads, and writes; nothing is lost and nothing is doubled."""
    publishers.move_to(publishers.today, Habits(validators=frozenset({"fredgraph"})))
    before = stored(newcomer.database).observations
    ends = []
    for requests, wait in ((1, 0.0), (2, 0.05), (5, 0.02), (9, 0.1), (11, 0.0)):
        publishers.asked.clear()
        ends.append(_killed(newcomer, when=partial(_asked, publishers, requests), wait=wait))
    assert ends[:3] == [-signal.SIGKILL] * 3
    assert stored(newcomer.database).observations != before
    # Everything is asked for again, and what is said to be unchanged must be stored.
    done = newcomer("pull", "--json", **ANEW)
    assert (done.code, done.document["failed"], done.document["findings"]) == (0, {}, [])
    undisturbed = stored(first.folder / "var/monitor.db")
    assert stored(newcomer.database).observations == undisturbed.observations


def _asked(publishers: Any, requests: int) -> bool:
    return len(publishers.asked) >= requests


def test_a_pull_that_is_killed_while_it_writes_loses_no_value_to_a_receipt(
    online: Any, publishers: Any
) -> None:
    """Values that were taken away are written anew; it is killed at each size of the log."""
    publishers.move_to(publishers.today, Habits(validators=frozenset({"fredgraph"})))
    names = ("DGS10", "DGS2", "DGS5", "DGS30")
    for table in ("observation", "statement"):
        online.sql(f"DELETE FROM {table} WHERE series IN (?, ?, ?, ?)", *names)
    online.sql("DELETE FROM receipt")
    log = online.database.with_name("monitor.db-wal")
    for size in (1, 100_000, 1_000_000):
        _killed(online, *names, when=partial(_as_large, log, size))
    assert online("pull", *names).code == 0
    for name in names:
        told = online("history", name, "--json").document["values"]
        values = {row["period"]: row["value"] for row in told}
        known = {f"{it}": value for it, value in publishers.figures[name].latest if value}
        assert {period: values.get(period) for period in known} == known


def _as_large(log: Path, size: int) -> bool:
    return log.exists() and log.stat().st_size >= size


@pytest.mark.parametrize("with_", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_pull_that_is_told_to_stop_keeps_what_has_come(
    newcomer: Any, publishers: Any, stored: Any, with_: signal.Signals
) -> None:
    publishers.fail("treasury", "silence")
    before = stored(newcomer.database).rows["observation"]
    process = newcomer.start("pull", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _until(lambda: "treasury" in publishers.tally(), process)
    process.send_signal(with_)
    out, said = process.communicate(timeout=60)
    assert (out, "Traceback" in said) == ("", False)
    assert process.returncode == (130 if with_ == signal.SIGINT else -signal.SIGTERM)
    with Store.open(newcomer.database, scratch=True) as store:
        store.verify()
    assert stored(newcomer.database).rows["observation"] > before
    # The lock went with the process.
    publishers.heal()
    assert newcomer("pull", "GS10").code == 0
