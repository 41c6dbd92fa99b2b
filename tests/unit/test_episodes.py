"""Inversion episodes: small worlds drawn in the test, and the true history."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from monitor import episodes, features
from monitor.domain import EpisodeRule, Outcome, Panel, TurningPoint, add_months
from monitor.store import Store

START = date(1970, 1, 1)


def spread(pattern: str) -> pd.Series[float]:
    """A month for each character: ``-`` inverted by a point, ``=`` by two, ``+`` not."""
    values = [{"-": -1.0, "=": -2.0, "+": 1.0}[mark] for mark in pattern]
    return pd.Series(values, index=pd.date_range(START, periods=len(values), freq="MS"))


def peak(month: int, announced: int | None = None) -> TurningPoint:
    """A peak so many months after the start, announced at once unless said otherwise."""
    return TurningPoint(
        "peak",
        add_months(START, month),
        add_months(START, month if announced is None else announced),
    )


def found(
    pattern: str, *peaks: TurningPoint, rule: EpisodeRule | None = None, as_of: int | None = None
) -> list[tuple[int, int, int, int | None, Outcome]]:
    """(start, end, months, lag, outcome) with months counted from the start of the world."""
    day = add_months(START, len(pattern) if as_of is None else as_of)
    result = episodes.find(spread(pattern), peaks, rule or EpisodeRule(), day)
    return [
        (
            (e.start.year - 1970) * 12 + e.start.month - 1,
            (e.end.year - 1970) * 12 + e.end.month - 1,
            e.months,
            e.lag_months,
            e.outcome,
        )
        for e in result
    ]


def test_a_pause_of_three_months_does_not_end_an_inversion_but_four_do() -> None:
    assert found("--+++--" + "+" * 60) == [(0, 6, 4, None, "miss")]
    assert found("--++++--" + "+" * 60) == [(0, 1, 2, None, "miss"), (6, 7, 2, None, "miss")]


def test_a_single_inverted_month_does_not_count() -> None:
    assert found("+-+++++++") == []


def test_an_inversion_ends_at_the_peak_and_the_rest_of_it_in_the_recession_starts_no_other() -> (
    None
):
    assert found("+-----" + "+" * 10, peak(3)) == [(1, 3, 3, 2, "hit")]


def test_runs_on_both_sides_of_a_peak_are_never_merged_into_one_longer_inversion() -> None:
    (episode,) = found("--++--" + "+" * 10, peak(3))
    assert episode == (0, 1, 2, 3, "hit")


def test_a_peak_after_the_largest_lag_is_no_consequence() -> None:
    rule = EpisodeRule(max_lag_months=6)
    assert found("--" + "+" * 10, peak(6), rule=rule) == [(0, 1, 2, 6, "hit")]
    assert found("--" + "+" * 10, peak(7), rule=rule) == [(0, 1, 2, None, "miss")]


def test_without_a_peak_it_is_open_until_none_can_be_announced_any_more() -> None:
    # Largest lag 24 months and twelve for the announcement.
    assert found("--" + "+" * 40, as_of=36)[0][-1] == "open"
    assert found("--" + "+" * 40, as_of=37)[0][-1] == "miss"


def test_the_trough_is_the_deepest_month_and_not_one_after_the_peak() -> None:
    (episode,) = episodes.find(spread("+-=-=="), [peak(3)], EpisodeRule(), date(1975, 1, 1))
    assert (episode.trough, episode.trough_month) == (-2.0, date(1970, 3, 1))


def test_an_inversion_is_under_way_while_a_pause_could_still_be_bridged() -> None:
    rule, day = EpisodeRule(), date(1970, 12, 1)
    assert episodes.find(spread("--+++"), [], rule, day)[0].ongoing
    assert not episodes.find(spread("--++++"), [], rule, day)[0].ongoing


def test_no_spread_has_no_episodes_and_an_empty_record() -> None:
    record = episodes.record(episodes.find(spread("")[:0], [], EpisodeRule(), START))
    assert (record.episodes, record.mean_lag_months) == (0, None)


# ------------------------------------------------------------------------------------ true history
def true_episodes(panel: Panel, rule: EpisodeRule) -> list[tuple[str, int | None, float, Outcome]]:
    result = episodes.find(
        features.term_spread(panel, rule.spread), panel.turning_points, rule, panel.as_of
    )
    return [(f"{e.start:%Y-%m}", e.lag_months, round(e.trough, 2), e.outcome) for e in result]


def test_the_new_york_feds_spread_has_the_ten_known_inversions(history: Store) -> None:
    panel = history.panel(date(2026, 11, 22), ["GS10", "TB3MS"])
    assert true_episodes(panel, EpisodeRule()) == [
        ("1966-09", None, -0.49, "miss"),
        ("1968-12", 12, -0.51, "hit"),
        ("1973-06", 5, -1.59, "hit"),
        ("1978-11", 14, -2.20, "hit"),
        ("1980-10", 9, -3.51, "hit"),
        ("1989-06", 13, -0.16, "hit"),
        ("2000-07", 8, -0.70, "hit"),
        ("2006-08", 16, -0.51, "hit"),
        ("2019-06", 8, -0.36, "hit"),
        ("2022-11", None, -1.71, "miss"),
    ]


def test_other_settings_give_five_of_the_last_seven_after_fifteen_months(history: Store) -> None:
    panel = history.panel(date(2019, 12, 31), ["GS10", "GS1"])
    rule = EpisodeRule(spread="10y-1y", merge_gap_months=12)
    result = episodes.find(
        features.term_spread(panel, "10y-1y"), panel.turning_points, rule, panel.as_of
    )
    last = episodes.record(result[-7:])
    assert (last.hits, last.misses, last.open, last.mean_lag_months) == (5, 1, 1, 15.0)
    assert [f"{e.start:%Y-%m}" for e in result[-7:]] == [
        "1965-12", "1973-03", "1978-09", "1989-02", "2000-04", "2006-01", "2019-08",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "outcome"),
    [(date(2007, 6, 1), "open"), (date(2008, 11, 30), "open"), (date(2008, 12, 1), "hit")],
)
def test_a_recession_counts_from_the_day_it_was_announced(
    history: Store, day: date, outcome: Outcome
) -> None:
    assert true_episodes(history.panel(day, ["GS10", "TB3MS"]), EpisodeRule())[-1][-1] == outcome
