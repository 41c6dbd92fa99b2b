"""The calendar of the FOMC against a collection that others keep, fetched anew.

Run with ``pytest -m provenance tests/provenance``; it needs the package archive of Python.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from monitor import fomc

pytestmark = pytest.mark.provenance

PACKAGE = "cme-fedwatch==0.2.1"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:",
               "--dest", str(folder), PACKAGE]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        reason = f"pip could not fetch the package: {done.stderr.strip()[-300:]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return zipfile.ZipFile(next(Path(folder).glob("*.whl")))


def test_the_schedule_from_2025_on_is_that_of_cme_fedwatch(wheel: zipfile.ZipFile) -> None:
    source = wheel.read("cme_fedwatch/fomc.py").decode()
    listed = re.search(r"FOMC_MEETINGS[^=]*= \[(.*?)\]", source, re.DOTALL)
    assert listed
    theirs = [
        date(int(year), int(month), int(day))
        for year, month, day in re.findall(r"date\((\d+), (\d+), (\d+)\)", listed[1])
    ]
    ours = [held.day for held in fomc.calendar() if held.scheduled and held.day.year >= 2025]
    assert len(theirs) > 20
    assert ours == theirs


def test_the_range_of_september_2026_is_that_of_cme_fedwatch(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    said = re.search(
        r"Target: ([\d.]+)%-([\d.]+)%\s+Settlement: (2026-09-\d\d)", wheel.read(name).decode()
    )
    assert said
    stands = next(
        held for held in reversed(fomc.calendar()) if held.day <= date.fromisoformat(said[3])
    )
    assert (stands.lower, stands.upper) == (float(said[1]), float(said[2]))
