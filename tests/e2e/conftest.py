"""The real process in a folder of its own, with publishers that nobody can reach."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from copy import copy
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import pytest

from monitor.catalog import SERIES

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from loopback import PUBLISHERS, Habits, Request, Server
from loopback.figures import FOREVER, Figures, Record, Series

DATABASE = Path("var/monitor.db")
SITE = Path("var/site")
# Not to be handed on: settings of ours, and what would have every process compile every module.
_LEFT_OUT = re.compile(r"RECESSION_MONITOR_|(FRED|BLS)_API_KEY|PYTHONDONTWRITEBYTECODE")
_SECONDS = 120
NEW_YORK = ZoneInfo("America/New_York")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell has what it starts in the background ignore Ctrl-C, and so would all that we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Clock:
    """The clock of the program, which is ahead of ours by some time."""

    ahead: timedelta

    @classmethod
    def at_ten(cls, began: datetime) -> Clock:
        """The clock that stood at ten in New York when a session of tests began, on its day."""
        ten = began.astimezone(NEW_YORK).replace(hour=10, minute=0, second=0, microsecond=0)
        return cls(ten.astimezone(UTC) - began)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def today(self) -> date:
        return self.now.astimezone(NEW_YORK).date()

    def over(self, environment: Mapping[str, str]) -> dict[str, str]:
        """The environment, with what makes the program go by this clock."""
        places = [str(Path(__file__).with_name("clock")), environment.get("PYTHONPATH", "")]
        shifted = {
            "PYTHONPATH": os.pathsep.join(filter(None, places)),
            "TESTS_CLOCK_AHEAD": f"{self.ahead.total_seconds()}",
        }
        return {**environment, **shifted}


@dataclass(frozen=True)
class Done:
    """A process that has ended."""

    code: int
    out: str
    err: str
    cpu: float = 0.0
    """Seconds of the processor."""

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


def _cpu() -> float:
    """Seconds of the processor that all processes took that we have started and that ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Program:
    """``recession-monitor``, called with ``monitor("verb", "--option", VARIABLE="value")``."""

    folder: Path
    environment: Mapping[str, str]
    through: tuple[str, ...] = ()
    python_options: tuple[str, ...] = ()
    patience: float = _SECONDS
    """Seconds after which it is killed."""

    @property
    def database(self) -> Path:
        return self.folder / DATABASE

    @property
    def site(self) -> Path:
        return self.folder / SITE

    def rows(self, table: str = "observation") -> int:
        """How many rows a table has."""
        ((count,),) = self.sql(f"SELECT count(*) FROM {table}")
        return int(count)

    def overdue(self, *series: str) -> None:
        """Make the last answers of some series so old that they are asked for again, and whole."""
        for name in series:
            self.sql(
                "UPDATE statement SET fetched_at = replace(datetime(fetched_at, '-8 days'), ' ',"
                " 'T') || '+00:00' WHERE series = ? AND source != 'bundled'",
                name,
            )

    def sql(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database answers to one statement, which may also change it."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(text, values).fetchall()

    def command(self, *arguments: str) -> list[str]:
        return [*self.through, sys.executable, *self.python_options, "-m", "jobs", *arguments]

    def __call__(self, *arguments: str, **environment: str) -> Done:
        before = _cpu()
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.patience,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr, _cpu() - before)

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

    def given(self, seconds: float) -> Program:
        """The same program, for what takes longer than anything else."""
        return replace(self, patience=seconds)

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


# The numbers of the statements are left out: they tell in which order answers came.
_OBSERVATIONS = """
    SELECT series, group_concat(period || known_from || coalesce(value, '.') || source)
    FROM (SELECT o.series, period, known_from, value, source
          FROM observation AS o JOIN statement ON id = o.statement
          WHERE ?1 = '[]' OR o.series IN (SELECT value FROM json_each(?1))
          ORDER BY o.series, period, known_from, source, value)
    GROUP BY series ORDER BY series"""


def _stored(database: Path, scratch: Path, series: Sequence[str]) -> Stored:
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
                for row in connection.execute(_OBSERVATIONS, [json.dumps(series)]):
                    digest.update(repr(row).encode())
    finally:
        for part in scratch.glob("copy-of.db*"):
            part.unlink()
    return Stored(rows, digest.hexdigest())


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Stored]:
    """A function from the path of a database to what it holds, of all series or of some."""
    scratch = tmp_path_factory.mktemp("scratch")
    return lambda database, *series: _stored(database, scratch, series)


