"""Publishers on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from loopback import Habits, Server

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    with Server(today=TODAY) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """The publishers, in good health."""
    running.move_to(TODAY, Habits())
    running.heal()
    yield running
    running.heal()


@pytest.fixture
def environment(server: Server) -> Mapping[str, str]:
    """Settings that point at the publishers."""
    return {
        **server.settings(),
        "RECESSION_MONITOR_SOURCES__TIMEOUT": "10",
        "FRED_API_KEY": "0123456789abcdef0123456789abcdef",
        "BLS_API_KEY": "fedcba9876543210fedcba9876543210",
    }
