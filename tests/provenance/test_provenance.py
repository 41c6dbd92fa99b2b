"""The bundle against the packages that it was made from, fetched anew.

Run with ``pytest -m provenance tests/provenance``; it needs the package archives of Debian and of
Python. Elsewhere than on a Debian whose ``gretl-data`` is bundled the monthly part is left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

pytestmark = pytest.mark.provenance

REPOSITORY = Path(__file__).parents[2]
BUNDLE = REPOSITORY / "monitor" / "data"
CHECK = [sys.executable, str(REPOSITORY / "tools" / "build_history.py"), "--check",
         "--out", str(BUNDLE)]  # fmt: skip
BUNDLED_RELEASES = ("2021a-1", "2022c-1", "2025a-1", "2026d-1")


def left_out(reason: str) -> NoReturn:
    """Leave a test out, unless this is CI, where all of them must be made."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def fetched(command: list[str], folder: Path, pattern: str) -> Path:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode != 0:
        left_out(f"{command[0]} could not fetch the package: {done.stderr.strip()[-300:]}")
    return next(folder.glob(pattern))


def checked(*arguments: str) -> None:
    done = subprocess.run(
        [*CHECK, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "agrees with the packages" in done.stdout


def test_the_vintage_of_this_debian_is_what_its_gretl_data_says(tmp_path: Path) -> None:
    if shutil.which("apt-get") is None:
        left_out("no apt-get: not a Debian")
    package = fetched(["apt-get", "download", "gretl-data"], tmp_path, "gretl-data_*.deb")
    release = package.name.split("_")[1]
    if release not in BUNDLED_RELEASES:
        left_out(f"gretl-data {release} of this Debian is not one of the bundled vintages")
    checked("--gretl", str(package))


def test_the_daily_curve_is_what_the_recording_in_openbb_fred_says(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:",
               "--dest", str(tmp_path), "openbb-fred==2.0.0"]  # fmt: skip
    checked("--openbb", str(fetched(command, tmp_path, "openbb_fred-*.tar.gz")))
