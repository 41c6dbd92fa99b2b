"""The chart of the past forecasts: what came of them, by what was known on the day."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files
from types import ModuleType
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from monitor import history as past
from monitor.digest.charts import forecastchart
from monitor.digest.wording import EN
from monitor.domain import History, PastForecast, Recession, add_months, end_of_month

TURNS = [
    (kind, date.fromisoformat(f"{month}-01"), date.fromisoformat(announced))
    for kind, month, announced, _ in (
        line.split(",")
        for line in (files("monitor") / "data" / "nber.csv").read_text("utf-8").splitlines()[1:]
    )
]
STARTS = [add_months(month, 1) for kind, month, _ in TURNS if kind == "peak" and month > past.SINCE]


def known(day: str) -> History:
    """The record as it stands on a day, with the recessions announced by then."""
    as_of = date.fromisoformat(day)
    recessions: list[Recession] = []
    for kind, month, announced in TURNS:
        if announced <= as_of and kind == "peak":
            recessions.append((add_months(month, 1), None))
        elif announced <= as_of and recessions:
            recessions[-1] = (recessions[-1][0], month)
    return History(
        spread=(),
        episodes=(),
        recessions=tuple(recessions),
        forecasts=tuple(it for it in past.record() if end_of_month(it.month) <= as_of),
    )


def made(*values: float, recessions: tuple[Recession, ...] = ()) -> History:
    """A forecast a month from January 2000 on."""
    return History(
        spread=(),
        episodes=(),
        recessions=recessions,
        forecasts=tuple(
            PastForecast(add_months(date(2000, 1, 1), step), value, value / 2, (1 + value) / 2)
            for step, value in enumerate(values)
        ),
    )


def drawings(history: History) -> list[Element]:
    found = re.findall(r"<svg.*?</svg>", forecastchart.chart(EN, history), flags=re.DOTALL)
    return [fromstring(svg) for svg in found]


def classed(svg: Element, kind: str) -> list[Element]:
    return [part for part in svg.iter() if kind in part.get("class", "").split()]


def texts(svg: Element) -> list[str]:
    return [part.text or "" for part in svg.iter("text")]


# ------------------------------------------------------------------------------- what came of it
def test_the_false_alarm_of_2022_to_2024_is_named_once_it_is_known() -> None:
    (alarm,) = forecastchart.false_alarms(known("2026-09-30"))
    assert (alarm.first, alarm.last) == (date(2023, 1, 1), date(2024, 5, 1))
    assert alarm.highest > 0.7
    assert alarm.settled
    assert "Jan 2023 to May 2024 (up to 73%)" in forecastchart.describe(EN, known("2026-09-30"))


@pytest.mark.parametrize(("day", "count"), [("2025-01-31", 0), ("2025-02-28", 1)])
def test_an_alarm_is_false_from_the_day_on_which_its_first_month_is_settled(
    day: str, count: int
) -> None:
    alarms = forecastchart.false_alarms(known(day))
    assert len(alarms) == count
    assert all(not alarm.settled for alarm in alarms)
    assert ("its last months are not settled" in forecastchart.describe(EN, known(day))) is (
        count == 1
    )


def test_a_warning_that_a_recession_followed_is_no_false_alarm_however_early_it_began() -> None:
    history = made(*[0.4] * 60, recessions=((date(2002, 7, 1), date(2003, 1, 1)),))
    assert forecastchart.false_alarms(history) == ()
    alone = made(*[0.4] * 60)
    (alarm,) = forecastchart.false_alarms(alone)
    assert (alarm.first, alarm.last, alarm.settled) == (date(2000, 1, 1), date(2004, 12, 1), False)


def test_months_in_a_recession_are_no_warning_of_one() -> None:
    values = [0.1] * 12 + [0.6] * 6 + [0.1] * 40
    history = made(*values, recessions=((date(2000, 12, 1), date(2001, 8, 1)),))
    assert forecastchart.false_alarms(history) == ()
    warned = forecastchart.bands(history)[-1]
    assert (warned.floor, warned.months) == (0.5, 0)


def test_every_settled_month_outside_recessions_stands_in_one_band() -> None:
    history = known("2026-09-30")
    bands = forecastchart.bands(history)
    assert [(it.floor, it.ceiling) for it in bands] == [
        (0.0, 0.15), (0.15, 0.3), (0.3, 0.5), (0.5, 1.0)
    ]  # fmt: skip
    through = forecastchart.settled_through(history)
    assert through == date(2024, 8, 1)  # thirteen months for the state, twelve for the window
    outside = [
        it
        for it in history.forecasts
        if it.month <= through
        and not any(start <= it.month <= (end or it.month) for start, end in history.recessions)
    ]
    assert sum(it.months for it in bands) == len(outside)
    # The twelve months before each recession; none of them lies in the recession before it.
    assert sum(it.starts for it in bands) == 12 * len(STARTS) == 96
    assert all(0 <= it.starts <= it.months for it in bands)
    rates = [it.starts / it.months for it in bands]
    assert rates[0] < rates[1] < rates[2]


def test_a_peak_just_announced_settles_no_month_before_its_time() -> None:
    before, after = known("2008-11-30"), known("2008-12-31")
    assert len(after.recessions) == len(before.recessions) + 1
    # It began in January 2008, and the months of 2007 are judged with the others of theirs.
    assert forecastchart.settled_through(after) == date(2006, 11, 1)
    counts = [sum(it.starts for it in forecastchart.bands(then)) for then in (before, after)]
    assert counts[0] == counts[1]
    assert sum(it.starts for it in forecastchart.bands(known("2010-01-31"))) > counts[1]


# --------------------------------------------------------------------------------------- in words
def test_the_description_has_the_highest_forecast_before_each_recession_known_that_day() -> None:
    words = forecastchart.describe(EN, known("2019-12-31"))
    for start in STARTS[:-1]:
        months = [it for it in past.record() if add_months(start, -12) <= it.month < start]
        peak = max(months, key=lambda it: it.probability)
        said = f"{EN.percent(peak.probability)} in {EN.month(peak.month)} before that of"
        assert f"{said} {EN.month(start)}" in words
    assert STARTS[-1] == date(2020, 3, 1)
    assert "2020" not in words
    assert "none known by then" in words


def test_the_description_says_what_is_a_replay_and_what_came_of_the_warnings() -> None:
    history = known("2026-09-30")
    words = forecastchart.describe(EN, history)
    newest = history.forecasts[-1]
    assert words.startswith(
        f"Monthly from Jan 1968 to Sep 2026: newest {EN.percent(newest.probability)}, 80% interval"
    )
    assert "Up to Sep 2026 it is a replay" in words
    warned = [it for it in forecastchart.bands(history) if it.floor >= 0.3]
    months, starts = (sum(getattr(it, name) for it in warned) for name in ("months", "starts"))
    assert f"Of {months} months at 30% or more, {starts} were followed by a recession" in words
    for it in warned:
        floor, ceiling = round(100 * it.floor), round(100 * it.ceiling)
        assert f"{it.starts} of {it.months} at {floor}% to {ceiling}%" in words


def test_what_was_told_is_not_called_a_replay(factories: ModuleType) -> None:
    told = tuple(
        PastForecast(month, 0.2, 0.1, 0.3, told=True) for month, _ in factories.spread()[-30:]
    )
    words = forecastchart.describe(EN, History((), (), (), forecasts=told))
    assert "replay" not in words
    assert "were followed" not in words  # at 30 % or more there was no month
    assert "0 of 5 at 15% to 30%" in words


# ------------------------------------------------------------------------------------ the drawing
def test_two_drawings_carry_the_same_words_and_names_of_their_own() -> None:
    wide, narrow = drawings(known("2026-09-30"))
    assert (wide.get("class"), narrow.get("class")) == (
        "chart wide forecast", "chart narrow forecast"
    )  # fmt: skip
    assert wide.find("desc").text == narrow.find("desc").text  # type: ignore[union-attr]
    assert wide.find("title").text.endswith("since 1968")  # type: ignore[union-attr]
    assert narrow.find("title").text.endswith("since 1990")  # type: ignore[union-attr]
    ids = [part.get("id") for svg in (wide, narrow) for part in svg.iter() if part.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_the_drawing_shades_the_recessions_and_labels_the_limits_and_the_newest() -> None:
    wide, narrow = drawings(known("2026-09-30"))
    assert (len(classed(wide, "recession")), len(classed(narrow, "recession"))) == (8, 4)
    for svg in (wide, narrow):
        assert {"0%", "15%", "30%", "50%", "100%", "4%", "Sep 2026"} <= set(texts(svg))
        assert len(classed(svg, "grid")) == 4
        (dot,) = classed(svg, "dot")
        (line,) = classed(svg, "path")
        last = re.findall(r"(-?[\d.]+) (-?[\d.]+)", line.get("d", ""))[-1]
        assert (dot.get("cx"), dot.get("cy")) == last


def test_everything_drawn_stays_inside() -> None:
    for day in ("1970-03-31", "1985-05-31", "2026-09-30"):
        for svg in drawings(known(day)):
            width, height = map(float, (svg.get("viewBox") or "").split()[2:])
            for part in svg.iter("path"):
                for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", part.get("d", "")):
                    assert 0 <= float(x) <= width
                    assert 0 <= float(y) <= height


def test_a_month_without_a_forecast_breaks_the_line_and_the_band() -> None:
    whole = made(*[0.2] * 30)
    gap = History((), (), (), forecasts=(*whole.forecasts[:20], *whole.forecasts[21:]))
    (solid, _), (broken, _) = drawings(whole), drawings(gap)
    assert (len(classed(solid, "range")), len(classed(broken, "range"))) == (1, 2)
    assert classed(solid, "path")[0].get("d", "").count("M") == 1
    assert classed(broken, "path")[0].get("d", "").count("M") == 2


@pytest.mark.parametrize("history", [made(), made(0.1)])
def test_without_two_months_nothing_is_drawn(history: History) -> None:
    assert forecastchart.chart(EN, history) == ""
    assert forecastchart.describe(EN, history)
    assert not any(it.months for it in forecastchart.bands(history))
    assert forecastchart.false_alarms(history) == ()
