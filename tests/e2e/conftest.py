"""The real process in a folder of its own, with publishers that nobody can reach."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

DATABASE = Path("var/monitor.db")
SITE = Path("var/site")
# Not to be handed on: settings of ours, and what would have every process compile every module.
_LEFT_OUT = re.compile(r"RECESSION_MONITOR_|FRED_API_KEY|PYTHONDONTWRITEBYTECODE")
_SECONDS = 120


@dataclass(frozen=True)
class Done:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document that standard output is."""
        return json.loads(self.out)

    def refused(self, code: int, *words: str) -> str:
        """The one line of an operator's error, which must hold all ``words``."""
        assert (self.code, self.err.count("\n")) == (code, 1), self.err
        assert self.err.startswith("recession-monitor: ")
        assert "Traceback" not in self.err
        missing = [word for word in words if word not in self.err]
        assert not missing, f"{missing} not in: {self.err}"
        return self.err.strip().removeprefix("recession-monitor: ")

    def refused_as_document(self, code: int, *words: str) -> None:
        """The same with ``--json``: what the line says, once more for a script."""
        line = self.refused(code, *words)
        assert self.document["schema"] == 1
        assert self.document["error"]["message"] == line
        assert self.document["error"]["exit_code"] == code


@dataclass(frozen=True)
class Program:
    """``recession-monitor``, called with ``monitor("verb", "--option", VARIABLE="value")``."""

    folder: Path
    environment: Mapping[str, str]
    through: tuple[str, ...] = ()
    python_options: tuple[str, ...] = ()

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def site(self) -> Path:
        return self.folder / SITE

    def command(self, *arguments: str) -> list[str]:
        return [*self.through, sys.executable, *self.python_options, "-m", "jobs", *arguments]

    def __call__(self, *arguments: str, **environment: str) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **streams: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=self.environment, text=True, **streams
        )

    def by(self, *through: str) -> Program:
        """The same program, started by another one."""
        return replace(self, through=through)

    def with_python(self, *options: str) -> Program:
        """The same program in an interpreter with options."""
        return replace(self, python_options=options)

    def settings(self, text: str) -> Path:
        """Write ``config.toml``."""
        file = self.folder / "config.toml"
        file.write_text(text, "utf-8")
        return file


@dataclass(frozen=True)
class Stored:
    """What a database holds, whoever wrote it at whatever instant."""

    rows: Mapping[str, int]
    observations: str = field(repr=False)


def _stored(database: Path, scratch: Path) -> Stored:
    """Read a copy: a reader of SQLite may leave files beside the database."""
    copy = scratch / "copy-of.db"
    for ending in ("", "-wal"):
        if (part := Path(f"{database}{ending}")).exists():
            shutil.copyfile(part, f"{copy}{ending}")
    try:
        with closing(sqlite3.connect(copy)) as connection:
            rows = {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
                ).fetchall()
            }
            digest = hashlib.sha256()
            if "observation" in rows:
                # Joined inside SQLite: two hundred thousand rows are too many for a loop.
                for row in connection.execute(
                    "SELECT series, group_concat(period || known_from || coalesce(value, '.')"
                    " || source) FROM (SELECT * FROM observation"
                    " ORDER BY series, period, known_from) GROUP BY series ORDER BY series"
                ):
                    digest.update(repr(row).encode())
    finally:
        for part in scratch.glob("copy-of.db*"):
            part.unlink()
    return Stored(rows, digest.hexdigest())


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Stored]:
    """A function from the path of a database to what it holds."""
    scratch = tmp_path_factory.mktemp("scratch")
    return lambda database: _stored(database, scratch)


@pytest.fixture(scope="session")
def complete(original: Path, stored: Callable[[Path], Stored]) -> Stored:
    """What a database holds after one undisturbed ``run``."""
    return stored(original / DATABASE)


@pytest.fixture
def files() -> Callable[[Path], dict[str, str]]:
    """A function from a folder to the fingerprints of all files in it, the lock left out."""

    def fingerprints(folder: Path) -> dict[str, str]:
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".lock"
        }

    return fingerprints


