"""Inversion episodes: small worlds drawn in the test, and the true history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from monitor import episodes, features
from monitor.domain import SPREADS, Episode, EpisodeRule, Outcome, TurningPoint, add_months
from monitor.store import Store

TODAY = date(2026, 11, 22)

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


def trough(month: int, announced: int | None = None) -> TurningPoint:
    """The same for a trough."""
    return replace(peak(month, announced), kind="trough")


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


def test_an_inversion_that_began_in_a_recession_announces_none() -> None:
    recession = (peak(3), trough(9))
    assert found("+" * 5 + "--" + "+" * 9, *recession) == []
    assert found("+" * 9 + "--" + "+" * 9, *recession) == []  # in its last month
    assert found("+" * 10 + "--" + "+" * 9, *recession) == [(10, 11, 2, None, "open")]


def test_until_the_trough_is_announced_nobody_can_say_that_it_began_in_the_recession() -> None:
    assert found("+" * 5 + "--" + "+" * 9, peak(3)) == [(5, 6, 2, None, "open")]


def test_a_pause_that_holds_a_recession_is_bridged_unless_the_rule_forbids_it() -> None:
    world, points = "-----" + "+" * 4 + "---" + "+" * 4, (peak(4), trough(7), peak(14))
    wide = EpisodeRule(merge_gap_months=6)
    assert found(world, *points, rule=wide) == [(0, 4, 5, 4, "hit")]
    apart = replace(wide, merge_across_recessions=False)
    assert found(world, *points, rule=apart) == [(0, 4, 5, 4, "hit"), (9, 11, 3, 5, "hit")]


def test_without_bridging_what_is_left_in_the_recession_swallows_no_later_inversion() -> None:
    world, points = "-------" + "+" * 3 + "---" + "+" * 4, (peak(4), trough(7), peak(14))
    rule = EpisodeRule(merge_gap_months=6, merge_across_recessions=False)
    assert found(world, *points, rule=rule) == [(0, 4, 5, 4, "hit"), (10, 12, 3, 4, "hit")]


def test_without_bridging_a_curve_still_inverted_after_the_trough_begins_anew() -> None:
    world, points = "-------" + "+" * 4, (peak(2), trough(4))
    assert found(world, *points) == [(0, 2, 3, 2, "hit")]
    apart = EpisodeRule(merge_across_recessions=False)
    assert found(world, *points, rule=apart) == [(0, 2, 3, 2, "hit"), (5, 6, 2, None, "open")]


def test_the_lag_from_the_end_is_zero_if_the_curve_was_inverted_at_the_peak() -> None:
    def from_end(pattern: str, *peaks: TurningPoint) -> int | None:
        (episode,) = episodes.find(spread(pattern), peaks, EpisodeRule(), date(1975, 1, 1))
        return episode.lag_from_end_months

    assert from_end("+-----+", peak(3)) == 0
    assert from_end("+---+++", peak(3)) == 0
    assert from_end("+--++++", peak(6)) == 4
    assert from_end("+--++++") is None


# ---------------------------------------------------------------------------------------- daily
DAILY = EpisodeRule(min_months=1, merge_gap_months=1, basis="daily")


def closes(**values: float) -> pd.Series[float]:
    """A daily spread of 1 in the first half of 1970 but for some days, named as in ``jan_08``."""
    days = pd.Series(1.0, index=pd.date_range("1970-01-01", "1970-06-30", freq="B"))
    for name, value in values.items():
        days[pd.Timestamp(f"1970 {name.replace('_', ' ')}")] = value
    return days


def test_a_month_is_inverted_on_daily_basis_once_any_close_is_below_zero() -> None:
    (episode,) = episodes.find(
        closes(feb_10=-0.1, feb_11=0.0, feb_12=-0.3, mar_03=-0.2),
        [peak(5)],
        DAILY,
        date(1970, 7, 1),
    )
    assert (episode.start, episode.end, episode.months) == (
        date(1970, 2, 1), date(1970, 3, 1), 2,
    )  # fmt: skip
    assert (episode.trough, episode.trough_month) == (-0.3, date(1970, 2, 1))
    assert (episode.lag_months, episode.lag_from_end_months) == (4, 3)
    assert episode.closes is not None
    assert (episode.closes.first, episode.closes.last, episode.closes.inverted) == (
        date(1970, 2, 10), date(1970, 3, 3), 3,
    )  # fmt: skip


def test_a_flat_close_inverts_nothing() -> None:
    assert episodes.find(closes(feb_10=0.0), [], DAILY, date(1970, 7, 1)) == ()


def test_pauses_between_closes_are_counted_in_whole_months_without_one() -> None:
    one = episodes.find(closes(jan_08=-1, mar_31=-1), [], DAILY, date(1970, 7, 1))
    assert [episode.months for episode in one] == [2]
    two = episodes.find(closes(jan_30=-1, apr_01=-1), [], DAILY, date(1970, 7, 1))
    assert [episode.start.month for episode in two] == [1, 4]


def test_closes_after_the_month_of_the_peak_are_not_those_of_the_inversion() -> None:
    (episode,) = episodes.find(
        closes(feb_10=-1, mar_31=-1, apr_01=-1), [peak(2)], DAILY, date(1970, 7, 1)
    )
    assert episode.closes is not None
    assert (episode.closes.last, episode.closes.inverted) == (date(1970, 3, 31), 2)


def test_without_any_close_there_is_no_episode() -> None:
    assert episodes.find(closes()[:0], [peak(2)], DAILY, date(1970, 7, 1)) == ()


# ------------------------------------------------------------------------------------ true history
def known_under(store: Store, day: date, rule: EpisodeRule) -> tuple[Episode, ...]:
    panel = store.panel(day, tuple(SPREADS[rule.spread].rates(rule.basis)))
    return episodes.find(
        features.judged_spread(panel, rule), panel.turning_points, rule, panel.as_of
    )


def in_brief(known: tuple[Episode, ...]) -> str:
    """Start and lag of each episode, as ECON.md C1 prints them."""
    return ", ".join(
        f"{e.start:%Y-%m} {'no' if e.outcome == 'miss' else e.lag_months or 'open'}" for e in known
    )


# Names of the definitions by their place, hits, misses, open ones and mean lag of the last seven.
AS_OF_2019 = [
    ("1965-12 no, 1973-03 8, 1978-09 16, 1989-02 17, 2000-04 11, 2006-01 23, 2019-08 open",
     (5, 1, 1, "15.0")),
    ("1988-12 19, 1990-03 4, 1998-05 no, 2000-02 13, 2005-12 24, 2006-06 18, 2019-08 open",
     (5, 1, 1, "15.6")),
    # The hand count's seventh, August 2019, was never inverted as a monthly mean.
    ("1978-09 16, 1980-09 10, 1989-01 18, 1998-06 no, 2000-02 13, 2006-02 22",
     (5, 1, 0, "15.8")),
    ("1989-03 16, 1998-09 no, 2000-04 11, 2000-07 8, 2006-01 23, 2006-07 17, 2019-03 open",
     (5, 1, 1, "15.0")),
    ("1978-09 16, 1980-10 9, 1989-01 18, 1998-06 no, 2000-04 11, 2006-07 17, 2019-06 open",
     (5, 1, 1, "14.2")),
    ("1973-06 5, 1978-11 14, 1980-10 9, 1989-06 13, 2000-07 8, 2006-08 16, 2019-06 open",
     (6, 0, 1, "10.8")),
    ("1973-03 8, 1978-09 16, 1980-09 10, 1989-02 17, 2000-04 11, 2006-01 23, 2019-08 open",
     (6, 0, 1, "14.2")),
    ("1978-09 16, 1980-09 10, 1989-01 18, 1990-03 4, 1998-06 no, 2000-02 13, 2006-02 22",
     (6, 1, 0, "13.8")),
]  # fmt: skip


@pytest.mark.parametrize("place", range(8))
def test_each_definition_counts_the_last_seven_of_2019_as_published(
    history: Store, place: int
) -> None:
    rule = episodes.DEFINITIONS[place].rule
    listed, counts = AS_OF_2019[place]
    last = known_under(history, date(2019, 12, 31), rule)[-7:]
    record = episodes.record(last)
    assert in_brief(last) == listed
    assert (
        record.hits, record.misses, record.open, f"{record.mean_lag_months:.1f}",
    ) == counts  # fmt: skip


def test_the_funds_rates_record_is_the_same_for_pauses_of_one_to_three_months(
    history: Store,
) -> None:
    rules = [EpisodeRule("10y-funds", merge_gap_months=gap) for gap in (1, 2, 3)]
    day = date(2019, 12, 31)
    assert len({in_brief(known_under(history, day, rule)[-7:]) for rule in rules}) == 1


@pytest.mark.parametrize("place", [0, 1])
def test_a_largest_lag_of_24_or_30_months_makes_no_difference_where_either_is_published(
    history: Store, place: int
) -> None:
    rule, day = episodes.DEFINITIONS[place].rule, date(2019, 12, 31)
    longer = replace(rule, max_lag_months=30)
    assert known_under(history, day, rule) == known_under(history, day, longer)


def test_there_are_eight_definitions_and_no_two_are_the_same() -> None:
    assert len(episodes.DEFINITIONS) == len({one.rule for one in episodes.DEFINITIONS}) == 8
    assert len({one.name for one in episodes.DEFINITIONS}) == 8


def table(store: Store, rule: EpisodeRule) -> list[tuple[str, str, int, float, int | None]]:
    return [
        (f"{e.start:%Y-%m}", f"{e.end:%Y-%m}", e.months, round(e.trough, 2), e.lag_months)
        for e in known_under(store, TODAY, rule)
    ]


# ECON.md C2. The table there goes on with the three-month constant maturity after November 2024,
# by which the last inversion has months until 2025-08; by the bill it ends in April 2025.
def test_the_new_york_feds_spread_has_the_ten_known_inversions(history: Store) -> None:
    assert table(history, EpisodeRule()) == [
        ("1966-09", "1967-02", 6, -0.49, None),
        ("1968-12", "1969-12", 11, -0.51, 12),
        ("1973-06", "1973-11", 6, -1.59, 5),
        ("1978-11", "1980-01", 15, -2.20, 14),
        ("1980-10", "1981-07", 10, -3.51, 9),
        ("1989-06", "1989-12", 5, -0.16, 13),
        ("2000-07", "2001-01", 7, -0.70, 8),
        ("2006-08", "2007-05", 10, -0.51, 16),
        ("2019-06", "2019-09", 4, -0.36, 8),
        ("2022-11", "2025-04", 27, -1.71, None),
    ]
    months = {f"{e.trough_month:%Y-%m}" for e in known_under(history, TODAY, EpisodeRule())}
    assert months >= {"1966-10", "1969-08", "1973-08", "1980-12", "2000-12", "2007-03", "2019-08",
                      "2023-05"}  # fmt: skip


def test_a_single_month_of_1966_is_no_inversion_of_its_own(history: Store) -> None:
    single = known_under(history, TODAY, EpisodeRule(min_months=1))[0]
    assert (single.start, single.months, single.outcome) == (date(1966, 1, 1), 1, "miss")


def test_without_its_tail_the_last_inversion_lasted_25_months(history: Store) -> None:
    last = known_under(history, TODAY, EpisodeRule(merge_gap_months=0))[-2]
    assert (f"{last.start:%Y-%m}", f"{last.end:%Y-%m}", last.months) == ("2022-11", "2024-11", 25)


# The trough of 1978 is that before the peak; in the recession the spreads fell to -3.07 and -2.13.
def test_the_one_year_spread_announced_every_recession_since_1957(history: Store) -> None:
    assert table(history, EpisodeRule("10y-1y")) == [
        ("1956-12", "1957-08", 5, -0.09, 8),
        ("1959-09", "1960-02", 6, -0.45, 7),
        ("1965-12", "1967-02", 15, -0.64, None),
        ("1967-12", "1969-12", 20, -0.88, 24),
        ("1973-03", "1973-11", 9, -1.42, 8),
        ("1978-09", "1980-01", 17, -2.14, 16),
        ("1980-09", "1981-07", 11, -2.10, 10),
        ("1989-02", "1989-09", 7, -0.21, 17),
        ("2000-04", "2000-12", 8, -0.37, 11),
        ("2006-01", "2007-05", 15, -0.41, 23),
        ("2019-08", "2019-09", 2, -0.14, 6),
        ("2022-07", "2024-10", 28, -1.49, None),
    ]


def test_the_two_year_spread_inverted_for_one_month_in_1998(history: Store) -> None:
    assert table(history, EpisodeRule("10y-2y", min_months=1)) == [
        ("1978-09", "1980-01", 17, -1.19, 16),
        ("1980-09", "1981-07", 11, -1.36, 10),
        ("1989-01", "1989-09", 8, -0.32, 18),
        ("1990-03", "1990-03", 1, -0.04, 4),
        ("1998-06", "1998-06", 1, -0.02, None),
        ("2000-02", "2000-12", 11, -0.41, 13),
        ("2006-02", "2007-05", 13, -0.14, 22),
        ("2022-07", "2024-08", 26, -0.93, None),
    ]


@pytest.mark.parametrize(("name", "trough"), [("10y-1y", -3.07), ("10y-2y", -2.13)])
def test_in_the_recession_of_1980_the_curve_was_deeper_than_before_it(
    history: Store, name: str, trough: float
) -> None:
    panel = history.panel(TODAY, tuple(SPREADS[name].monthly))
    assert features.term_spread(panel, name)["1978-09":"1980-04"].min() == pytest.approx(trough)


def test_since_1990_recessions_began_after_the_curve_had_turned_back(history: Store) -> None:
    known = known_under(history, TODAY, EpisodeRule())
    assert [(e.peak.year, e.lag_from_end_months) for e in known if e.peak] == [
        (1969, 0), (1973, 0), (1980, 0), (1981, 0), (1990, 7), (2001, 2), (2007, 7), (2020, 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "counts"),
    [("2019-12-31", (7, 1, 1)), ("2023-06-30", (8, 1, 1)), ("2026-07-31", (8, 2, 0))],
)
def test_resolved_inversions_and_the_open_one_are_counted_apart(
    history: Store, day: str, counts: tuple[int, int, int]
) -> None:
    record = episodes.record(known_under(history, date.fromisoformat(day), EpisodeRule()))
    assert (record.hits, record.misses, record.open) == counts


def test_an_inversion_of_the_funds_rate_in_the_recession_of_1982_is_none(history: Store) -> None:
    rule, start = EpisodeRule("10y-funds"), date(1982, 2, 1)
    before = [e.start for e in known_under(history, date(1983, 7, 7), rule)]
    after = [e.start for e in known_under(history, date(1983, 7, 8), rule)]
    assert before == [*after, start]


def test_the_near_term_forward_spread_saw_1998_as_the_others_did(history: Store) -> None:
    known = known_under(history, date(2019, 12, 31), EpisodeRule("near-term-forward"))
    assert in_brief(known) == (
        "1978-11 14, 1980-10 9, 1989-06 13, 1998-09 no, 2000-09 6, 2006-07 17, 2019-03 open"
    )


@pytest.mark.parametrize(
    ("day", "outcome"),
    [(date(2007, 6, 1), "open"), (date(2008, 11, 30), "open"), (date(2008, 12, 1), "hit")],
)
def test_a_recession_counts_from_the_day_it_was_announced(
    history: Store, day: date, outcome: Outcome
) -> None:
    assert known_under(history, day, EpisodeRule())[-1].outcome == outcome
