"""A newcomer's first minutes: clone, ``make run``, and the wheel in a place of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.clone

CHECKOUT = Path(__file__).parents[2]
_SECONDS = 900
# Ours would turn every warning of the installer into an error, or lead it into another venv.
_NOT_A_NEWCOMERS = {"PYTHONWARNINGS", "PYTHONPATH", "VIRTUAL_ENV", "OPENBLAS_NUM_THREADS"}


@dataclass(frozen=True)
class Shell:
    """Commands in one folder, each of which must succeed unless another code is expected."""

    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *command: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def new_shell(environment: dict[str, str]) -> Callable[[Path], Shell]:
    """A function from a folder to commands in it, with the environment of a newcomer."""
    ours = str(Path(sys.prefix) / "bin")
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != ours)
    kept = {name: value for name, value in environment.items() if name not in _NOT_A_NEWCOMERS}
    return lambda folder: Shell(folder, {**kept, "PATH": path})


@pytest.fixture
def clone(tmp_path: Path, new_shell: Callable[[Path], Shell], unavailable: Any) -> Shell:
    """Commands in a fresh clone of what was last committed."""
    if shutil.which("git") is None or shutil.which("make") is None:
        unavailable("needs git and make")
    asked = ["git", "-C", str(CHECKOUT), "rev-parse", "--verify", "--show-toplevel", "HEAD"]
    known = subprocess.run(asked, capture_output=True, text=True, check=False)
    if known.returncode != 0 or Path(known.stdout.splitlines()[0]) != CHECKOUT.resolve():
        unavailable(f"{CHECKOUT} is not a git checkout with a commit: {known.stderr.strip()}")
    new_shell(tmp_path)("git", "clone", "--quiet", CHECKOUT, "clone")
    return new_shell(tmp_path / "clone")


@pytest.fixture
def timed(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> Callable[[str, float], None]:
    """A function that reports how many seconds something took since an instant."""

    def report(what: str, since: float) -> None:
        seconds = round(time.monotonic() - since, 1)
        record_property(what, seconds)
        with capsys.disabled():
            sys.stdout.write(f"\n{what}: {seconds} s\n")

    return report


@pytest.fixture
def unplugged(unavailable: Any) -> tuple[str, ...]:
    """What to start a program by so that it has no network, not even a loopback."""
    through = ("unshare", "--net")
    tried = subprocess.run([*through, "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        unavailable(f"cannot take the network away: {tried.stderr.decode().strip()}")
    return through


def test_make_run_in_a_fresh_clone_writes_a_digest_and_needs_no_publisher(
    clone: Shell, unplugged: tuple[str, ...], stored: Any, complete: Any, timed: Any
) -> None:
    since = time.monotonic()
    said = clone("make", "run")
    timed("first make run, with installation", since)
    assert "Installing into .venv" in said
    (line,) = re.findall(r"^No publisher answered: .*$", said, re.MULTILINE)
    assert re.search(r"the bundled history.* \d{4}-\d\d, \d+ days old\.$", line)
    page = (clone.folder / "var/site/index.html").read_text("utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    database = clone.folder / "var/monitor.db"
    assert stored(database).observations == complete.observations

    before = stored(database)
    since = time.monotonic()
    again = clone(*unplugged, "make", "run")
    assert time.monotonic() - since < 30
    timed("second make run, unplugged", since)
    assert "Installing" not in again
    assert len(re.findall(r"^No publisher answered: ", again, re.MULTILINE)) == 1
    after = stored(database)
    assert (after.observations, after.rows["assessment"]) == (before.observations, 1)
    assert clone("git", "status", "--porcelain") == ""


def test_the_wheel_works_far_from_the_checkout(
    clone: Shell, new_shell: Callable[[Path], Shell], tmp_path: Path, timed: Any
) -> None:
    since = time.monotonic()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shell = new_shell(elsewhere)
    shell(sys.executable, "-m", "venv", tmp_path / "venv")
    python, program = (tmp_path / "venv/bin" / name for name in ("python", "recession-monitor"))
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check")
    clone(*pip, "wheel", "--no-deps", "--wheel-dir", tmp_path / "wheels", ".")
    (wheel,) = (tmp_path / "wheels").iterdir()
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {
        "monitor",
        "jobs",
    }
    assert len(names) == len(set(names))
    shell(*pip, "install", "--constraint", clone.folder / "constraints.txt", wheel)
    timed("wheel built and installed", since)
    # Nothing of the checkout may be within reach.
    clone.folder.rename(tmp_path / "gone")
    where = shell(python, "-c", "import monitor; print(monitor.__file__)")
    assert Path(where).is_relative_to(tmp_path / "venv")
    said = shell(program, "run", code=3)
    assert re.search(r"^No publisher answered: ", said, re.MULTILINE)
    assert {path.name for path in (elsewhere / "var/site").iterdir()} > {"index.html"}
    assert shell(program, "check").count("BAD") == 0
    assert shell(program, "--version").startswith("recession-monitor, version ")
