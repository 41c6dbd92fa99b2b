"""All of a session of tests is one day to the program, though it may run over midnight."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

NEW_YORK = ZoneInfo("America/New_York")
ROOT = Path(__file__).parents[2]
HOURS = timedelta(hours=13)


@pytest.mark.parametrize("day", [date(2026, 11, 22), date(2026, 3, 8), date(2026, 11, 1)], ids=str)
@pytest.mark.parametrize("time", ["00:00:10", "03:30:00", "10:00:00", "17:45:00", "23:59:50"])
def test_whenever_a_session_begins_its_clock_stands_at_ten(
    clock: Any, day: date, time: str
) -> None:
    began = datetime.fromisoformat(f"{day} {time}").replace(tzinfo=NEW_YORK).astimezone(UTC)
    ahead = clock.at_ten(began).ahead
    assert (began + ahead).astimezone(NEW_YORK) == datetime(
        *day.timetuple()[:3], 10, tzinfo=NEW_YORK
    )
    assert (began + ahead + HOURS).astimezone(NEW_YORK).date() == day


@pytest.mark.parametrize("days", [-40, -1, 1])
def test_the_program_goes_by_the_clock_that_it_is_given(
    clock: Any, environment: dict[str, str], monitor: Any, days: int
) -> None:
    other = replace(clock, ahead=clock.ahead + timedelta(days=days))
    there = replace(monitor, environment=other.over(environment))
    there("pull", "GS10", "--since", "9999-12-31").refused(2, f"up to today, {other.today}")


def test_the_program_its_publishers_and_its_reader_are_on_one_day(
    clock: Any, newcomer: Any, publishers: Any, reader: Callable[..., Any]
) -> None:
    assert newcomer("pull", "DGS10").code == 0
    told = newcomer("history", "DGS10", "--json").document
    assert told["values"][-1]["known_from"] == f"{publishers.today}"
    assert told["as_of"] == f"{publishers.today}" == f"{clock.today}"
    assert reader("history", "DGS10", "--json").document["as_of"] == f"{clock.today}"
    checks = newcomer("check", "--online", "--json").document["checks"]
    assert "agree" in next(it["message"] for it in checks if it["check"] == "fredgraph")


def _readings(path: Path) -> Iterator[str]:
    """Where a file asks what time it is."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        asked = node.attr if isinstance(node, ast.Attribute) else ""
        of = ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""
        if asked in {"now", "utcnow", "today"} and of in {"datetime", "date", "dt.datetime"}:
            yield f"{path.relative_to(ROOT)}: {of}.{asked}"
        if asked in {"time", "time_ns", "localtime", "gmtime"} and of == "time":
            yield f"{path.relative_to(ROOT)}: {of}.{asked}"


def test_the_clock_is_read_in_one_place() -> None:
    """Another one would go by our clock, and by no day that a test could know."""
    program = [path for part in ("monitor", "jobs") for path in (ROOT / part).rglob("*.py")]
    tests = {*Path(__file__).parent.glob("*.py")} - {Path(__file__).with_name("conftest.py")}
    found = [line for path in [*program, *sorted(tests)] for line in _readings(path)]
    assert found == ["jobs/cli.py: datetime.now"]
