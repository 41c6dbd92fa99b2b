"""Verbs that look: at a series, at all that is stored, and at the publishers."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from loopback import Habits

KEY = "0123456789abcdef0123456789abcdef"
COLUMNS = ["series", "period", "known_from", "value", "source", "fetched_at"]


# ----------------------------------------------------------------------------------- one series
def test_history_prints_each_period_with_the_day_it_was_known_from(reader: Any) -> None:
    done = reader("history", "unrate", "--since", "2019-01-01", "--as-of", "2021-02-01")
    assert (done.code, done.err) == (0, "")
    head, *lines = done.out.splitlines()
    assert head == "UNRATE: Civilian unemployment rate, percent, as known on 2021-02-01"
    assert lines[0].split() == ["2019-01-01", "4.0", "known", "from", "2021-01-18", "bundled"]
    assert lines[-1].startswith("2020-12-01")
    assert len(lines) == 24


def test_history_as_json_says_of_each_value_where_it_comes_from(reader: Any) -> None:
    done = reader("history", "UNRATE", "--since", "2020-04-01", "--as-of", "2021-02-01", "--json")
    document = done.document
    assert {name: document[name] for name in ("schema", "series", "unit", "as_of")} == {
        "schema": 1, "series": "UNRATE", "unit": "percent", "as_of": "2021-02-01",
    }  # fmt: skip
    assert document["values"][0] == {
        "period": "2020-04-01", "value": 14.8, "known_from": "2021-01-18", "source": "bundled",
        "stand_in": False,
    }  # fmt: skip


def test_history_of_an_earlier_day_says_what_stands_in(reader: Any) -> None:
    done = reader("history", "UNRATE", "--since", "2019-11-01", "--as-of", "2020-02-01", "--json")
    assert [(row["period"], row["known_from"]) for row in done.document["values"]] == [
        ("2019-11-01", "2019-12-10"), ("2019-12-01", "2020-01-10"),
    ]  # fmt: skip
    assert {row["stand_in"] for row in done.document["values"]} == {True}
    text = reader("history", "UNRATE", "--since", "2019-12-01", "--as-of", "2020-02-01").out
    assert text.endswith("stands in for an earlier vintage\n")


def test_history_shows_every_vintage_if_asked(reader: Any) -> None:
    told = reader("history", "UNRATE", "--since", "2020-01-01", "--vintages", "--json").document
    values = [row for row in told["values"] if row["period"] == "2022-08-01"]
    assert len(values) > 1
    assert [row["known_from"] for row in values] == sorted(row["known_from"] for row in values)
    assert len({row["value"] for row in values}) == len(values)
    plain = reader("history", "UNRATE", "--since", "2020-01-01", "--json").document["values"]
    assert [row for row in plain if row["period"] == "2022-08-01"] == values[-1:]


@pytest.mark.parametrize("arguments", [("SOMA_BILLS",), ("UNRATE", "--since", "2199-01-01")])
def test_a_history_without_values_is_empty_and_says_so(
    reader: Any, arguments: tuple[str, ...]
) -> None:
    assert reader("history", *arguments, "--json").document["values"] == []
    done = reader("history", *arguments)
    assert done.code == 0
    assert len(done.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("GS11",), ("GS11", "GS10")),
        (("GS10", "--since", "June"), ("--since", "June", "YYYY-MM-DD")),
        (("GS10", "--as-of", "2199-01-01"), ("--as-of", "future")),
        ((), ("SERIES",)),
    ],
)
def test_a_wrong_question_about_a_history_is_refused(
    monitor: Any, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    monitor("history", *arguments, "--json").refused_as_document(2, *words)
    assert list(monitor.folder.iterdir()) == []


# ----------------------------------------------------------------------------- everything as a file
def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"value": "float64"})


@pytest.mark.parametrize(
    ("name", "read"),
    [("all.csv", _csv), ("all.csv.gz", _csv), ("sub/all.parquet", pd.read_parquet)],
)
def test_an_export_holds_every_row_that_is_stored(
    seeded: Any, name: str, read: Callable[[Path], pd.DataFrame]
) -> None:
    done = seeded("db", "export", name, "--json")
    frame = read(seeded.folder / name)
    assert (done.code, done.document) == (0, {"schema": 1, "out": name, "rows": len(frame)})
    rows = seeded.sql(
        "SELECT o.series, period, known_from, value, source, fetched_at FROM observation AS o"
        " JOIN statement ON id = o.statement ORDER BY o.series, period, known_from, o.statement"
    )
    pd.testing.assert_frame_equal(frame, pd.DataFrame(rows, columns=COLUMNS))
    folder = (seeded.folder / name).parent
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_an_export_replaces_a_file_only_when_it_is_complete(seeded: Any, new_disk: Any) -> None:
    disk = new_disk(seeded.folder / "disk", "64k")
    there = disk.entered(seeded)
    (disk.root / "all.csv").write_text("what was there")
    done = there("db", "export", "disk/all.csv", "--json")
    done.refused_as_document(1, "disk/all.csv", "cannot be written", "space")
    assert {path.name: path.read_text() for path in disk.root.iterdir()} == {
        "all.csv": "what was there"
    }
    disk.remount("size=100m")
    assert there("db", "export", "disk/all.csv").code == 0
    assert (disk.root / "all.csv").read_text().startswith(",".join(COLUMNS))


def test_an_export_in_a_dry_run_counts_and_writes_nothing(seeded: Any, files: Any) -> None:
    before = files(seeded.folder)
    done = seeded("db", "export", "all.csv", "--dry-run", "--json")
    assert (done.code, done.document["rows"] > 100_000) == (0, True)
    assert files(seeded.folder) == before


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("all.xlsx", 2, ("all.xlsx", ".csv, .csv.gz or .parquet")),
        ("all", 2, (".csv, .csv.gz or .parquet",)),
        ("var/monitor.db/all.csv", 1, ("var/monitor.db/all.csv", "cannot be written")),
        ("var/monitor.db/all.parquet", 1, ("cannot be written",)),
        ("folder.csv", 1, ("folder.csv", "cannot be written")),
    ],
)
def test_an_export_that_cannot_be_written_is_refused(
    seeded: Any, files: Any, name: str, code: int, words: tuple[str, ...]
) -> None:
    (seeded.folder / "folder.csv").mkdir()
    before = files(seeded.folder)
    seeded("db", "export", name, "--json").refused_as_document(code, *words)
    if code == 2:
        assert seeded("db", "export", name, "--dry-run").code == code
    assert files(seeded.folder) == before


def test_an_export_into_a_folder_without_permission_is_refused(
    seeded: Any, unprivileged: tuple[str, ...]
) -> None:
    closed = seeded.folder / "closed"
    closed.mkdir()
    for mode in (0o555, 0o000):
        closed.chmod(mode)
        done = seeded.by(*unprivileged)("db", "export", "closed/all.csv", "--json")
        done.refused_as_document(1, "closed/all.csv", "ermission")
    closed.chmod(0o755)
    assert list(closed.iterdir()) == []


def test_an_export_before_the_first_pull_holds_the_bundled_history(
    monitor: Any, complete: Any
) -> None:
    done = monitor("db", "export", "all.csv.gz", "--json")
    assert (done.code, done.document["rows"]) == (0, complete.rows["observation"])
    with gzip.open(monitor.folder / "all.csv.gz", "rt") as file:
        assert sum(1 for _ in file) == complete.rows["observation"] + 1


# --------------------------------------------------------------------------------- the publishers
def _checks(done: Any) -> dict[str, tuple[bool, str]]:
    return {row["check"]: (row["ok"], row["message"]) for row in done.document["checks"]}


def test_check_online_asks_each_publisher_once_and_stores_nothing(
    online: Any, publishers: Any, files: Any
) -> None:
    before = files(online.folder)
    done = online("check", "--online", "--json", FRED_API_KEY=KEY)
    assert (done.code, done.document["ok"]) == (0, True)
    checks = _checks(done)
    names = {"fred", "fredgraph", "treasury", "bls", "nyfed", "board"}
    assert {name: checks[name][0] for name in names} == dict.fromkeys(names, True)
    assert set(publishers.tally()) == names
    assert {publishers.tally()[name] for name in names - {"treasury", "fred"}} == {1}
    assert checks["FRED's units"][0] is True
    month = publishers.newest("UNRATE")[0]
    assert f"UNRATE up to {month}" in checks["bls"][1]
    assert all("clock" in checks[name][1] for name in names)
    assert files(online.folder) == before


def test_check_online_holds_our_units_against_those_of_fred(online: Any, publishers: Any) -> None:
    done = online("check", "--online", "--json", FRED_API_KEY=KEY)
    assert _checks(done)["FRED's units"][0] is True
    publishers.measure("WALCL", "billions of USD")
    done = online("check", "--online", "--json", FRED_API_KEY=KEY)
    ok, message = _checks(done)["FRED's units"]
    assert (done.code, ok) == (4, False)
    assert "WALCL" in message
    assert "millions of USD" in message


def test_check_online_says_what_is_wrong_with_each_publisher(online: Any, publishers: Any) -> None:
    publishers.move_to(publishers.today, Habits(known_keys=frozenset()))
    publishers.fail("nyfed", "404")
    publishers.fail("bls", "quota")
    publishers.fail("board", "web_page")
    done = online("check", "--online", "--json", FRED_API_KEY=KEY)
    checks = _checks(done)
    assert (done.code, done.document["ok"]) == (4, False)
    bad = {name: message for name, (ok, message) in checks.items() if not ok}
    assert set(bad) == {"fred", "nyfed", "bls", "board"}
    for name, words in (
        ("fred", "FRED_API_KEY"), ("nyfed", "404"), ("bls", "threshold"), ("board", "web page"),
    ):  # fmt: skip
        assert words in bad[name]
    assert KEY not in done.out + done.err
    text = online("check", "--online", FRED_API_KEY=KEY).out
    assert sorted(re.findall(r"^BAD (\w+):", text, re.MULTILINE)) == sorted(bad)


def test_check_online_names_a_publisher_that_cannot_be_reached(
    online: Any, environment: dict[str, str]
) -> None:
    deaf = environment["RECESSION_MONITOR_SOURCES__BOARD__URL"]
    done = online("check", "--online", RECESSION_MONITOR_SOURCES__BOARD__URL=deaf)
    assert done.code == 4
    (line,) = re.findall(r"^BAD (.*)$", done.out, re.MULTILINE)
    assert line.startswith("board: ")
    assert "could not be reached" in line


@pytest.mark.parametrize(("seconds", "words"), [(600, "behind"), (-600, "ahead"), (5, "")])
def test_check_online_compares_our_clock_with_those_of_the_publishers(
    online: Any, publishers: Any, seconds: int, words: str
) -> None:
    publishers.skew = timedelta(seconds=seconds)
    checks = _checks(online("check", "--online", "--json"))
    message = checks["fredgraph"][1]
    if words:
        assert f" s {words}" in message
        shown = int(re.search(r"(\d+) s (ahead|behind)", message)[1])  # type: ignore[index]  # it is there
        assert abs(shown - 600) < 30
    else:
        assert "agree" in message


def test_check_offline_asks_nobody(online: Any, publishers: Any) -> None:
    done = online("check", "--online", "--json", RECESSION_MONITOR_SOURCES__OFFLINE="true")
    assert (done.code, publishers.requests) == (0, 0)
    assert "offline = true" in _checks(done)["publishers"][1]
