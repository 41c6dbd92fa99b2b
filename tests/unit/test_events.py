"""The event study, against the published table and the figures computed once for this project."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain import Panel
from monitor.errors import ConfigError
from monitor.model.events import (
    ANNOUNCEMENTS,
    PROGRAMMES,
    STUDIED,
    Study,
    Window,
    announcements,
    change,
    confounded,
    study,
    total,
)
from monitor.store import Store

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "reference"
TODAY = date(2026, 11, 22)

# Krishnamurthy and Vissing-Jorgensen 2011, Treasuries, two-day changes: 1, 3, 5, 10, 30 years.
PAPER = {
    "2008-11-25": (-2, -15, -23, -36, -24),
    "2008-12-01": (-13, -15, -28, -25, -27),
    "2008-12-16": (-5, -4, -15, -33, -32),
    "2009-01-28": (4, 19, 28, 28, 31),
    "2009-03-18": (-9, -24, -36, -41, -21),
}
# Two-day changes of 1, 2, 5, 10, 30 years, 10-year breakeven, Baa less 10-year.
EVENTS = {
    "2008-11-25": (-2, -22, -23, -36, -24, 7, 20),
    "2008-12-01": (-13, -10, -28, -25, -27, 9, 1),
    "2008-12-16": (-5, -2, -15, -33, -32, 24, -8),
    "2009-01-28": (4, 8, 28, 28, 31, 22, -6),
    "2009-03-18": (-9, -18, -36, -41, -21, 18, 24),
    "2010-08-10": (-1, 0, -10, -14, -8, -5, 8),
    "2010-11-03": (-1, -1, -11, -10, 11, -5, 16),
    "2011-08-09": (-3, -8, -18, -23, -14, 10, 15),
    "2012-08-22": (-1, -5, -9, -12, -11, 5, -3),
    "2012-09-13": (0, 2, 2, 11, 17, 26, -3),
    "2013-05-22": (0, 0, 7, 8, 6, -2, -4),
    "2013-12-18": (-1, 1, 11, 9, 3, -3, -8),
    "2019-10-11": (2, 8, 11, 10, 7, 4, -6),
    "2020-03-16": (-8, -2, -4, 8, 7, -27, 19),
    "2020-03-23": (10, 1, 0, -8, -16, 22, -4),
    "2025-12-10": (None, -9, None, -4, -1, -1, 0),
}
# Sums over the announcements that count, and of the ten-year yield over all of them.
SUMS = [
    ("QE1", {"DGS1": -25, "DGS3": -39, "DGS5": -74, "DGS10": -107, "DGS30": -73}, -107),
    ("QE2", {"DGS5": -20, "DGS10": -30, "DGS30": -21}, -40),
    ("MEP", {"DGS10": -46, "DGS30": -56}, -47),
    ("QE3", {"DGS10": 7}, 7),
]


@pytest.fixture(scope="module")
def bundled(history: Store) -> Panel:
    """The bundled daily curve."""
    return history.panel(TODAY, STUDIED)


def moves(found: Study) -> dict[str, dict[str, int]]:
    """Basis points by day and series."""
    return {
        event.day.isoformat(): {name: it.bp for name, it in event.changes.items()}
        for event in found.events
    }


def curve(*days: str, name: str = "DGS10", as_of: date = TODAY) -> Panel:
    """A panel of one series that rises by 1, 2, 4, 8 ... basis points from day to day."""
    values = [3 + 0.01 * 2**place for place in range(len(days))]
    series = pd.Series(values, pd.DatetimeIndex(days))
    return Panel(as_of, {name: series}, {}, ())


# ------------------------------------------------------------------------------- published figures
@pytest.mark.parametrize("day", PAPER)
def test_the_treasury_columns_of_the_paper_are_met_to_the_basis_point(
    bundled: Panel, day: str
) -> None:
    moved = moves(study(bundled, [day]))[day]
    assert tuple(moved[f"DGS{years}"] for years in (1, 3, 5, 10, 30)) == PAPER[day]


@pytest.mark.parametrize("day", EVENTS)
def test_every_event_moves_the_curve_as_the_reference_has_it(bundled: Panel, day: str) -> None:
    moved = moves(study(bundled, [day]))[day]
    wanted = dict(zip(("DGS1", "DGS2", "DGS5", "DGS10", "DGS30"), EVENTS[day][:5], strict=True))
    assert {name: moved[name] for name, bp in wanted.items() if bp is not None} == {
        name: bp for name, bp in wanted.items() if bp is not None
    }


@pytest.mark.shared
@pytest.mark.parametrize(("name", "place"), [("T10YIE", 5), ("BAA10Y", 6)])
def test_breakevens_and_the_credit_spread_move_as_the_reference_has_it(
    name: str, place: int
) -> None:
    values = pd.read_csv(SHARED / f"{name}.csv", index_col="date", parse_dates=True)["value"]
    panel = Panel(TODAY, {name: values}, {}, ())
    moved = moves(study(panel, list(EVENTS)))
    assert {day: moved[day][name] for day in EVENTS} == {
        day: row[place] for day, row in EVENTS.items()
    }


@pytest.mark.shared
def test_the_real_yield_of_the_paper_is_met_to_the_basis_point() -> None:
    values = pd.read_csv(SHARED / "DFII10.csv", index_col="date", parse_dates=True)["value"]
    panel = Panel(TODAY, {"DFII10": values}, {}, ())
    assert total(study(panel, ["QE1"]).counted) == {"DFII10": -187}


@pytest.mark.shared
def test_only_breakevens_were_left_to_rise_in_the_third_round() -> None:
    values = pd.read_csv(SHARED / "T10YIE.csv", index_col="date", parse_dates=True)["value"]
    panel = Panel(TODAY, {"T10YIE": values}, {}, ())
    assert total(study(panel, ["QE3"]).counted) == {"T10YIE": 28}


@pytest.mark.parametrize(("programme", "wanted", "all_ten"), SUMS, ids=[row[0] for row in SUMS])
def test_the_sums_of_the_programmes(
    bundled: Panel, programme: str, wanted: dict[str, int], all_ten: int
) -> None:
    found = study(bundled, [programme])
    told = total(found.of(programme))
    assert {name: told[name] for name in wanted} == wanted
    assert told == total(found.counted)
    assert total(found.of(programme, set_aside=True))["DGS10"] == all_ten


def test_the_window_of_one_day_ends_with_the_close_of_the_day(bundled: Panel) -> None:
    assert total(study(bundled, ["QE2"], 1).counted)["DGS10"] == -18
    (event,) = study(bundled, ["2020-03-16"], 1).events
    assert event.changes["DGS10"].bp == -21
    assert (event.changes["DGS10"].before, event.changes["DGS10"].after) == (
        date(2020, 3, 13),
        date(2020, 3, 16),
    )


# ------------------------------------------------------------------------------------- the windows
def test_news_of_a_sunday_moves_the_closes_of_monday_and_tuesday(bundled: Panel) -> None:
    sunday, monday = study(bundled, ["2020-03-15", "2020-03-16"]).events
    assert sunday.changes == monday.changes
    assert sunday.changes["DGS10"].after == date(2020, 3, 17)


def test_each_series_counts_its_own_trading_days() -> None:
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"])
    everyday = pd.Series([1.0, 1.01, 1.03, 1.07], days)
    closed = everyday.where(days != pd.Timestamp("2024-01-03"))
    panel = Panel(TODAY, {"DGS2": everyday, "DGS10": closed}, {}, ())
    moved = study(panel, ["2024-01-03"]).events[0].changes
    assert (moved["DGS2"].bp, moved["DGS2"].after) == (3, date(2024, 1, 4))
    assert (moved["DGS10"].bp, moved["DGS10"].after) == (7, date(2024, 1, 5))


@pytest.mark.parametrize("day", ["1989-06-01", "1987-01-01", "1993-09-30"])
def test_a_maturity_without_quotes_at_the_time_is_absent_and_not_bridged(
    bundled: Panel, day: str
) -> None:
    (event,) = study(bundled, [day]).events
    assert "DGS20" not in event.changes
    assert "DGS10" in event.changes
    assert "DGS20" in study(bundled, [day]).stored


def test_the_first_and_the_last_close_have_no_window(bundled: Panel) -> None:
    closes = bundled.series["DGS10"].dropna()
    assert change(closes, closes.index[0].date(), 2) is None
    assert change(closes, closes.index[-1].date(), 2) is None
    assert change(closes, closes.index[-1].date(), 1) is not None
    assert change(closes, closes.index[-1].date() + timedelta(days=1), 1) is None


def test_overlapping_windows_are_told(bundled: Panel) -> None:
    pair = date(2008, 11, 25), date(2008, 11, 26)
    asked = [day.isoformat() for day in pair]
    assert list(study(bundled, asked).overlaps()) == [pair]
    assert list(study(bundled, asked, 1).overlaps()) == []


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_no_programme_counts_a_day_twice(bundled: Panel, programme: str) -> None:
    assert list(study(bundled, [programme]).overlaps()) == []


# ------------------------------------------------------------------------------- what is asked for
def test_a_day_that_is_set_aside_counts_when_it_is_asked_for_itself(bundled: Panel) -> None:
    alone = study(bundled, ["QE2"])
    asked = study(bundled, ["QE2", "2010-11-03"])
    assert [event.counted for event in alone.events] == [True, True, False]
    assert [event.counted for event in asked.events] == [True, True, True]
    assert (total(alone.counted)["DGS10"], total(asked.counted)["DGS10"]) == (-30, -40)


def test_a_day_asked_for_twice_counts_once(bundled: Panel) -> None:
    once = study(bundled, ["qe1"])
    assert study(bundled, ["QE1", "2008-11-25", "QE1"]) == once
    assert len(once.events) == 5


@pytest.mark.parametrize("text", ["QE9", "2008-13-01", "2020", "", "QE"])
def test_what_is_neither_a_day_nor_a_programme_is_told_the_known_names(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        study(curve("2024-01-02"), [text])
    assert all(name in str(refused.value) for name in PROGRAMMES)


def test_a_day_still_to_come_and_a_programme_not_yet_announced_are_refused() -> None:
    panel = curve("2010-01-04", as_of=date(2010, 1, 5))
    for text, word in (("2010-01-06", "lies after 2010-01-05"), ("QE3", "2012-08-22")):
        with pytest.raises(ConfigError, match=word):
            study(panel, [text])


def test_only_what_was_known_on_the_day_enters(history: Store) -> None:
    day = date(2008, 12, 16)
    found = study(history.panel(day, STUDIED), ["QE1"])
    assert [event.day.isoformat() for event in found.events] == [*PAPER][:3]
    assert found.later == (date(2009, 1, 28), date(2009, 3, 18))
    assert found.events[-1].changes == {}
    assert total(found.counted) == {}


# ------------------------------------------------------------------------------------- properties
@given(
    bp=st.lists(st.integers(-200, 1800), min_size=1, max_size=30),
    place=st.integers(-3, 40),
    window=st.sampled_from([1, 2]),
)
def test_what_lies_outside_the_window_plays_no_part(
    bp: list[int], place: int, window: Window
) -> None:
    days = pd.date_range("2024-01-01", periods=len(bp))
    values = pd.Series([it / 100 for it in bp], days)
    found = change(values, (days[0] + timedelta(days=place)).date(), window)
    first = max(place, 0) - 1
    if first < 0 or first + window >= len(bp):
        assert found is None
        return
    assert found is not None
    assert found.bp == bp[first + window] - bp[first]
    scrambled = values.copy()
    scrambled.iloc[:first] = 99.0
    scrambled.iloc[first + window + 1 :] = -99.0
    assert change(scrambled, (days[0] + timedelta(days=place)).date(), window) == found


@given(st.lists(st.integers(-200, 1800), min_size=3, max_size=30))
def test_moves_of_one_day_add_up_to_the_whole_way(bp: list[int]) -> None:
    days = pd.date_range("2024-01-01", periods=len(bp))
    panel = Panel(TODAY, {"DGS10": pd.Series(np.array(bp) / 100, days)}, {}, ())
    found = study(panel, [day.date().isoformat() for day in days[1:]], 1)
    assert total(found.counted) == {"DGS10": bp[-1] - bp[0]}


# ------------------------------------------------------------------------------------ the chronicle
def test_announcements_are_in_order_and_belong_to_the_known_programmes() -> None:
    days = [it.day for it in ANNOUNCEMENTS]
    assert days == sorted(set(days))
    assert list(dict.fromkeys(it.programme for it in ANNOUNCEMENTS)) == [*PROGRAMMES]
    assert all(it.said and it.source for it in ANNOUNCEMENTS)


@pytest.mark.shared
def test_each_announcement_of_the_committee_is_a_day_on_which_it_decided() -> None:
    with (SHARED / "fomc-decisions.csv").open() as file:
        decided = {date.fromisoformat(row["date"]): row for row in csv.DictReader(file)}
    elsewhere = {it.day.isoformat() for it in ANNOUNCEMENTS if it.day not in decided}
    # A speech, minutes, a testimony, and the statement between meetings of 23 March 2020.
    assert elsewhere == {"2008-12-01", "2012-08-22", "2013-05-22", "2020-03-23"}
    cuts = {it.day for it in ANNOUNCEMENTS if "target was cut" in it.confounded_by}
    moved = {it.day for it in ANNOUNCEMENTS if it.day in decided} & {
        day for day, row in decided.items() if float(row["change_bp"])
    }
    assert cuts == moved


def test_the_peak_announced_on_the_day_of_a_speech_is_named(history: Store) -> None:
    known: Any = {point.announced for point in history.panel(TODAY, []).turning_points}
    (speech,) = (it for it in ANNOUNCEMENTS if it.day == date(2008, 12, 1))
    assert speech.day in known
    assert "NBER" in speech.confounded_by


def test_a_sum_counts_only_what_was_announced_by_then_and_not_set_aside() -> None:
    assert [it.day.isoformat() for it in announcements("QE1", date(2008, 12, 16))] == [*PAPER][:3]
    assert [it.day.month for it in announcements("QE2", TODAY)] == [8, 9]
    assert announcements("RMP", date(2025, 12, 9)) == ()


def test_a_programme_is_confounded_from_its_first_day_that_had_other_news_on() -> None:
    assert "QE3" not in confounded(date(2012, 9, 12))
    assert "QE3" in confounded(date(2012, 9, 13))
    # Its two days that count are the only ones without other news.
    assert set(PROGRAMMES) - set(confounded(TODAY)) == {"QE2"}
