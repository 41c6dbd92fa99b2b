"""What was known when."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from monitor.domain import Fetch, Observation
from monitor.errors import StoreError
from monitor.store import SCHEMA, Recorded, Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "deep" / "monitor.db") as opened:
        yield opened


def fetch(
    *rows: tuple[date, date, float | None], series: str = "UNRATE", source: str = "fred"
) -> Fetch:
    return Fetch(series, source, NOW, tuple(Observation(*row) for row in rows))


def known(store: Store, as_of: date, series: str = "UNRATE", **options: bool) -> dict[str, float]:
    values = store.panel(as_of, [series], **options).series.get(series, pd.Series(dtype=float))
    return {f"{stamp:%Y-%m}": value for stamp, value in values.items()}  # type: ignore[str-format]


def rows(store: Store) -> int:
    with closing(sqlite3.connect(store.path)) as db:
        return int(db.execute("SELECT count(*) FROM observation").fetchone()[0])


def test_the_same_answer_twice_adds_nothing_and_a_revision_adds_one_row(store: Store) -> None:
    first = fetch((SEPTEMBER, date(2026, 10, 3), 4.2), (OCTOBER, date(2026, 11, 7), 4.3))
    assert store.record([first]) == {"UNRATE": Recorded(new=2, revised=0, unchanged=0)}
    assert store.record([first]) == {"UNRATE": Recorded(new=0, revised=0, unchanged=2)}
    again = fetch((SEPTEMBER, date(2026, 11, 8), 4.1), (OCTOBER, date(2026, 11, 8), 4.3))
    assert store.record([again]) == {"UNRATE": Recorded(new=0, revised=1, unchanged=1)}
    assert rows(store) == 3


def test_a_panel_shows_the_value_of_its_day(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2), (SEPTEMBER, date(2026, 11, 8), 4.1))])
    assert known(store, date(2026, 11, 7)) == {"2026-09": 4.2}
    assert known(store, date(2026, 11, 8)) == {"2026-09": 4.1}


def test_a_missing_value_is_stored_as_missing(store: Store) -> None:
    day = date(2026, 11, 1)
    store.record([fetch((SEPTEMBER, day, None), (OCTOBER, day, 4.3))])
    values = store.panel(day, ["UNRATE"]).series["UNRATE"]
    assert values.isna().tolist() == [True, False]
    assert store.record([fetch((SEPTEMBER, date(2026, 11, 2), None))])["UNRATE"].unchanged == 1


def test_before_the_first_vintage_the_earliest_value_stands_in_from_its_usual_release(
    store: Store,
) -> None:
    # The rate of September is usually out ten days after the month.
    store.record([fetch((SEPTEMBER, date(2030, 1, 1), 4.2), (SEPTEMBER, date(2031, 1, 1), 9.9))])
    assert known(store, date(2026, 10, 9)) == {}
    assert known(store, date(2026, 10, 10)) == {"2026-09": 4.2}
    panel = store.panel(date(2026, 10, 10), ["UNRATE"])
    assert panel.provenance["UNRATE"].stand_ins == 1
    assert panel.provenance["UNRATE"].known_from == date(2026, 10, 10)


def test_strict_vintages_withhold_a_stand_in_that_may_have_been_revised(store: Store) -> None:
    vintage = date(2030, 1, 1)
    store.record(
        [fetch((SEPTEMBER, vintage, 4.2)), fetch((SEPTEMBER, vintage, 5.0), series="GS10")]
    )
    assert known(store, date(2026, 12, 1), strict=True) == {}
    assert known(store, date(2026, 12, 1), "GS10", strict=True) == {"2026-09": 5.0}


def test_a_live_figure_with_more_digits_than_the_bundled_one_is_no_revision(store: Store) -> None:
    quarter = date(2026, 4, 1)
    store.record([fetch((quarter, date(2026, 10, 10), 24408.2), series="GDPC1", source="bundled")])
    more_digits = fetch((quarter, date(2026, 11, 1), 24408.234), series="GDPC1")
    assert store.record([more_digits])["GDPC1"] == Recorded(0, 0, 1)
    real_revision = fetch((quarter, date(2026, 11, 2), 24409.1), series="GDPC1")
    assert store.record([real_revision])["GDPC1"] == Recorded(0, 1, 0)


def test_two_live_figures_are_compared_to_the_last_digit(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 1), 4.2000001))])
    assert store.record([fetch((SEPTEMBER, date(2026, 10, 2), 4.2000002))])["UNRATE"].revised == 1


def test_turning_points_are_known_from_their_announcement_alone(history: Store) -> None:
    before = history.panel(date(2008, 11, 30), []).turning_points
    after = history.panel(date(2008, 12, 1), []).turning_points
    assert [p.month for p in after if p not in before] == [date(2007, 12, 1)]


def test_a_failure_in_the_middle_of_recording_leaves_nothing(store: Store) -> None:
    def broken() -> Any:
        yield fetch((SEPTEMBER, date(2026, 10, 1), 4.2))
        raise ValueError("the publisher went away")

    with pytest.raises(ValueError, match="went away"):
        store.record(broken(), marker="whole")
    assert rows(store) == 0
    assert not store.has_marker("whole")


def test_an_assessment_is_kept_once_and_compared_with_an_earlier_day(store: Store) -> None:
    def document(day: str, at: str, p: float) -> dict[str, Any]:
        return {"as_of": day, "generated_at": at, "model_id": "m", "inputs_sha256": "x", "p": p}

    assert store.previous(date(2026, 11, 22)) is None
    assert store.save(document("2026-11-21", "2026-11-21T12:00:00Z", 0.1))
    assert not store.save(document("2026-11-21", "2026-11-21T13:00:00Z", 0.1))
    assert store.save(document("2026-11-21", "2026-11-21T14:00:00Z", 0.2))
    stored = store.previous(date(2026, 11, 22))
    assert stored is not None
    assert stored["p"] == 0.2
    assert store.previous(date(2026, 11, 21)) is None


def test_the_ledger_tells_the_last_run_and_the_last_that_made_a_digest(store: Store) -> None:
    assert store.last_run() is None
    first = store.begin_run("run", NOW)
    store.end_run(first, NOW, 3, date(2026, 11, 22))
    store.begin_run("run", NOW)
    last, done = store.last_run(), store.last_run(completed=True)
    assert last is not None
    assert (last.ended_at, last.exit_code) == (None, None)
    assert done is not None
    assert (done.exit_code, done.as_of) == (3, date(2026, 11, 22))


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    Store.open(path).__exit__()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(StoreError, match=r"newer version.*upgrade"):
        Store.open(path)


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(b"date,value\n" * 500)
    with pytest.raises(StoreError, match=r"monitor\.db \(\[store\] path\).*move it aside"):
        Store.open(path)
    assert path.read_bytes() == b"date,value\n" * 500


def test_a_copy_in_memory_changes_nothing_on_the_disk(store: Store, tmp_path: Path) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2))])
    with Store.open(store.path, scratch=True) as copy:
        copy.record([fetch((OCTOBER, date(2026, 11, 3), 4.3))])
        assert len(known(copy, date(2026, 11, 30))) == 2
    assert rows(store) == 1
    absent = tmp_path / "absent" / "monitor.db"
    with Store.open(absent, scratch=True) as copy:
        assert copy.newest() == {}
    assert not absent.parent.exists()


def test_opening_a_current_database_does_not_load_pandas(store: Store) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from monitor.store import Store\n"
        f"Store.open(Path({str(store.path)!r})).newest()\n"
        "print(sorted({'pandas', 'sqlite_utils', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_of_two_values_of_one_day_the_first_stands_until_the_next(store: Store) -> None:
    day = date(2026, 10, 3)
    store.record([fetch((SEPTEMBER, day, 4.2))])
    assert store.record([fetch((SEPTEMBER, day, 4.3))])["UNRATE"] == Recorded(0, 0, 1)
    assert known(store, day) == {"2026-09": 4.2}
    assert store.record([fetch((SEPTEMBER, date(2026, 10, 4), 4.3))])["UNRATE"].revised == 1


def test_the_last_answer_is_the_last_even_within_one_second(store: Store) -> None:
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2), source="bundled")])
    store.record([fetch((SEPTEMBER, date(2026, 10, 3), 4.2), source="fredgraph")])
    assert store.last_answers()["UNRATE"] == ("fredgraph", NOW)


def test_neither_a_pull_nor_a_replay_passes_for_a_digest(store: Store) -> None:
    for verb in ("pull", "replay"):
        store.end_run(store.begin_run(verb, NOW), NOW, 0, date(2007, 7, 15))
    assert store.last_run(completed=True) is None


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder: name a file"):
        Store.open(tmp_path)
