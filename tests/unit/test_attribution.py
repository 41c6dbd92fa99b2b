"""Why the headline moved: the engine on games whose answer is known, and real days."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from jobs import pipeline
from monitor import assess, documents
from monitor.config import Settings
from monitor.domain import HEADLINE_HORIZON, HORIZONS, EpisodeRule, Moved, News, Panel
from monitor.model import attribution, recession
from monitor.store import Store
from monitor.store.known import Chronicle

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULE = EpisodeRule()


@pytest.fixture(scope="module")
def chronicle(history: Store) -> Chronicle:
    return history.chronicle(recession.read_by_headline(RULE))


def split(known: Chronicle, before: str, now: str, told: float | None = None) -> Moved:
    days = (date.fromisoformat(day) for day in (before, now))
    return attribution.moved(*(known.panel(day) for day in days), RULE, told)


def parts(moved: Moved) -> dict[tuple[str, str | None], News]:
    found = {(news.kind, news.series): news for news in moved.news}
    assert len(found) == len(moved.news)
    return found


def adds_up(moved: Moved) -> bool:
    total = math.fsum(news.points for news in moved.news)
    return abs(total - (moved.after - moved.before)) < 1e-12


# --------------------------------------------------------------------------------------- the engine
def test_in_a_game_that_adds_up_everyone_gets_what_he_brings() -> None:
    brings = (0.5, -0.2, 0.1)
    found = attribution.shapley(
        (1, 1, 1), lambda taken: sum(b * t for b, t in zip(brings, taken, strict=True))
    )
    assert [part for (part,) in found] == pytest.approx(brings, abs=1e-15)


def test_those_who_are_worth_something_only_together_share_it() -> None:
    found = attribution.shapley((1, 1, 1), lambda taken: float(taken[0] and taken[2]))
    assert [part for (part,) in found] == pytest.approx([0.5, 0.0, 0.5], abs=1e-15)


def test_the_parts_are_those_of_shapleys_formula() -> None:
    players, worths = range(4), [0.0, 3.0, -1.0, 4.5, 2.0, 2.5, 0.25, 8.0] * 2
    worths[8:] = [1.0, 3.5, 7.0, -2.0, 0.5, 6.0, 1.5, 9.0]

    def worth(coalition: Sequence[int]) -> float:
        return worths[sum(2**player for player in coalition)]

    def formula(player: int) -> float:
        others = [it for it in players if it != player]
        return sum(
            math.factorial(size) * math.factorial(3 - size) / math.factorial(4)
            * (worth([*others_in, player]) - worth(others_in))
            for size in range(4)
            for others_in in combinations(others, size)
        )  # fmt: skip

    found = attribution.shapley(
        (1, 1, 1, 1), lambda taken: worth([player for player in players if taken[player]])
    )
    assert [part for (part,) in found] == pytest.approx([formula(it) for it in players], abs=1e-12)


def test_within_a_chain_the_order_is_given() -> None:
    """A revision, then a release: of the six orders of three steps three count."""
    worths = {(0, 0): 0.0, (1, 0): 1.0, (2, 0): 5.0, (0, 1): 2.0, (1, 1): 9.0, (2, 1): 10.0}
    (first, second), (other,) = attribution.shapley((2, 1), worths.__getitem__)
    # Orders: a a b, a b a, b a a.
    assert first == pytest.approx((1 + 1 + 7) / 3)
    assert second == pytest.approx((4 + 1 + 1) / 3)
    assert other == pytest.approx((5 + 8 + 2) / 3)


def test_of_many_steps_a_fixed_set_of_orders_is_taken_and_adds_up_too() -> None:
    asked = []

    def worth(taken: tuple[int, ...]) -> float:
        asked.append(taken)
        return math.prod(1 + it for it in taken) + math.sin(sum(taken))

    lengths = (2, 1, 2, 1, 2)
    found = attribution.shapley(lengths, worth)
    assert sum(map(sum, found)) == pytest.approx(worth(lengths) - worth((0,) * 5), abs=1e-12)
    assert attribution.shapley(lengths, worth) == found
    assert len(set(asked)) <= 16 * 9


def test_who_changes_nothing_gets_nothing_and_equals_get_the_same_in_any_number() -> None:
    for size in (3, 6, 9):
        found = attribution.shapley((1,) * size, lambda taken: float(sum(taken[1:]) ** 2))
        assert found[0] == (0.0,)
        assert found[1] == pytest.approx(found[-1])


# ------------------------------------------------------------------ what is learnt and what judged
@pytest.mark.parametrize(
    "day", ["1953-06-15", "1968-03-10", "1989-07-05", "2007-07-15", "2020-03-16", "2026-11-20"]
)
def test_with_what_was_learnt_on_the_day_the_headline_is_that_of_the_score(
    history: Store, day: str
) -> None:
    panel = history.panel(date.fromisoformat(day), recession.needed(RULE))
    told = recession.score(panel, RULE).pool.probability
    learnt = recession.learn(panel, RULE)
    assert recession.pooled(panel, RULE, learnt).tolist() == [*told.values()]
    few = replace(panel, series={it: panel.series[it] for it in recession.read_by_headline(RULE)})
    assert recession.pooled(few, RULE, recession.learn(few, RULE)).tolist() == [*told.values()]


@pytest.mark.parametrize("day", ["1954-01-15", "2007-07-13", "2019-12-19", "2026-11-20"])
def test_a_replay_says_what_the_whole_assessment_says(history: Store, day: str) -> None:
    panel = history.panel(date.fromisoformat(day), assess.needed(RULE))
    whole = documents.document(assess.assess(panel, RULE, NOW))
    replayed, stored = assess.replay(panel, RULE), documents.previous(whole)
    assert not replayed.told
    for name in ("probability", "cut", "hike", "qe"):
        assert getattr(replayed, name) == pytest.approx(getattr(stored, name), abs=5.1e-7)
    assert replayed.spread == pytest.approx(stored.spread, abs=5.1e-7)
    for name in ("as_of", "model_id", "policy_model_id", "regime"):
        assert getattr(replayed, name) == getattr(stored, name)


# ---------------------------------------------------------------------------------------- real days
def test_the_same_day_with_the_same_data_has_no_news(chronicle: Chronicle) -> None:
    moved = split(chronicle, "2019-12-20", "2019-12-20")
    assert moved.news == ()
    assert moved.before == moved.after


def test_between_releases_only_time_passes_and_little_is_learnt(chronicle: Chronicle) -> None:
    moved = split(chronicle, "2023-06-01", "2023-06-02")
    assert set(parts(moved)) <= {("time", None), ("refit", None)}
    assert parts(moved)["time", None].points > 0
    assert adds_up(moved)


def test_in_may_2023_the_inversion_grew_older_and_the_new_month_told_nothing(
    chronicle: Chronicle,
) -> None:
    """While the curve is inverted its depth says nothing more."""
    moved = split(chronicle, "2023-05-01", "2023-06-01")
    found = parts(moved)
    assert adds_up(moved)
    assert found["time", None].points > 0.005
    for name in ("GS10", "TB3MS"):
        news = found["release", name]
        assert (news.period, news.periods) == (date(2023, 4, 1), 1)
        assert news.points == 0


def test_in_july_2019_the_flatter_curve_raised_it(chronicle: Chronicle) -> None:
    moved = split(chronicle, "2019-06-28", "2019-07-31")
    found = parts(moved)
    assert adds_up(moved)
    # No clock ran, so that time by itself changes nothing.
    assert ("time", None) not in found
    long, bill = found["release", "GS10"], found["release", "TB3MS"]
    assert (long.period, long.before, long.after) == (date(2019, 6, 1), 2.40, 2.07)
    assert (bill.before, bill.after) == (2.35, 2.17)
    # One rate without the other gives no spread.
    assert long.points == pytest.approx(bill.points)
    assert long.points + bill.points > 0.03


@pytest.mark.parametrize(
    ("before", "now", "peak"),
    [
        ("2008-11-28", "2008-12-01", date(2007, 12, 1)),
        ("2020-06-05", "2020-06-08", date(2020, 2, 1)),
    ],
)
def test_an_announced_peak_stops_the_clock(
    chronicle: Chronicle, before: str, now: str, peak: date
) -> None:
    moved = split(chronicle, before, now)
    found = parts(moved)
    assert adds_up(moved)
    news = found["release", attribution.NBER]
    assert (news.period, news.periods, news.before, news.after) == (peak, 1, None, None)
    assert news.points < -0.05
    assert abs(news.points) > 0.9 * abs(moved.after - moved.before)


def test_a_new_inversion_is_seen_at_once_and_what_it_says_of_the_last_one_is_learnt_after(
    chronicle: Chronicle,
) -> None:
    """The inversion of 1966 counts as a false alarm from the day on which the next one begins."""
    before, now = (chronicle.panel(date(1969, month, 8)) for month in (1, 2))
    then, learnt = (recession.learn(panel, RULE).clock for panel in (before, now))
    assert (then.known.censored, learnt.known.censored) == ((), (27,))
    seen = learnt.taught_by(then)
    assert (seen.known.age, seen.known.start) == (learnt.known.age, learnt.known.start)
    assert (seen.known.censored, seen.exposure) == ((), then.exposure)
    found = parts(attribution.moved(before, now, RULE, None))
    assert found["refit", None].points < -0.05
    assert abs(found["release", "GS10"].points) < 0.01


def test_labels_that_become_learnable_are_a_part_of_their_own(chronicle: Chronicle) -> None:
    """The figures of a later month, judged on the same later day, with the later parameters."""
    now = chronicle.panel(date(2018, 6, 1))
    moved = attribution.moved(replace(now, as_of=date(2018, 5, 31)), now, RULE, None)
    assert set(parts(moved)) == {("refit", None)}
    assert adds_up(moved)


def test_a_revised_rate_is_told_with_both_values(chronicle: Chronicle) -> None:
    now = chronicle.panel(date(2018, 6, 1))
    rates = now.series["GS10"].copy()
    rates.iloc[-1] += 0.5
    before = replace(now, series={**now.series, "GS10": rates})
    moved = attribution.moved(before, now, RULE, None)
    news = parts(moved)["revision", "GS10"]
    assert (news.period, news.periods) == (rates.index[-1].date(), 1)
    assert news.before == pytest.approx(news.after + 0.5)
    assert news.points > 0
    assert adds_up(moved)


def test_a_value_that_was_withdrawn_is_a_revision_to_nothing(chronicle: Chronicle) -> None:
    before = chronicle.panel(date(2018, 6, 1))
    now = replace(before, series={**before.series, "TB3MS": before.series["TB3MS"].iloc[:-1]})
    moved = attribution.moved(before, now, RULE, None)
    news = parts(moved)["revision", "TB3MS"]
    assert news.before is not None
    assert news.after is None
    assert adds_up(moved)


def test_a_revision_is_judged_before_the_new_month_of_the_same_series(
    chronicle: Chronicle,
) -> None:
    now = chronicle.panel(date(2018, 6, 1))
    rates = now.series["GS10"].iloc[:-1].copy()
    rates.iloc[-1] += 0.5
    before = replace(now, series={**now.series, "GS10": rates})
    moved = attribution.moved(before, now, RULE, None)
    found, learnt = parts(moved), recession.learn(before, RULE)
    revised = replace(now, series={**now.series, "GS10": now.series["GS10"].iloc[:-1]})
    stages = [
        recession.pooled(panel, RULE, learnt)[HORIZONS.index(HEADLINE_HORIZON)]
        for panel in (before, revised, now)
    ]
    assert found["revision", "GS10"].points == pytest.approx(stages[1] - stages[0], abs=1e-12)
    assert found["release", "GS10"].points == pytest.approx(stages[2] - stages[1], abs=1e-12)
    assert found["revision", "GS10"].points > 0.001
    assert adds_up(moved)


def test_a_rule_on_daily_closes_has_its_rates_beside_those_of_the_background(
    history: Store,
) -> None:
    rule = EpisodeRule("10y-3m", min_months=1, merge_gap_months=1, basis="daily")
    assert recession.read_by_headline(rule) == ("DGS10", "DGS3MO", "GS10", "TB3MS")
    known = history.chronicle(recession.read_by_headline(rule), until=date(2019, 3, 29))
    before, now = (known.panel(day) for day in (date(2019, 3, 15), date(2019, 3, 29)))
    moved = attribution.moved(before, now, rule, None)
    found = parts(moved)
    assert adds_up(moved)
    closes = found["release", "DGS10"]
    assert closes.periods == 10
    assert closes.period == date(2019, 3, 28)
    # In these days the curve inverted, and a clock began to run.
    assert closes.points + found["release", "DGS3MO"].points > 0.01


def test_a_number_told_by_another_model_is_a_part_of_its_own(chronicle: Chronicle) -> None:
    replayed = split(chronicle, "2019-06-28", "2019-07-31")
    rounded = split(chronicle, "2019-06-28", "2019-07-31", round(replayed.before, 6))
    assert rounded == replace(replayed, told=True)
    other = split(chronicle, "2019-06-28", "2019-07-31", replayed.before + 0.05)
    assert parts(other)["model", None].points == pytest.approx(-0.05)
    assert other.news[1:] == replayed.news
    assert adds_up(other)


def test_the_order_in_which_a_panel_holds_its_series_does_not_matter(chronicle: Chronicle) -> None:
    def turned(panel: Panel) -> Panel:
        return replace(panel, series=dict(reversed(panel.series.items())))

    before, now = (chronicle.panel(date(2020, month, 8)) for month in (5, 6))
    straight = attribution.moved(before, now, RULE, None)
    assert attribution.moved(turned(before), turned(now), RULE, None) == straight


# -------------------------------------------------------------------------------- in the assessment
@pytest.fixture
def store(history: Store, tmp_path: Path) -> Iterator[Store]:
    """A copy that may be written to."""
    with Store.open(tmp_path / "empty.db"):
        pass
    shutil.copy(history.path, tmp_path / "monitor.db")
    with Store.open(tmp_path / "monitor.db") as opened:
        yield opened


def made(store: Store, day: str, **options: Any) -> dict[str, Any]:
    scored = pipeline.score(store, Settings(), date.fromisoformat(day), NOW, **options)
    return documents.document(scored.assessment)


def test_the_document_tells_its_parts_and_they_add_up(history: Store) -> None:
    told = made(history, "2019-12-20")
    assert told["moved"].keys() == {"since", "before", "after", "told"}
    assert told["moved"]["since"] == told["previous"]["as_of"] == "2019-12-19"
    assert told["moved"]["told"] is told["previous"]["told"] is False
    total = sum(news["points"] for news in told["news"])
    assert total == pytest.approx(told["moved"]["after"] - told["moved"]["before"], abs=1e-11)
    assert told["moved"]["after"] == pytest.approx(
        told["recession"]["probability"][str(HEADLINE_HORIZON)], abs=5.1e-7
    )
    for news in told["news"]:
        assert news.keys() == {
            "series", "kind", "period", "periods", "before", "after", "points",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "edition", "since"),
    [
        ("2023-06-05", "daily", "2023-06-02"),
        ("2023-06-04", "daily", "2023-06-02"),
        ("2023-06-02", "daily", "2023-06-01"),
        ("2023-06-05", "weekly", "2023-05-29"),
        ("2023-03-31", "monthly", "2023-02-28"),
        ("2023-06-05", None, None),
    ],
)
def test_without_a_stored_digest_the_day_of_the_edition_is_replayed(
    history: Store, day: str, edition: Any, since: str | None
) -> None:
    told = made(history, day, edition=edition)
    assert (told["previous"] and told["previous"]["as_of"]) == since
    assert (told["moved"] and told["moved"]["since"]) == since


def test_on_the_first_day_of_all_there_is_nothing_to_compare_with(history: Store) -> None:
    told = made(history, pipeline.FIRST_DAY.isoformat())
    assert (told["previous"], told["moved"], told["news"]) == (None, None, [])


def test_a_stored_digest_is_compared_with_and_needs_no_replay(store: Store) -> None:
    stored = made(store, "2019-12-16")
    store.save(stored)
    told = made(store, "2019-12-20")
    assert told["previous"]["as_of"] == "2019-12-16"
    assert told["previous"]["told"] is told["moved"]["told"] is True
    assert told["previous"]["cut"] == stored["policy"]["cut"]
    assert told["previous"]["regime"] == stored["balance_sheet"]["regime"]
    assert {news["kind"] for news in told["news"]} <= {"time", "refit"}
    # A week back nothing is stored.
    assert made(store, "2019-12-20", edition="weekly")["previous"]["as_of"] == "2019-12-13"
    assert made(store, "2019-12-23", edition="weekly")["previous"]["as_of"] == "2019-12-16"


def test_what_came_after_the_digest_on_its_own_day_is_news_of_the_next(
    history: Store, store: Store
) -> None:
    """A digest of the morning, and figures and an announcement of the same day."""
    day = date(2020, 6, 8)
    names = assess.needed(RULE)
    whole = history.panel(day, names)
    morning = replace(
        whole,
        series={
            name: values.iloc[:-1] if name in {"GS10", "TB3MS"} else values
            for name, values in whole.series.items()
        },
        turning_points=whole.turning_points[:-1],
    )
    stored = documents.document(assess.assess(morning, RULE, NOW))
    store.save(stored)
    told = made(store, "2020-06-09")
    kinds = {(news["kind"], news["series"]) for news in told["news"]}
    assert ("model", None) not in kinds
    assert {("release", name) for name in ("GS10", "TB3MS", "NBER")} <= kinds
    headline = stored["recession"]["probability"][str(HEADLINE_HORIZON)]
    assert told["moved"]["before"] == pytest.approx(headline, abs=5.1e-7)


def test_a_document_of_an_older_version_can_be_compared_with(history: Store) -> None:
    stored = made(history, "2019-12-19")
    for name in ("policy", "inversion", "balance_sheet", "series"):
        del stored[name]
    before = documents.previous(stored)
    assert (before.cut, before.hike, before.qe) == ({}, {}, {})
    assert (before.spread, before.regime, before.told) == (None, None, True)
    panel = history.panel(date(2019, 12, 19), ["GS10"])
    assert documents.as_seen(stored, panel).series["GS10"].equals(panel.series["GS10"])
