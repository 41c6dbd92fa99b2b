"""What a user may rely on whatever the verb: repeatable, dry when asked, quick, and honest."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from jobs.cli import cli

HEAVY = ("pandas", "sklearn", "matplotlib", "scipy")


def _verbs(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every verb as words, groups of verbs included."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*before, name))
        if isinstance(command, click.Group):
            found += _verbs(command, (*before, name))
    return found


def _state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -------------------------------------------------------------------------------- once and for all
@pytest.fixture(scope="module")
def second(made_once: Any, original: Path, program: Any) -> tuple[Path, Any]:
    """A folder in which a second ``run`` was made, how that ended, and what it said."""

    def make(folder: Path) -> None:
        shutil.copytree(original, folder, dirs_exist_ok=True)
        done = program(folder)("run", "--json")
        said = {"code": done.code, "document": done.document}
        (folder / "second.json").write_text(json.dumps(said))

    folder = made_once("second", make)
    return folder, json.loads((folder / "second.json").read_text())


def test_a_second_run_adds_no_observation_and_no_assessment(
    second: Any, stored: Any, complete: Any
) -> None:
    folder, said = second
    assert said["code"] == 3
    after = stored(folder / "var/monitor.db")
    assert after.observations == complete.observations
    assert after.rows["assessment"] == complete.rows["assessment"] == 1
    assert after.rows["run"] == complete.rows["run"] + 1


def test_a_replay_of_a_past_day_is_not_kept_as_a_forecast(seeded: Any, stored: Any) -> None:
    before, newest = stored(seeded.database), (seeded.site / "latest.html").read_bytes()
    done = seeded("run", "--as-of", "2007-07-15", "--json")
    assert done.code in {0, 3}
    assert done.document["assessment"]["as_of"] == "2007-07-15"
    assert (seeded.site / "digest-2007-07-15.html").is_file()
    assert (seeded.site / "latest.html").read_bytes() == newest
    after = stored(seeded.database)
    assert (after.observations, after.rows["assessment"]) == (
        before.observations,
        before.rows["assessment"],
    )


def test_the_score_of_a_past_day_is_the_same_bytes_every_time(seeded: Any) -> None:
    first, second = (seeded("score", "--json", "--as-of", "2007-07-15") for _ in range(2))
    assert first.code == second.code
    instant = re.compile(r'"generated_at": "[^"]*"')
    texts = [instant.subn("", done.out) for done in (first, second)]
    assert [found for _, found in texts] == [1, 1]
    assert texts[0] == texts[1]
    assert first.document["as_of"] == "2007-07-15"


# ---------------------------------------------------------------------------------------- dry runs
def test_a_dry_run_in_an_empty_folder_leaves_it_empty(monitor: Any) -> None:
    done = monitor("run", "--dry-run", "--json")
    assert (done.code, done.document["exit_code"], done.document["page"]) == (3, 3, None)
    assert done.document["assessment"]["recession"]["probability"]["12"] > 0
    assert list(monitor.folder.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "--as-of", "2007-07-15"),
        ("pull",),
        ("digest", "--out", "digest.html", "--format", "html"),
    ],
)
def test_a_dry_run_changes_no_file_and_ends_as_the_real_one_would(
    seeded: Any, arguments: tuple[str, ...]
) -> None:
    before = _state(seeded.folder)
    dry = seeded(*arguments, "--dry-run")
    assert _state(seeded.folder) == before
    assert dry.err == ""
    assert dry.code == seeded(*arguments).code


def test_reading_verbs_change_no_observation_and_leave_nothing_beside_the_database(
    seeded: Any, stored: Any, complete: Any
) -> None:
    before = {path.name for path in seeded.database.parent.iterdir()}
    for verb in ("score", "status", "check"):
        assert seeded(verb).code in {0, 3}
    assert {path.name for path in seeded.database.parent.iterdir()} == before
    assert stored(seeded.database) == complete


# ----------------------------------------------------------------------------------- words and help
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("run", "--help"), ("status",)])
def test_what_must_answer_at_once_loads_nothing_heavy(
    seeded: Any, arguments: tuple[str, ...]
) -> None:
    timed = seeded.with_python("-X", "importtime")
    done = timed(*arguments)
    assert done.code == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert "click" in loaded
    assert {name for name in loaded if name.split(".")[0] in HEAVY} == set()


@pytest.mark.parametrize("verb", [(), *_verbs(cli)], ids=" ".join)
def test_every_verb_has_a_help_that_says_what_it_does(monitor: Any, verb: tuple[str, ...]) -> None:
    done = monitor(*verb, "--help")
    assert (done.code, done.err) == (0, "")
    usage, _, rest = done.out.partition("\n")
    assert usage.startswith(" ".join(["Usage: recession-monitor", *verb]))
    assert re.search(r"^  \w.*\.$", rest, re.MULTILINE)


def test_the_version_is_one_line(monitor: Any) -> None:
    done = monitor("--version")
    assert done.code == 0
    assert re.fullmatch(r"recession-monitor, version \d+\.\d+\.\d+\n", done.out)


@pytest.mark.parametrize(
    "arguments",
    [("score",), ("episodes",), ("digest",), ("status",), ("check",), ("config", "show")],
    ids=" ".join,
)
def test_with_json_standard_output_is_one_document_of_schema_1(
    reader: Any, arguments: tuple[str, ...]
) -> None:
    done = reader(*arguments, "--json", "--quiet")
    assert done.code in {0, 3}
    assert done.err == ""
    assert json.loads(done.out)["schema"] == 1


def test_quiet_says_nothing_when_all_goes_well_but_for_the_document(seeded: Any) -> None:
    done = seeded("pull", "GS10", "--quiet")
    assert (done.code, done.out, done.err) == (3, "", "")
    done = seeded("pull", "GS10", "--quiet", "--json")
    assert (done.code, done.document["schema"], done.err) == (3, 1, "")


# -------------------------------------------------------------------------------------- exit code 3
def test_a_run_on_old_figures_ends_with_3_and_says_which(second: Any) -> None:
    _, said = second
    assessment = said["document"]["assessment"]
    assert (said["code"], said["document"]["exit_code"]) == (3, 3)
    assert assessment["degraded"] is True
    codes = {finding["code"] for finding in assessment["findings"]}
    assert "offline" in codes
    offline = next(row for row in assessment["findings"] if row["code"] == "offline")
    assert re.search(r"No publisher answered: .* of \d{4}-\d\d, \d+ days old", offline["message"])


def test_without_a_network_one_line_says_so_with_the_age(seeded: Any) -> None:
    done = seeded("run")
    lines = [line for line in done.out.splitlines() if line.startswith("No publisher answered")]
    assert done.code == 3
    assert len(lines) == 1
    assert re.fullmatch(r"No publisher answered: this rests on .*, \d+ days old\.", lines[0])


def test_status_ends_with_3_when_the_last_digest_is_too_old(seeded: Any, clock: Any) -> None:
    made = clock.now - timedelta(hours=30)
    with closing(sqlite3.connect(seeded.database)) as connection, connection:
        connection.execute("UPDATE run SET ended_at = ?", [made.isoformat(timespec="seconds")])
    for age, code in (("1s", 3), ("29h", 3), ("31h", 0), ("2d", 0)):
        done = seeded("status", "--max-age", age, "--json")
        assert (done.code, done.document["too_old"]) == (code, code == 3)


def test_a_pull_does_not_pass_for_a_digest(monitor: Any) -> None:
    assert monitor("pull").code == 3
    done = monitor("status", "--max-age", "1h", "--json")
    assert (done.code, done.document["last_digest"]) == (3, None)
