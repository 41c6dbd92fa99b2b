"""Fixtures that every kind of test shares."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from jobs.pull import seed
from monitor.store import Store

_NAME = "recession_monitor_test_factories"


@pytest.fixture(scope="session")
def factories() -> ModuleType:
    """The module ``tests/factories.py``, which is no package that could be imported."""
    if _NAME not in sys.modules:
        path = Path(__file__).with_name("factories.py")
        spec = importlib.util.spec_from_file_location(_NAME, path)
        if spec is None or spec.loader is None:
            pytest.fail(f"{path} cannot be loaded")
        module = importlib.util.module_from_spec(spec)
        # A dataclass looks its own module up there.
        sys.modules[_NAME] = module
        spec.loader.exec_module(module)
    return sys.modules[_NAME]


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that holds the bundled history; tests only read it."""
    with Store.open(tmp_path_factory.mktemp("history") / "monitor.db") as store:
        seed(store, datetime(2026, 11, 22, 12, tzinfo=UTC))
        yield store
