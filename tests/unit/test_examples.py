"""The digests in docs/examples are what the program says of their days."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from jobs import pipeline
from monitor.store import Store

ROOT = Path(__file__).parents[2]


def tool() -> ModuleType:
    path = ROOT / "tools" / "examples.py"
    spec = importlib.util.spec_from_file_location("examples_tool", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = tool()


@pytest.mark.parametrize("day", EXAMPLES.DAYS, ids=str)
def test_an_example_is_what_a_fresh_replay_says(history: Store, day: date) -> None:
    printed = pipeline.render(EXAMPLES.scored(history, day)).text
    kept = (EXAMPLES.FOLDER / f"{day}.txt").read_text("utf-8")
    assert printed == kept, "run: make examples"


def test_every_example_has_its_picture_and_nothing_else_lies_there() -> None:
    wanted = {f"{day}.{ending}" for day in EXAMPLES.DAYS for ending in ("txt", "png")}
    assert {path.name for path in EXAMPLES.FOLDER.iterdir()} == wanted
    for picture in EXAMPLES.FOLDER.glob("*.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
