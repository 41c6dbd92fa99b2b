"""Fixtures that every kind of test shares."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from jobs.pull import seed
from monitor.store import Store

_SHARED = Path(__file__).parents[2] / "shared"
_FIRST = (
    "e2e/test_bar", "e2e/test_fresh_clone", "e2e/test_policy_bar", "e2e/test_backtest", "property",
    "fuzz", "e2e", "browser",
)  # fmt: skip

settings.register_profile("ci", deadline=None)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("ci")


def pytest_configure() -> None:
    """Note when the session began, for all workers: they inherit the environment."""
    os.environ.setdefault("TESTS_BEGAN", datetime.now(UTC).isoformat(timespec="seconds"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The longest first, so that no worker is left alone with one of them at the end.
    items.sort(key=lambda item: _turn(item.nodeid.removeprefix("tests/")))
    if _SHARED.is_dir():
        return
    absent = pytest.mark.skip(reason="the project's reference data is not beside the checkout")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(absent)


def _turn(name: str) -> int:
    return next((n for n, part in enumerate(_FIRST) if name.startswith(part)), len(_FIRST))


def _loaded(name: str) -> ModuleType:
    """A module of this folder, which is no package that could be imported."""
    known_as = f"recession_monitor_test_{name}"
    if known_as not in sys.modules:
        path = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(known_as, path)
        if spec is None or spec.loader is None:
            pytest.fail(f"{path} cannot be loaded")
        module = importlib.util.module_from_spec(spec)
        # A dataclass looks its own module up there.
        sys.modules[known_as] = module
        spec.loader.exec_module(module)
    return sys.modules[known_as]


@pytest.fixture(scope="session")
def factories() -> ModuleType:
    """The module ``tests/factories.py``: values to make tests from."""
    return _loaded("factories")


@pytest.fixture(scope="session")
def drawings() -> ModuleType:
    """The module ``tests/drawings.py``: what can be asked of a chart."""
    return _loaded("drawings")


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that holds the bundled history; tests only read it."""
    with Store.open(tmp_path_factory.mktemp("history") / "monitor.db") as store:
        seed(store, datetime(2026, 11, 22, 12, tzinfo=UTC))
        yield store
