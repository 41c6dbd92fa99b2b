"""What the operator, the disk or the neighbours get wrong: one line says so, nothing is lost."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

KEY = "0123456789abcdef0123456789abcdef"
SOON = "the day after tomorrow"
WRITERS = ("run", "pull")


# ---------------------------------------------------------------------------------- the settings
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[store]\npaht = "elsewhere.db"\n', ("store.paht", "store.path")),
        ('[sotre]\npath = "elsewhere.db"\n', ("sotre", "known one is store")),
        ("[model.episodes]\nmin_month = 3\n", ("model.episodes.min_months",)),
        ('[sources]\ntimeout = "soon"\n', ("sources.timeout", "soon", "number")),
        ("[sources]\ntimeout = 0\n", ("sources.timeout", "greater than 0")),
        ('[sources]\nmin_interval = "soon"\n', ("sources.min_interval", "30m")),
        ('[sources]\nproxy = "fred:80"\n', ("sources.proxy", "an address such as")),
        ("[model.episodes]\nmin_months = 2.5\n", ("model.episodes.min_months", "2.5")),
        ('[model]\nspread = "10y-5y"\n', ("model.spread", "10y-5y", "10y-3m, 10y-2y")),
        ('[digest]\ntimezone = "America/New_Yrok"\n', ("digest.timezone", "America/New_York")),
        ('[logging]\nlevel = "loud"\n', ("logging.level", "'warning'")),
        ("store = 3\n", ("store", "3")),
        ("[store\n", ("not valid TOML", "line 1")),
        (f'fred_api_key = "{KEY}"\n', ("fred_api_key", "environment")),
        (f'[sources.fred]\napi_key = "{KEY}"\n', ("sources.fred.api_key",)),
    ],
)
def test_a_wrong_settings_file_is_named_with_the_setting(
    monitor: Any, files: Any, text: str, words: tuple[str, ...]
) -> None:
    monitor.settings(text)
    before = files(monitor.folder)
    done = monitor("run", "--json")
    done.refused_as_document(2, "config.toml", *words)
    assert KEY not in done.out + done.err
    assert files(monitor.folder) == before


def test_without_json_an_error_leaves_standard_output_empty(monitor: Any) -> None:
    monitor.settings("[store]\npaht = 1\n")
    done = monitor("score")
    done.refused(2, "config.toml", "store.path")
    assert done.out == ""


def test_a_settings_file_in_another_encoding_is_refused(monitor: Any) -> None:
    (monitor.folder / "config.toml").write_bytes('[site]\npath = "Übersicht"\n'.encode("utf-16"))
    monitor("run").refused(2, "config.toml", "cannot be read")


def test_a_missing_settings_file_is_named(monitor: Any) -> None:
    monitor("run", "--config", "nowhere.toml", "--json").refused_as_document(
        2, "nowhere.toml", "no such file", "--config"
    )
    monitor("run", RECESSION_MONITOR_CONFIG="gone.toml").refused(2, "gone.toml", "no such file")
    monitor("run", "--config", ".").refused(2, "cannot be read")
    assert list(monitor.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RECESSION_MONITOR_STORE__PAHT", "x", ("RECESSION_MONITOR_STORE__PAHT", "store.path")),
        ("RECESSION_MONITOR_STROE__PATH", "x", ("RECESSION_MONITOR_STROE", "store")),
        ("RECESSION_MONITOR_OFFLINE", "1", ("RECESSION_MONITOR_OFFLINE",)),
        ("RECESSION_MONITOR_STORE", "x", ("store", "'x'")),
        ("RECESSION_MONITOR_STORE__PATH__DEEP", "x", ("store.path", "'x'")),
        ("RECESSION_MONITOR_SOURCES__TIMEOUT", "soon", ("sources.timeout", "'soon'")),
        ("RECESSION_MONITOR_SOURCES__OFFLINE", "perhaps", ("sources.offline", "'perhaps'")),
    ],
)
def test_a_wrong_setting_in_the_environment_is_named(
    monitor: Any, variable: str, value: str, words: tuple[str, ...]
) -> None:
    done = monitor("run", "--json", **{variable: value})
    done.refused_as_document(2, *words)
    assert list(monitor.folder.iterdir()) == []


def test_a_password_in_the_address_of_a_proxy_is_not_printed(monitor: Any) -> None:
    monitor.settings('[sources]\nproxy = "http://joe:hunter22@127.0.0.1:9"\n')
    done = monitor("run", "--json")
    done.refused_as_document(2, "config.toml", "sources.proxy")
    assert "hunter22" not in done.out + done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pull", "GS11"), ("GS11", "GS10")),
        (("pull", "gs10", "nothing_like_it"), ("nothing_like_it", "docs/data.md")),
        (("scroe",), ("scroe", "score")),
        (("run", "--jsno"), ("--jsno", "--json")),
        (("run", "everything"), ("everything",)),
        (("episodes", "--spread", "10y-5y"), ("--spread", "10y-5y", "10y-3m", "2y-funds")),
        (("episodes", "--min-months", "0"), ("--min-months", "0", "1<=x<=24")),
        (("digest", "--format", "pdf"), ("--format", "pdf", "html")),
        (("status", "--max-age", "soon"), ("--max-age", "soon", "12h")),
        (("pull", "--as-of", "2007-07-15"), ("--as-of 2007-07-15", "leave the option out")),
        (("status", "--as-of", "2007-07-15"), ("--as-of 2007-07-15", "leave the option out")),
        (("check", "--as-of", "2007-07-15"), ("--as-of 2007-07-15", "leave the option out")),
        (("config", "show", "--as-of", "2007-07-15"), ("leave the option out",)),
    ],
)
def test_a_wrong_argument_is_named_with_what_would_be_right(
    monitor: Any, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    monitor(*arguments, "--json").refused_as_document(2, *words)
    assert list(monitor.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("verb", "day", "words"),
    [
        ("run", SOON, ("future", "up to today")),
        ("score", SOON, ("future", "up to today")),
        ("episodes", SOON, ("future", "up to today")),
        ("digest", "9999-12-31", ("future", "up to today")),
        ("run", "1953-04-30", ("before", "1953-05")),
        ("score", "0001-01-01", ("before", "1953-05")),
        ("run", "yesterday", ("yesterday", "YYYY-MM-DD")),
        ("score", "2007-02-30", ("2007-02-30", "YYYY-MM-DD")),
    ],
    ids=str,
)
def test_a_wrong_day_is_refused(
    seeded: Any, clock: Any, files: Any, *, verb: str, day: str, words: tuple[str, ...]
) -> None:
    before = files(seeded.site)
    given = f"{clock.today + timedelta(days=2)}" if day == SOON else day
    seeded(verb, "--as-of", given, "--json").refused_as_document(2, "--as-of", given, *words)
    assert files(seeded.site) == before


def test_a_day_without_the_chosen_spread_cannot_be_assessed(seeded: Any, stored: Any) -> None:
    before = stored(seeded.database)
    done = seeded(
        "score", "--as-of", "1960-01-01", "--json", RECESSION_MONITOR_MODEL__SPREAD="10y-2y"
    )
    done.refused_as_document(4, "10y-2y", "1960-01-01", "later day")
    assert stored(seeded.database) == before


def test_status_before_the_first_run_says_how_to_make_one(monitor: Any) -> None:
    monitor("status", "--json").refused_as_document(4, "monitor.db", "[store] path", "run")
    assert list(monitor.folder.iterdir()) == []


# ------------------------------------------------------------------------------------ the secret
def test_the_key_appears_nowhere_when_fred_cannot_be_reached(seeded: Any) -> None:
    file = seeded.folder.with_name("key")
    file.write_text(f"{KEY}\n")
    for arguments, secret, code in (
        (("run", "-vv"), {"FRED_API_KEY": KEY}, 3),
        (("pull", "GS10", "--json", "-vv"), {"FRED_API_KEY_FILE": str(file)}, 3),
        (("check", "-vv"), {"FRED_API_KEY": KEY}, 0),
    ):
        done = seeded(*arguments, **secret)
        assert done.code == code, done.err
        assert KEY not in done.out + done.err
    written = [path for path in seeded.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".db", ".html", ".txt"}
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []


def test_a_file_of_the_key_that_is_missing_is_named(monitor: Any) -> None:
    monitor("run", "--json", FRED_API_KEY_FILE="/nowhere/key").refused_as_document(
        2, "FRED_API_KEY_FILE", "/nowhere/key", "cannot be read"
    )
    done = monitor("run", FRED_API_KEY=KEY, FRED_API_KEY_FILE="/nowhere/key")
    assert KEY not in done.refused(2, "FRED_API_KEY", "unset")
    assert list(monitor.folder.iterdir()) == []


def test_config_show_masks_the_key(monitor: Any) -> None:
    words = monitor("config", "show", FRED_API_KEY=KEY)
    assert (words.code, KEY in words.out + words.err) == (0, False)
    assert "FRED_API_KEY is set" in words.out
    document = monitor("config", "show", "--json", FRED_API_KEY=KEY)
    assert (document.code, KEY in document.out + document.err) == (0, False)
    assert document.document["FRED_API_KEY"] == "***"


# ---------------------------------------------------------------------------------- the database
def _not_a_database(file: Path) -> None:
    file.write_bytes(b"Dear diary, today the yield curve inverted. " * 2000)


def _truncated(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size // 2)


def _garbled(file: Path) -> None:
    """Noise from the second page on, in half of the file."""
    page = 4096
    with file.open("r+b") as stream:
        stream.seek(page)
        stream.write(os.urandom(file.stat().st_size // 2))


@pytest.mark.parametrize("damage", [_not_a_database, _truncated, _garbled])
def test_a_damaged_database_is_refused_and_left_as_it_is(
    seeded: Any, files: Any, damage: Callable[[Path], None]
) -> None:
    damage(seeded.database)
    before = files(seeded.folder)
    for verb in ("run", "score", "status"):
        done = seeded(verb, "--json")
        done.refused_as_document(1, str(seeded.database), "[store] path", "move it aside")
        assert files(seeded.folder) == before, verb
    done = seeded("check", "--json")
    assert done.code == 1
    assert done.document["ok"] is False
    assert files(seeded.folder) == before


def test_one_damaged_page_is_found_by_check_and_never_written_over(seeded: Any, files: Any) -> None:
    with seeded.database.open("r+b") as stream:
        # Far behind the schema: a page full of observations.
        stream.seek(1000 * 4096)
        stream.write(os.urandom(4096))
    before = files(seeded.folder)
    done = seeded("check", "--json")
    (store,) = (row for row in done.document["checks"] if row["check"] == "store")
    assert (done.code, store["ok"]) == (1, False)
    assert str(seeded.database) in store["message"]
    assert "move it aside" in store["message"]
    assert files(seeded.folder) == before


def test_a_database_of_a_newer_version_is_left_as_it_is(seeded: Any, files: Any) -> None:
    with closing(sqlite3.connect(seeded.database)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = files(seeded.folder)
    for verb in ("run", "score", "status"):
        seeded(verb, "--json").refused_as_document(1, str(seeded.database), "schema 99", "upgrade")
    assert seeded("check").code == 1
    assert files(seeded.folder) == before


def test_a_folder_in_place_of_the_database_is_named(monitor: Any) -> None:
    monitor.database.mkdir(parents=True)
    for verb in ("run", "score"):
        monitor(verb).refused(1, str(monitor.database), "[store] path")
    assert list(monitor.database.iterdir()) == []


# ----------------------------------------------------------------------- folders without permission
def test_a_store_in_a_folder_without_permission_is_named(
    monitor: Any, unprivileged: tuple[str, ...]
) -> None:
    closed = monitor.folder / "closed"
    closed.mkdir(mode=0o555)
    setting = {"RECESSION_MONITOR_STORE__PATH": "closed/monitor.db"}
    for verb in ("run", "pull", "score"):
        done = monitor.by(*unprivileged)(verb, "--json", **setting)
        done.refused_as_document(1, str(closed / "monitor.db"), "[store] path", "writable")
    assert list(closed.iterdir()) == []
    assert not monitor.site.exists()


def test_a_stored_history_in_a_folder_without_permission_stays_as_it_is(
    seeded: Any, files: Any, unprivileged: tuple[str, ...]
) -> None:
    before = files(seeded.folder)
    seeded.database.chmod(0o444)
    (seeded.folder / "var").chmod(0o555)
    locked = seeded.by(*unprivileged)
    for verb in WRITERS:
        locked(verb).refused(1, str(seeded.database), "[store] path", "writable")
    assert files(seeded.folder) == before


def test_a_site_in_a_folder_without_permission_costs_nothing_stored(
    seeded: Any, stored: Any, complete: Any, files: Any, unprivileged: tuple[str, ...]
) -> None:
    pages = files(seeded.site)
    seeded.site.chmod(0o555)
    done = seeded.by(*unprivileged)("run", "--json")
    done.refused_as_document(1, str(seeded.site), "[site] path")
    assert stored(seeded.database).observations == complete.observations
    assert files(seeded.site) == pages
    assert seeded.by(*unprivileged)("check").code == 1


def test_a_read_only_disk_is_named(seeded: Any, new_disk: Any, stored: Any, complete: Any) -> None:
    disk = new_disk(seeded.folder / "disk", "1m")
    disk.remount("ro")
    there = disk.entered(seeded)
    there("run", "--json", RECESSION_MONITOR_STORE__PATH="disk/var/monitor.db").refused_as_document(
        1, str(disk.point), "[store] path", "writable"
    )
    there("run", "--json", RECESSION_MONITOR_SITE__PATH="disk/site").refused_as_document(
        1, str(disk.point), "[site] path"
    )
    assert list(disk.root.iterdir()) == []
    assert stored(seeded.database).observations == complete.observations


def test_a_digest_that_cannot_be_written_where_it_was_asked_for_is_named(seeded: Any) -> None:
    done = seeded("digest", "--out", "nowhere/digest.txt", "--json")
    done.refused_as_document(1, "nowhere/digest.txt", "existing folder")


# ------------------------------------------------------------------------------------- a full disk
@pytest.fixture
def loaded(original: Path) -> int:
    """Bytes of the database with the bundled history in it; its log is as large for a moment."""
    return (original / "var/monitor.db").stat().st_size


def test_a_first_load_onto_a_full_disk_stores_all_or_nothing(
    monitor: Any, new_disk: Any, stored: Any, complete: Any, loaded: int
) -> None:
    # Full while the tables are made, in the middle of the load, and after its end, when SQLite
    # moves what it wrote to its log into the database.
    disk = new_disk(monitor.folder / "var", "64k")
    there = disk.entered(monitor)
    for size in (65_536, loaded // 2, loaded * 3 // 2):
        disk.remount(f"size={size}")
        done = there("pull", "--json")
        done.refused_as_document(1, str(monitor.database), "[store] path", "full")
        if (disk.root / "monitor.db").exists():
            held = stored(disk.root / "monitor.db").rows.get("observation", 0)
            assert held in {0, complete.rows["observation"]}, size
    disk.remount("size=100m")
    assert there("pull").code == 3
    assert stored(disk.root / "monitor.db").observations == complete.observations


def test_a_full_disk_under_the_site_costs_nothing_stored(
    seeded: Any, new_disk: Any, stored: Any, complete: Any
) -> None:
    disk = new_disk(seeded.folder / "pages", "32k")
    there = disk.entered(seeded)
    setting = {"RECESSION_MONITOR_SITE__PATH": "pages"}
    done = there("run", "--json", **setting)
    done.refused_as_document(1, str(disk.point), "[site] path", "room")
    assert [path.name for path in disk.root.iterdir() if path.suffix != ".txt"] == []
    assert stored(seeded.database).observations == complete.observations
    disk.remount("size=10m")
    assert there("run", **setting).code == 3
    (page,) = disk.root.glob("digest-*.html")
    assert (disk.root / "latest.html").read_bytes() == page.read_bytes()


# ------------------------------------------------------------------------ neighbours, interrupts
@pytest.mark.parametrize("verb", WRITERS)
def test_another_run_that_holds_the_lock_is_left_in_peace(
    seeded: Any, files: Any, verb: str
) -> None:
    before = files(seeded.folder)
    lock = Path(f"{seeded.database}.lock")
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        seeded(verb, "--json").refused_as_document(75, str(lock), "another run", "wait")
        assert files(seeded.folder) == before
        assert seeded("status").code == 0
    assert seeded(verb).code == 3


@pytest.mark.parametrize(
    "arguments",
    [("score",), ("digest", "--format", "html"), ("episodes", "--json"), ("--help",)],
)
def test_a_reader_that_goes_away_is_no_error(seeded: Any, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = seeded.start(*arguments, stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) in {(0, ""), (3, "")}


def test_head_takes_the_first_line_and_no_one_complains(seeded: Any) -> None:
    reader = subprocess.Popen(
        ["head", "-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    process = seeded.start("digest", stdout=reader.stdin, stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (3, "")
    line, _ = reader.communicate(timeout=60)
    assert line.startswith("US recession monitor")


def _started_and_writing(monitor: Any, logged: int) -> subprocess.Popen[str]:
    """A first ``run`` whose transaction has come to ``logged`` bytes."""
    process: subprocess.Popen[str] = monitor.start(
        "run", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    log = Path(f"{monitor.database}-wal")
    while not (log.exists() and log.stat().st_size >= logged):
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.002)
            pytest.fail("the run ended before anyone could break it off")
    return process


def test_a_first_load_that_is_killed_is_made_good_by_the_next_run(
    monitor: Any, stored: Any, complete: Any, loaded: int
) -> None:
    # Killed while the tables are made, then in the middle of the load.
    for logged in (1, loaded // 2):
        process = _started_and_writing(monitor, logged)
        process.kill()
        process.communicate(timeout=60)
        held = stored(monitor.database).rows.get("observation", 0)
        assert held in {0, complete.rows["observation"]}
    assert monitor("run").code == 3
    healed = stored(monitor.database)
    assert healed.observations == complete.observations
    assert healed.rows["assessment"] == complete.rows["assessment"]


def test_a_run_that_is_interrupted_says_so_and_nothing_is_half_stored(
    monitor: Any, stored: Any
) -> None:
    process = _started_and_writing(monitor, 3_000_000)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    assert (process.returncode, out, said) == (130, "", "recession-monitor: interrupted\n")
    assert stored(monitor.database).rows["observation"] == 0
