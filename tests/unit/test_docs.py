"""What the documents say is what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs import pipeline
from jobs.cli import cli
from monitor import __version__
from monitor.config import Settings
from monitor.store import Store

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_sample_in_the_readme_is_what_its_command_prints(history: Store) -> None:
    found = re.search(
        r"<!-- sample: recession-monitor digest --as-of (\S+) -->\n```\n(.*?)```", README, re.DOTALL
    )
    assert found
    scored = pipeline.score(history, Settings(), date.fromisoformat(found[1]), NOW)
    printed = pipeline.render(scored).text
    assert printed.startswith(found[2]), (
        f"put this into README.md:\n{printed[: len(found[2]) + 200]}"
    )


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_verb_is_in_the_readme_and_explains_itself(name: str) -> None:
    assert f"`recession-monitor {name}" in README
    assert cli.commands[name].help


def test_the_two_counts_that_the_readme_promises(history: Store) -> None:
    from monitor.domain import EpisodeRule

    day = date(2019, 12, 31)
    wide = EpisodeRule(spread="10y-1y", merge_gap_months=12)
    last = pipeline.episodes(history, wide, day, NOW)["last_seven"]
    assert (last["hits"], last["misses"], last["open"], last["mean_lag_months"]) == (5, 1, 1, 15.0)
    other = pipeline.episodes(history, EpisodeRule(), day, NOW)["last_seven"]
    assert (other["hits"], other["open"]) != (5, 1)


def test_links_in_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_pinned_versions_carry_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9._-]+==[a-z0-9.]+", pin) for pin in pins)


def test_the_library_never_reads_the_clock() -> None:
    clock = re.compile(r"(datetime|date)\.(now|today|utcnow)\(|time\.time\(")
    for source in ROOT.glob("monitor/**/*.py"):
        assert not clock.search(source.read_text("utf-8")), source


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_the_page_on_the_command_line_is_what_the_program_prints() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "cli_reference.py"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert page == done.stdout, "run: python tools/cli_reference.py > docs/cli.md"
