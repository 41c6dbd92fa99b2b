"""One run at a time, and a ledger of how each ended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.runner import running
from monitor.errors import Busy, InsufficientData
from monitor.store import RunRecord, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def last(path: Path) -> RunRecord:
    with Store.open(path) as store:
        record = store.last_run()
    assert record is not None
    return record


def test_a_run_is_noted_with_the_code_and_the_day_it_ended_with(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with running(path, "run", lambda: NOW) as (_, outcome):
        outcome.exit_code, outcome.as_of = 3, date(2026, 11, 22)
    assert last(path) == RunRecord("run", NOW, NOW, 3, date(2026, 11, 22))


@pytest.mark.parametrize(
    ("error", "code"),
    [(InsufficientData("no spread"), 4), (KeyboardInterrupt(), 130), (ZeroDivisionError(), 1)],
    ids=["known error", "Ctrl-C", "bug"],
)
def test_a_run_that_breaks_off_is_noted_with_the_code_of_its_process(
    tmp_path: Path, error: BaseException, code: int
) -> None:
    path = tmp_path / "monitor.db"
    with pytest.raises(type(error)), running(path, "run", lambda: NOW):
        raise error
    assert last(path).exit_code == code


def test_a_second_run_is_busy_until_the_first_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    held = running(path, "run", lambda: NOW)
    second = running(path, "pull", lambda: NOW)
    with held, pytest.raises(Busy, match=r"monitor\.db\.lock"), second:
        pass
    with running(path, "pull", lambda: NOW):
        pass
    assert last(path).verb == "pull"


def test_a_dry_run_needs_no_lock_and_leaves_no_note(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with running(path, "run", lambda: NOW), running(path, "run", lambda: NOW, dry_run=True):
        pass
    with running(tmp_path / "none" / "monitor.db", "run", lambda: NOW, dry_run=True):
        pass
    assert not (tmp_path / "none").exists()
