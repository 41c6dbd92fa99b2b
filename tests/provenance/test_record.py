"""The record of the headline against a replay, at a dozen months that change from day to day.

Run with ``pytest -m provenance tests/provenance``; it needs no network. The tests of every day
replay the same few months; the whole is what ``tools/build_record.py --check`` compares.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest

from monitor import history
from monitor.domain import PastForecast, end_of_month

pytestmark = pytest.mark.provenance

REPOSITORY = Path(__file__).parents[2]
SEED = datetime.now(UTC).date().isoformat()
ROUNDED = 0.5e-4 + 1e-6


def drawn(count: int, salt: str) -> list[PastForecast]:
    """Some months of the record, others every day."""
    months = random.Random(f"{SEED} {salt}").sample(history.record(), count)
    return sorted(months, key=lambda it: it.month)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_record", REPOSITORY / "tools" / "build_record.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_dozen_random_months_are_what_the_tool_makes_of_them(tool: ModuleType) -> None:
    kept = drawn(12, "tool")
    made = [line.split(",") for line in tool.lines([it.month for it in kept])]
    assert [date.fromisoformat(f"{month}-01") for month, *_ in made] == [it.month for it in kept]
    for (_, _, *figures), it in zip(made, kept, strict=True):
        assert [float(cell) for cell in figures] == pytest.approx(
            [it.probability, it.low, it.high], abs=1e-4 + 1e-9
        ), f"{it.month:%Y-%m}, drawn with {SEED}"


def test_random_months_are_what_the_command_says_of_their_last_day(tmp_path: Path) -> None:
    kept_out = {name for name in os.environ if name.startswith("RECESSION_MONITOR_")}
    environment = {name: text for name, text in os.environ.items() if name not in kept_out}
    for it in drawn(3, "command"):
        day = end_of_month(it.month).isoformat()
        done = subprocess.run(
            [sys.executable, "-m", "jobs", "score", "--as-of", day, "--json"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert done.returncode in {0, 3}, done.stderr
        said = json.loads(done.stdout)["recession"]
        assert [said["probability"]["12"], *said["interval"]["12"]] == pytest.approx(
            [it.probability, it.low, it.high], abs=ROUNDED
        ), f"{day}, drawn with {SEED}"