@pytest.fixture(scope="session")
def complete(original: Path, stored: Callable[..., Stored]) -> Stored:
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
            **{f"RECESSION_MONITOR_SOURCES__{name.upper()}__URL": url for name in PUBLISHERS},
        }


@pytest.fixture(scope="session")
def clock() -> Clock:
    """The clock of the program, on which no midnight comes while the tests run."""
    return Clock.at_ten(datetime.fromisoformat(os.environ["TESTS_BEGAN"]))


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
def program(environment: dict[str, str], clock: Clock) -> Callable[..., Program]:
    """A function from a folder, and settings by variable, to the program that works there."""
    shared = clock.over(environment)
    return lambda folder, **settings: Program(folder, {**shared, **settings})


@pytest.fixture(scope="session")
def preloaded(
    environment: dict[str, str], clock: Clock
) -> Iterator[Callable[[Program, Sequence[str], Path], Done]]:
    """A function that has a program answer in a fork of a process that has loaded everything.

    It takes the program, the arguments, and a folder for what is written.
    """
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("preloaded.py")],
        env=clock.over(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        questions, answers = process.stdin, process.stdout
        assert questions is not None
        assert answers is not None

        def ask(program: Program, arguments: Sequence[str], scratch: Path) -> Done:
            out, err = scratch / "out", scratch / "err"
            question = {
                "folder": str(program.folder), "environment": program.environment,
                "arguments": arguments, "out": str(out), "err": str(err),
            }  # fmt: skip
            questions.write(json.dumps(question) + "\n")
            questions.flush()
            if not select.select([answers], [], [], _SECONDS)[0]:
                process.kill()
                pytest.fail(f"no answer in {_SECONDS} s: {arguments}")
            code, cpu = json.loads(answers.readline())
            return Done(code, out.read_text("utf-8"), err.read_text("utf-8"), cpu)

        yield ask
        questions.close()


@pytest.fixture(scope="session")
def reader(
    made_once: Callable[..., Path],
    original: Path,
    program: Callable[..., Program],
    preloaded: Callable[[Program, Sequence[str], Path], Done],
) -> Callable[..., Done]:
    """The program where one ``run`` was made, for verbs that only look.

    What was asked once is not asked again in the same session, by whichever worker.
    """
    folder = made_once("looked-at", lambda it: shutil.copytree(original, it, dirs_exist_ok=True))

    def ask(*arguments: str, **settings: str) -> Done:
        def make(part: Path) -> None:
            done = preloaded(program(folder, **settings), arguments, part)
            (part / "done.json").write_text(json.dumps(asdict(done)))

        question = json.dumps([arguments, settings], sort_keys=True).encode()
        answer = made_once(f"answer-{hashlib.sha256(question).hexdigest()[:16]}", make)
        return Done(**json.loads((answer / "done.json").read_text()))

    return ask


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


# --------------------------------------------------------------------- publishers on this machine
class Publishers(Server):
    """The publishers of the loopback, who can also change their minds.

    Whoever has the habit of sending validators does so with every answer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        super().__init__(today=clock.today)
        self._first_day = self.today
        self._true = self.figures

    @property
    def skew(self) -> timedelta:
        """By how much their clocks are ahead of ours; what is set is told from the program's."""
        return self._clock.ahead + self._skew

    @skew.setter
    def skew(self, ahead: timedelta) -> None:
        self._skew = ahead

    def recover(self) -> None:
        """Be in good health, as on the first day, and as if never asked."""
        self.heal()
        self.move_to(self._first_day, Habits())
        self._replace(self._true)

    def say(self, series: str, values: Mapping[date, float | None]) -> None:
        """From today on everybody has other values for some periods."""
        told, yesterday = self.figures[series], self.today - timedelta(days=1)
        records = [
            replace(it, until=min(it.until, yesterday)) if it.period in values else it
            for it in told.records
            if it.period not in values or it.since <= yesterday
        ]
        records += [Record(it, self.today, FOREVER, value) for it, value in values.items()]
        records.sort(key=lambda it: (it.period, it.since))
        self._tell(replace(told, records=tuple(records)))

    def measure(self, series: str, unit: str) -> None:
        """Call the unit of a series by another name; its values stay as they are."""
        told = self.figures[series]
        self._tell(replace(told, spec=replace(told.spec, unit=unit)))

    def newest(self, series: str) -> tuple[date, float]:
        """The newest period with a value, and that value."""
        return next((it, value) for it, value in reversed(self.figures[series].latest) if value)

    def tally(self) -> dict[str, int]:
        """Requests by publisher."""
        return dict(Counter(asked.publisher for asked in self.asked))

    def named(self, *publishers: str) -> set[str]:
        """The series for which these publishers, or all, were asked by name."""
        return {
            name
            for asked in self.asked
            if not publishers or asked.publisher in publishers
            for name in asked.series
            if name in SERIES
        }

    def _healthy(self, publisher: str, request: Request) -> Any:
        kept = super()._healthy(publisher, request)
        if publisher not in self.habits.validators:
            return kept
        return replace(kept, reply=replace(kept.reply, validated=True))

    def _tell(self, series: Series) -> None:
        figures = copy(self.figures)
        figures._series = {**figures._series, series.spec.id: series}
        self._replace(figures)

    def _replace(self, figures: Figures) -> None:
        if figures is not self._figures:
            with self._lock:
                self._figures = figures
                self._kept.clear()


@pytest.fixture(scope="session")
def running_publishers(clock: Clock) -> Iterator[Publishers]:
    with Publishers(clock) as server:
        yield server


@pytest.fixture
def publishers(running_publishers: Publishers) -> Iterator[Publishers]:
    """The publishers, in good health, as on the first day, and as if never asked."""
    running_publishers.recover()
    yield running_publishers
    running_publishers.recover()


@dataclass(frozen=True)
class First:
    """What was done first in a folder.

    Attributes:
        folder: where.
        code, said: how it ended, and what it wrote on standard error.
        document: what it said.
        tally: requests that came, by publisher.
        named: series asked for by name.
        urls: addresses of the publishers.
        cpu: seconds of the processor.
    """

    folder: Path
    code: int
    said: str
    document: Any
    tally: dict[str, int]
    named: list[str]
    urls: dict[str, str]
    cpu: float


@pytest.fixture(scope="session")
def first_time(
    made_once: Callable[..., Path],
    program: Callable[..., Program],
    running_publishers: Publishers,
) -> Callable[..., First]:
    """A function that starts the program in a new folder, once for all workers."""

    def begin(name: str, verb: str, days_ago: int = 0, **settings: str) -> First:
        server = running_publishers

        def make(folder: Path) -> None:
            server.recover()
            server.move_to(server.today - timedelta(days=days_ago))
            done = program(folder, **server.settings(), **settings)(verb, "--json")
            outcome = {
                "code": done.code,
                "said": done.err,
                "document": done.document,
                "tally": server.tally(),
                "named": sorted(server.named()),
                "urls": {it: server.url(it) for it in PUBLISHERS},
                "cpu": done.cpu,
            }
            (folder / "outcome.json").write_text(json.dumps(outcome))
            server.recover()

        folder = made_once(name, make)
        return First(folder, **json.loads((folder / "outcome.json").read_text()))

    return begin


@pytest.fixture(scope="session")
def first(first_time: Callable[..., First]) -> First:
    """The first ``run`` of all."""
    return first_time("online", "run")


@pytest.fixture
def settled(
    publishers: Publishers, program: Callable[..., Program], tmp_path: Path
) -> Callable[[First], Program]:
    """A function to the program in a copy of a folder, with publishers that are in good health."""

    def copied(first: First) -> Program:
        folder = tmp_path / "work"
        shutil.copytree(first.folder, folder)
        found = program(folder, **publishers.settings())
        for name, url in first.urls.items():
            # Another worker made the folder, and asked at other ports.
            found.sql(
                "UPDATE receipt SET request = replace(request, ?, ?)", url, publishers.url(name)
            )
        return found

    return copied


@pytest.fixture
def online(settled: Callable[[First], Program], first: First) -> Program:
    """The program in a copy of the folder after the first ``run``."""
    return settled(first)


@pytest.fixture
def newcomer(
    publishers: Publishers, original: Path, program: Callable[..., Program], tmp_path: Path
) -> Program:
    """The program where only the bundled history is stored, with publishers in good health."""
    folder = tmp_path / "work"
    shutil.copytree(original, folder)
    return program(folder, **publishers.settings())


@pytest.fixture
def report(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """A function that tells numbers."""

    def tell(what: str, **numbers: float) -> None:
        record_property(what, numbers)
        with capsys.disabled():
            sys.stdout.write(f"\n{what}: {', '.join(f'{k} {v:g}' for k, v in numbers.items())}\n")

    return tell


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
