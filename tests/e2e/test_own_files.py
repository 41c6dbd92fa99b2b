"""A folder of the user's own files goes before all publishers, and needs no network."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest

OFFLINE = {"RECESSION_MONITOR_SOURCES__OFFLINE": "true"}
DESK = {"RECESSION_MONITOR_SOURCES__CSVDIR__PATH": "desk"}


@pytest.fixture
def desk(online: Any) -> Path:
    """An empty folder of files."""
    folder: Path = online.folder / "desk"
    folder.mkdir()
    return folder


def _days(publishers: Any, count: int) -> list[tuple[date, float]]:
    return [row for row in publishers.figures["DGS10"].latest if row[1]][-count:]


def _known(program: Any, series: str) -> dict[str, tuple[Any, str]]:
    """Value and publisher of each period."""
    told = program("history", series, "--json").document["values"]
    return {row["period"]: (row["value"], row["source"]) for row in told}


def test_a_file_overrides_fred_and_the_rest_is_asked_as_ever(
    online: Any, publishers: Any, desk: Path
) -> None:
    days = _days(publishers, 3)
    lines = [f"{day},{value + 0.01:.2f}\n" for day, value in days]
    (desk / "DGS10.csv").write_text("date,value\n" + "".join(lines))
    done = online("pull", "DGS10", "DGS2", "--json", **DESK)
    told = done.document["series"]
    assert {name: row["source"] for name, row in told.items()} == {
        "DGS10": "csvdir", "DGS2": "fredgraph",
    }  # fmt: skip
    assert (told["DGS10"]["requests"], told["DGS10"]["second_opinion"]) == (0, None)
    assert publishers.named("fredgraph") == {"DGS2"}
    known = _known(online, "DGS10")
    for day, value in days:
        assert known[f"{day}"] == (pytest.approx(value + 0.01), "csvdir")
    # Before its first line the file says nothing, and what was known stays.
    (before, value), *_ = _days(publishers, 4)
    assert known[f"{before}"] == (value, "fredgraph")


def test_offline_the_files_are_still_read(online: Any, publishers: Any, desk: Path) -> None:
    ((day, value),) = _days(publishers, 1)
    with gzip.open(desk / "curve.csv.gz", "wt") as file:
        file.write(f"period,DGS10,DGS2\n{day},{value + 0.02:.2f},4.00\n")
    done = online("pull", "DGS10", "DGS2", "--json", **DESK, **OFFLINE)
    assert {row["source"] for row in done.document["series"].values()} == {"csvdir"}
    assert (publishers.requests, done.document["requests"]) == (0, 0)
    assert _known(online, "DGS10")[f"{day}"] == (pytest.approx(value + 0.02), "csvdir")


def test_offline_what_is_in_no_file_fails_because_of_that_setting(
    online: Any, publishers: Any, desk: Path
) -> None:
    ((day, value),) = _days(publishers, 1)
    (desk / "DGS10.csv").write_text(f"date,value\n{day},{value}\n")
    done = online("pull", "DGS10", "GS10", "--json", **DESK, **OFFLINE)
    assert set(done.document["series"]) == {"DGS10"}
    assert "offline" in done.document["failed"]["GS10"]
    assert done.code == 3


def test_a_file_is_read_though_no_publisher_is_due(
    online: Any, publishers: Any, desk: Path
) -> None:
    ((day, value),) = _days(publishers, 1)
    (desk / "DGS10.csv").write_text(f"date,value\n{day},{value + 0.01:.2f}\n")
    done = online("pull", "--json", **DESK)
    assert (set(done.document["series"]), publishers.requests) == ({"DGS10"}, 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("date,value\n2026-11-18,4.44\n2026-11-19,four\n", ("line 3", "'four'", "not a number")),
        ("date,value\n2026-11-18,4,44\n", ("line 2", "3 columns")),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_fred_steps_in(
    online: Any, desk: Path, text: str, words: tuple[str, ...]
) -> None:
    (desk / "DGS10.csv").write_text(text)
    before = online.rows()
    done = online("pull", "DGS10", **DESK)
    assert done.code == 3
    assert all(word in done.out for word in ("DGS10.csv", *words)), done.out
    assert "DGS10                  fredgraph" in done.out
    assert online.rows() == before


def test_offline_a_bad_file_is_named_all_the_same(online: Any, desk: Path) -> None:
    (desk / "DGS10.csv").write_text("date,value\n18.11.2026,4.44\n")
    done = online("pull", "DGS10", **DESK, **OFFLINE)
    assert done.code == 3
    assert all(word in done.out for word in ("DGS10.csv", "line 2", "18.11.2026", "YYYY-MM-DD"))


def test_a_file_of_an_old_vintage_is_read_and_is_no_figure_of_today(
    online: Any, desk: Path
) -> None:
    (desk / "UNRATE_20100205.csv").write_text("date,value\n2009-12,10.0\n2010-01,9.7\n")
    done = online("pull", "--json", **DESK)
    assert (done.code, "UNRATE" in done.document["fresh"]) == (0, True)
    told = online("history", "UNRATE", "--as-of", "2010-02-05", "--since", "2010-01-01", "--json")
    (january,) = told.document["values"]
    assert (january["value"], january["source"], january["stand_in"]) == (9.7, "csvdir", False)


def test_a_folder_that_is_not_there_is_named(online: Any) -> None:
    done = online("pull", "DGS10", RECESSION_MONITOR_SOURCES__CSVDIR__PATH="nowhere")
    assert done.code == 3
    assert str(online.folder / "nowhere") in done.out
    assert "[sources.csvdir]" in done.out
