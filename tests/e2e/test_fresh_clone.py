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


@pytest.fixture(scope="module")
def new_shell(environment: dict[str, str], clock: Any) -> Callable[[Path], Shell]:
    """A function from a folder to commands in it, with the environment of a newcomer."""
    ours = str(Path(sys.prefix) / "bin")
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != ours)
    kept = {name: value for name, value in environment.items() if name not in _NOT_A_NEWCOMERS}
    return lambda folder: Shell(folder, {**clock.over(kept), "PATH": path})


@pytest.fixture(scope="module")
def new_clone(new_shell: Callable[[Path], Shell], unavailable: Any) -> Callable[[Path], Shell]:
    """A function from a folder to commands in a fresh clone there of what was last committed."""

    def clone(folder: Path) -> Shell:
        if shutil.which("git") is None or shutil.which("make") is None:
            unavailable("needs git and make")
        asked = ["git", "-C", str(CHECKOUT), "rev-parse", "--verify", "--show-toplevel", "HEAD"]
        known = subprocess.run(asked, capture_output=True, text=True, check=False)
        if known.returncode != 0 or Path(known.stdout.splitlines()[0]) != CHECKOUT.resolve():
            unavailable(f"{CHECKOUT} is not a git checkout with a commit: {known.stderr.strip()}")
        new_shell(folder)("git", "clone", "--quiet", CHECKOUT, "clone")
        return new_shell(folder / "clone")

    return clone


@dataclass(frozen=True)
class Begun:
    """A clone after the first ``make run``, what that said, and how many seconds it took."""

    clone: Shell
    said: str
    seconds: float


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, new_clone: Callable[[Path], Shell]) -> Begun:
    clone = new_clone(tmp_path_factory.mktemp("newcomer"))
    since = time.monotonic()
    said = clone("make", "run")
    return Begun(clone, said, time.monotonic() - since)


@pytest.fixture
def timed(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> Callable[[str, float], None]:
    """A function that reports how many seconds something took."""

    def report(what: str, took: float) -> None:
        seconds = round(took, 1)
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
    begun: Begun, unplugged: tuple[str, ...], stored: Any, complete: Any, timed: Any
) -> None:
    clone = begun.clone
    timed("first make run, with installation", begun.seconds)
    assert "Installing into .venv" in begun.said
    (line,) = re.findall(r"^No publisher answered: .*$", begun.said, re.MULTILINE)
    assert re.search(r"the bundled history.* \d{4}-\d\d, \d+ days old\.$", line)
    page = (clone.folder / "var/site/latest.html").read_text("utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    database = clone.folder / "var/monitor.db"
    assert stored(database).observations == complete.observations

    before = stored(database)
    since = time.monotonic()
    again = clone(*unplugged, "make", "run")
    took = time.monotonic() - since
    assert took < 30
    timed("second make run, unplugged", took)
    assert "Installing" not in again
    assert len(re.findall(r"^No publisher answered: ", again, re.MULTILINE)) == 1
    after = stored(database)
    assert (after.observations, after.rows["assessment"]) == (before.observations, 1)
    assert clone("git", "status", "--porcelain") == ""


def _dependencies(of: Path, into: Path) -> None:
    """Give one environment what is installed in another, but for the program itself."""
    ((theirs,), (ours,)) = ([*it.glob("lib/python*/site-packages")] for it in (of, into))
    present = {path.name for path in ours.iterdir()}
    for path in theirs.iterdir():
        if path.name in present or "recession_monitor" in path.name:
            continue
        if path.is_dir():
            shutil.copytree(path, ours / path.name, copy_function=os.link)
        else:
            os.link(path, ours / path.name)


def test_the_wheel_works_far_from_the_checkout(
    begun: Begun,
    new_clone: Callable[[Path], Shell],
    new_shell: Callable[[Path], Shell],
    tmp_path: Path,
    timed: Any,
) -> None:
    clone = new_clone(tmp_path)
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
    # They were installed once, from the same list; `pip check` holds them against the wheel's.
    _dependencies(begun.clone.folder / ".venv", tmp_path / "venv")
    shell(*pip, "install", "--no-deps", wheel)
    shell(*pip, "check")
    timed("wheel built and installed", time.monotonic() - since)
    # Nothing of the checkout may be within reach.
    clone.folder.rename(tmp_path / "gone")
    where = shell(python, "-c", "import monitor; print(monitor.__file__)")
    assert Path(where).is_relative_to(tmp_path / "venv")
    said = shell(program, "run", code=3)
    assert re.search(r"^No publisher answered: ", said, re.MULTILINE)
    assert {path.name for path in (elsewhere / "var/site").iterdir()} > {"index.html"}
    assert shell(program, "check").count("BAD") == 0
    assert shell(program, "--version").startswith("recession-monitor, version ")
