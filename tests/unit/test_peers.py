"""What others say beside the headline, each of its own event."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest
from defusedxml.ElementTree import fromstring

from jobs import pipeline
from jobs.pull import seed
from monitor.config import Settings
from monitor.digest import peers
from monitor.digest.blocks import Figure, Items, Paragraph, Table
from monitor.digest.wording import EN
from monitor.documents import document
from monitor.domain import Assessment, Fetch, Gauge, Observation, Statement
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def assessed(store: Store, day: str) -> Assessment:
    return pipeline.score(store, Settings(), date.fromisoformat(day), NOW, edition=None).assessment


def rows(assessment: Assessment) -> list[tuple[str, ...]]:
    (table,) = [it for it in peers.blocks(EN, assessment) if isinstance(it, Table)]
    return list(table.rows)


def notes(assessment: Assessment) -> str:
    found = [it for it in peers.blocks(EN, assessment) if isinstance(it, Items)]
    return " ".join(line for it in found for line in it.items)


def test_each_of_others_stands_beside_ours_of_the_same_event(history: Store) -> None:
    made = assessed(history, "2019-12-20")
    score, members = made.recession, {it.id: it for it in made.recession.members}
    published = members["nyfed_published"].probability[12]
    assert score.now is not None
    assert made.watch.sahm_gap is not None
    assert rows(made) == [
        ("This monitor", "a recession starts", EN.percent(score.headline), "by Dec 2020"),
        ("Wright's probit", "a recession starts", EN.percent(members["wright"].probability[12]),
         "by Nov 2020"),
        ("New York Fed, published", "a recession in that month", EN.percent(published),
         "Nov 2020"),
        ("This monitor", "a recession in that month", EN.percent(score.at[12]), "Dec 2020"),
        ("This monitor", "a recession in that month", EN.percent(score.now.probability),
         "Dec 2019"),
        ("Sahm's rule", "begun at 0.50 pp or more", EN.points(made.watch.sahm_gap.value),
         "Nov 2019"),
    ]  # fmt: skip


def test_the_published_probability_of_2019_is_the_one_that_was_published(history: Store) -> None:
    # The New York Fed's chart of January 2020: spread of December 0.29, 23.6 % for December 2020.
    (theirs,) = [
        it for it in peers.peers(EN, assessed(history, "2020-01-20")) if "New York" in it.whose
    ]
    assert theirs.period == "Dec 2020"
    assert theirs.probability == pytest.approx(0.236, abs=0.003)


@pytest.fixture
def smoothed(tmp_path: Path, recorded: Callable[[str], bytes]) -> Callable[[str], Assessment]:
    """The verdict of a day in a store that FRED told of Chauvet and Piger on 2022-08-01 alone."""
    text = recorded("fredgraph/fredgraph_OLDSTYLE_RECPROUSM156N_2023.body.csv").decode()
    day = date(2022, 8, 1)
    observations = tuple(
        Observation(date.fromisoformat(period), day, float(value))
        for period, value in list(csv.reader(text.splitlines()))[1:]
    )
    span = Statement(day, day, observations[0].period, observations[-1].period)

    def made(asked: str) -> Assessment:
        with Store.open(tmp_path / "monitor.db") as store:
            seed(store, NOW)
            at = datetime(2022, 8, 1, 12, tzinfo=UTC)
            store.record([Fetch("RECPROUSM156N", "fredgraph", at, observations, (span,))])
            return assessed(store, asked)

    return made


@pytest.mark.shared
def test_chauvet_and_piger_stand_beside_ours_of_now_on_a_day_that_knew_them(
    smoothed: Callable[[str], Assessment],
) -> None:
    made = smoothed("2022-08-05")
    names = [it[0] for it in rows(made)]
    place = names.index("Chauvet-Piger, smoothed")
    assert names[place + 1] == "This monitor"
    assert rows(made)[place][1:] == ("a recession in that month", "<1%", "May 2022")
    assert rows(made)[place + 1][3] == "Aug 2022"
    assert "revised throughout" in notes(made)
    (peer,) = [it for it in document(made)["peers"] if it["id"] == "chauvet_piger"]
    assert peer["value"] == pytest.approx(0.0048)


@pytest.mark.shared
def test_later_values_of_chauvet_and_piger_do_not_stand_in_for_those_of_a_day(
    smoothed: Callable[[str], Assessment],
) -> None:
    made = smoothed("2022-07-29")
    assert made.watch.smoothed is not None
    assert "Chauvet-Piger, smoothed" not in [it[0] for it in rows(made)]
    assert "not stored as it stood that day" in notes(made)
    assert "chauvet_piger" not in [it["id"] for it in document(made)["peers"]]


def test_what_is_not_stored_is_told_calmly(history: Store) -> None:
    made = assessed(history, "2019-12-20")
    assert "Chauvet and Piger is not stored" in notes(made)
    bare = replace(
        made,
        watch=replace(made.watch, sahm_gap=None),
        recession=replace(made.recession, now=None, at={}, members=()),
    )
    assert [it[0] for it in rows(bare)] == ["This monitor"]
    assert "no unemployment rate is stored" in notes(bare)
    assert "the state now could not be told" in notes(bare)
    assert peers.chart(EN, bare) == ""
    assert not [it for it in peers.blocks(EN, bare) if isinstance(it, Figure)]


def test_the_reader_is_told_why_the_figures_differ(factories: ModuleType) -> None:
    blocks = peers.blocks(EN, factories.today())
    (why,) = [it.text for it in blocks if isinstance(it, Paragraph)]
    assert "different events" in why
    assert "Sahm's rule is a rise of unemployment, not a probability" in why


def test_the_chart_has_a_dot_for_each_probability_where_it_belongs(factories: ModuleType) -> None:
    today = factories.today()
    gauge = Gauge(62.0, "percent", date(2026, 9, 1), None, None)
    made = replace(today, watch=replace(today.watch, smoothed=gauge))
    drawn = [it for it in peers.peers(EN, made) if it.probability is not None]
    svg = fromstring(peers.chart(EN, made))
    dots = [float(it.get("cx", "0")) for it in svg.iter("circle")]
    low, high = 172.0, 300.0
    assert [round((x - low) / (high - low), 2) for x in dots] == pytest.approx(
        [it.probability for it in drawn], abs=0.006
    )
    words = svg.find("desc").text
    said = [it.text for it in svg.iter("text")]
    for it in drawn:
        assert f"{it.whose}: {it.value} for {it.short}" in words
        assert it.whose in said
        assert it.value in said
    assert "Sahm's rule" not in said
    ours = [it for it in svg.iter("text") if it.get("class") == "label strong"]
    assert {it.text for it in ours} >= {"This monitor"}
    width = float((svg.get("viewBox") or "").split()[2])
    for it in svg.iter("text"):
        if it.get("text-anchor") is None:
            assert 0.56 * 12.5 * len(it.text or "") <= width