@pytest.fixture(scope="session")
def environment() -> Iterator[dict[str, str]]:
    """The environment without settings of ours, and with publishers that refuse to talk."""
    with socket.socket() as deaf:
        # Bound but not listening: connections are refused, and nobody else can get the port.
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        yield {
            **{name: value for name, value in os.environ.items() if not _LEFT_OUT.match(name)},
            "PYTHONWARNINGS": "error",
            # Workers share the cores already; more threads in each process only get in the way.
            "OPENBLAS_NUM_THREADS": "1",
            "RECESSION_MONITOR_SOURCES__FRED__URL": url,
            "RECESSION_MONITOR_SOURCES__FREDGRAPH__URL": url,
            "RECESSION_MONITOR_SOURCES__TREASURY__URL": url,
        }


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function that makes a folder once for all workers. The folder is not to be changed."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, part = base / name, base / f"{name}.part"
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                part.mkdir()
                make(part)
                part.rename(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def original(made_once: Callable[..., Path], program: Callable[..., Program]) -> Path:
    """A folder in which one ``run`` was made that no publisher answered."""

    def make(folder: Path) -> None:
        done = program(folder)("run", "--quiet")
        assert (done.code, done.out, done.err) == (3, "", "")

    return made_once("original", make)


@pytest.fixture(scope="session")
def program(environment: dict[str, str]) -> Callable[..., Program]:
    """A function from a folder, and settings by variable, to the program that works there."""
    return lambda folder, **settings: Program(folder, {**environment, **settings})


@pytest.fixture
def monitor(tmp_path: Path, program: Callable[..., Program]) -> Program:
    """The program in an empty folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    return program(folder)


@pytest.fixture
def seeded(monitor: Program, original: Path) -> Program:
    """The program in a folder in which one ``run`` was made."""
    shutil.copytree(original, monitor.folder, dirs_exist_ok=True)
    return monitor


# ------------------------------------------------------------------- machines in a worse condition
def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def unavailable() -> Callable[[str], NoReturn]:
    """A function that ends a test which cannot be made here: fine at home, a hole in CI."""
    return _unavailable


def _tools(*names: str) -> None:
    missing = [name for name in names if shutil.which(name) is None]
    if os.geteuid() != 0:
        _unavailable("needs root, to mount or to give up its privileges")
    if missing:
        _unavailable(f"needs {' and '.join(missing)} of util-linux")


@pytest.fixture
def unprivileged() -> tuple[str, ...]:
    """What to start a program by so that modes of files bind it, even if we are root."""
    if os.geteuid() != 0:
        return ()
    _tools("setpriv")
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


@dataclass(frozen=True)
class Disk:
    """A small disk that is mounted in a namespace of its own."""

    point: Path
    holder: int

    @property
    def root(self) -> Path:
        """The mounted folder, as this process can read it."""
        return Path(f"/proc/{self.holder}/root{self.point}")

    def entered(self, program: Program) -> Program:
        """The program with the disk in its place."""
        return program.by(*self._enter, "env", f"--chdir={program.folder}")

    def remount(self, options: str) -> None:
        """Mount it anew with other options, the content kept."""
        self.run("mount", "-o", f"remount,{options}", str(self.point))

    def run(self, *command: str) -> None:
        subprocess.run([*self._enter, *command], check=True, capture_output=True, timeout=_SECONDS)

    @property
    def _enter(self) -> tuple[str, ...]:
        return ("nsenter", f"--target={self.holder}", "--mount")


@pytest.fixture
def new_disk() -> Iterator[Callable[[Path, str], Disk]]:
    """A function that mounts a disk of a size such as ``4m`` at a folder, for one test."""
    _tools("unshare", "nsenter", "mount")
    holders: list[subprocess.Popen[bytes]] = []

    def mount(point: Path, size: str) -> Disk:
        point.mkdir(parents=True, exist_ok=True)
        script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && echo mounted && exec cat'
        holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", script, "-", size, str(point)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stderr is not None
        if holder.stdout.readline() != b"mounted\n":
            _unavailable(f"cannot mount here: {holder.stderr.read().decode()}")
        return Disk(point, holder.pid)

    yield mount
    for holder in holders:
        # `cat` ends with its input, and with it the namespace and all that is mounted there.
        holder.communicate(timeout=_SECONDS)
