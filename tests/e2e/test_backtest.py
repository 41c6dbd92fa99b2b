"""`backtest` as a user runs it: the document, the files, what it refuses, and how it ends early."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from monitor.domain import HORIZONS, TARGETS

SPAN = ("backtest", "--from", "2006-06", "--to", "2008-03")
MONTHS = 22


@pytest.fixture(scope="module")
def short(
    made_once: Callable[..., Path], original: Path, program: Callable[..., Any]
) -> tuple[Path, Any]:
    """The folder of one walk, and what the walk printed."""

    def make(folder: Path) -> None:
        shutil.copytree(original, folder, dirs_exist_ok=True)
        done = program(folder)(*SPAN, "--out", "out", "--json")
        assert (done.code, done.err) == (0, "")
        (folder / "printed.json").write_text(done.out)

    folder = made_once("backtest", make)
    return folder, json.loads((folder / "printed.json").read_text())


def test_the_document_holds_every_score_beside_that_of_the_published_model(short: Any) -> None:
    _, document = short
    assert document["schema"] == 1
    assert (document["first_origin"], document["last_origin"]) == ("2006-06", "2008-03")
    assert document["windows"] == ["1985-2022", "1985-now"]
    assert document["members"][0] == "pool"
    assert {
        "lag", "nyfed_published", "probit", "probit_lag6", "wright", "logit", "climatology"
    } <= set(document["members"])  # fmt: skip
    keys = {(it["member"], it["target"], it["horizon"], it["window"]) for it in document["rows"]}
    assert keys == {
        (member, target, horizon, window)
        for member in document["members"]
        for target in TARGETS
        for horizon in HORIZONS
        for window in document["windows"]
    }
    assert len(document["history"]) == document["options"]["origins"] == MONTHS


def test_the_file_is_what_was_printed(short: Any) -> None:
    folder, document = short
    assert json.loads((folder / "out" / "scoreboard.json").read_text()) == document
    page = (folder / "out" / "scoreboard.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    with (folder / "out" / "scoreboard.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(document["rows"])
    for line, row in zip(lines, document["rows"], strict=True):
        assert (line["member"], float(line["brier"])) == (row["member"], row["brier"])


def test_the_scores_can_be_made_again_from_the_forecasts(short: Any) -> None:
    folder, document = short
    with (folder / "out" / "forecasts.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == MONTHS * len(document["members"]) * len(TARGETS) * len(HORIZONS)
    for row in document["rows"]:
        pairs = [
            (float(line["probability"]), int(line["outcome"]))
            for line in lines
            if (line["member"], line["target"]) == (row["member"], row["target"])
            and line["horizon"] == str(row["horizon"])
            and line["outcome"]
        ]
        assert (len(pairs), sum(y for _, y in pairs)) == (row["n"], row["positives"])
        brier = sum((p - y) ** 2 for p, y in pairs) / len(pairs)
        assert brier == pytest.approx(row["brier"], abs=3e-6)


def test_a_line_of_the_walk_is_what_score_says_on_that_day(short: Any, program: Any) -> None:
    folder, _ = short
    with (folder / "out" / "forecasts.csv").open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["origin"] == "2007-01"]
    scored = program(folder)("score", "--dry-run", "--json", "--as-of", lines[0]["day"])
    recession = scored.document["recession"]
    said = {"pool": recession["probability"]} | {
        member["id"]: member["probability"] for member in recession["members"]
    }
    walked: dict[str, dict[str, float]] = {}
    for line in lines:
        if line["target"] == "start":
            walked.setdefault(line["member"], {})[line["horizon"]] = float(line["probability"])
    assert said.keys() == walked.keys()
    for member, probability in said.items():
        assert probability == pytest.approx(walked[member], abs=1.1e-6), member


def test_the_same_bytes_again_from_one_process(
    short: Any,
    program: Callable[..., Any],
    unavailable: Callable[[str], NoReturn],
    tmp_path: Path,
) -> None:
    if not hasattr(os, "sched_setaffinity") or shutil.which("taskset") is None:
        unavailable("it takes taskset to leave a program one processor")
    folder, _ = short
    shutil.copytree(folder / "var", tmp_path / "var")
    alone = program(tmp_path).by("taskset", "--cpu-list", str(min(os.sched_getaffinity(0))))
    assert alone(*SPAN, "--out", "again").code == 0
    files = ("scoreboard.json", "scoreboard.csv", "scoreboard.html", "forecasts.csv")
    one, other = (
        [hashlib.sha256((at / name).read_bytes()).hexdigest() for name in files]
        for at in (folder / "out", tmp_path / "again")
    )
    assert one == other


def test_members_are_chosen_and_the_pool_stays_and_a_dry_run_writes_nothing(
    seeded: Any, files: Callable[[Path], dict[str, str]]
) -> None:
    before = files(seeded.folder)
    done = seeded(
        *SPAN[:3], "--to", "2006-08", "--members", "wright", "--out", "new", "--dry-run", "--json"
    )
    assert (done.code, done.err) == (0, "")
    assert done.document["members"] == ["pool", "wright"]
    assert {row["member"] for row in done.document["rows"]} == {"pool", "wright"}
    assert files(seeded.folder) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--members", "probit,crystal_ball"), 2, ("crystal_ball", "probit_lag6")),
        (("--from", "2006"), 2, ("--from '2006'", "YYYY-MM")),
        (("--from", "2006-01", "--to", "2005-01"), 2, ("--to 2005-01", "before --from 2006-01")),
        (("--to", "1950-01", "--from", "1949-01"), 2, ("1950-01", "1953-04")),
        (("--from", "2040-01"), 2, ("--from 2040-01", "earlier")),
        (("--from", "1999-01", "--as-of", "1998-05-05"), 2, ("--from 1999-01", "1998-05-05")),
        (("--robustness", "--members", "lag"), 2, ("--robustness", "--members")),
    ],
    ids=lambda it: "-".join(map(str, it)) if isinstance(it, tuple) else str(it),
)
def test_what_cannot_be_walked_is_refused_in_one_line(
    seeded: Any, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    seeded("backtest", *arguments).refused(code, *words)


def test_a_folder_that_cannot_be_written_is_refused(seeded: Any) -> None:
    (seeded.folder / "taken").write_text("a file")
    done = seeded(*SPAN[:3], "--to", "2006-07", "--out", "taken/inside")
    done.refused(1, "taken/inside", "--out")


def test_a_terminal_sees_how_far_it_is(seeded: Any) -> None:
    ours, theirs = pty.openpty()
    process = seeded.start(
        *SPAN[:3],
        "--to",
        "2006-09",
        stdout=subprocess.PIPE,
        stderr=theirs,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    assert b"Walking" in shown
    assert b"Scoring" in shown
    assert "Walking" not in out


@pytest.mark.parametrize("seconds", [0.0, 4.0], ids=["starting", "walking"])
def test_ctrl_c_ends_every_process_with_one_line(
    unavailable: Callable[[str], NoReturn], seeded: Any, seconds: float
) -> None:
    process = seeded.start(
        "backtest", stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    _wait_for_children(process, unavailable)
    time.sleep(seconds)
    # As a terminal does: to the whole group at once.
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "recession-monitor: interrupted\n"
    with pytest.raises(ProcessLookupError):
        _wait_for_group(process.pid)


def test_when_it_is_killed_no_process_is_left(
    unavailable: Callable[[str], NoReturn], seeded: Any
) -> None:
    process = seeded.start(
        "backtest", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    _wait_for_children(process, unavailable)
    time.sleep(4.0)
    process.kill()
    process.wait(timeout=60)
    with pytest.raises(ProcessLookupError):
        _wait_for_group(process.pid)


def _wait_for_children(
    process: subprocess.Popen[str], unavailable: Callable[[str], NoReturn]
) -> None:
    """Until it has started others: one that keeps count of shared things, and those that work."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        process.kill()
        process.communicate()
        unavailable("the kernel does not tell the children of a process")
    until = time.monotonic() + 60
    while len(children.read_text().split()) < 2:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)


def _wait_for_group(number: int) -> None:
    """Until no process of a group is left, which raises `ProcessLookupError`."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        os.killpg(number, 0)
        time.sleep(0.1)
