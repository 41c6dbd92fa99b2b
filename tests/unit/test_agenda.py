# ruff: noqa: RUF001 - the dash of a span of days is what is tested
"""What comes next and what came in, from real figures, and how a digest tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType

import pandas as pd
import pytest

from monitor import agenda, fomc
from monitor.catalog import SERIES, WATCHED
from monitor.digest import agenda as told
from monitor.digest.blocks import Paragraph, Table
from monitor.digest.wording import EN
from monitor.domain import Assessment, Came, Due, Panel, Previous
from monitor.store import Store

WEEK, MONTH = timedelta(days=7), timedelta(days=45)


def known(history: Store, day: date) -> Panel:
    return history.panel(day, WATCHED)


def due(panel: Panel, ahead: timedelta = MONTH) -> dict[tuple[str, date | None], Due]:
    found = agenda.coming(panel, panel.as_of + ahead)
    return {(it.what or it.kind, it.period): it for it in found}


# ------------------------------------------------------------------------------------ what is next
def test_series_of_one_publication_stand_together_with_its_usual_span(history: Store) -> None:
    found = due(known(history, date(2019, 12, 20)))
    employment = found["Employment Situation", date(2019, 12, 1)]
    assert employment == Due(
        "release", "Employment Situation", ("UNRATE", "PAYEMS"), date(2019, 12, 1),
        date(2020, 1, 1), date(2020, 1, 10), estimated=True,
    )  # fmt: skip
    rates = found["H.15 Selected Interest Rates", date(2019, 12, 1)]
    assert rates.series == ("GS10", "TB3MS", "FII10", "FEDFUNDS")


@pytest.mark.parametrize(
    ("day", "published", "series", "period"),
    [
        (date(2020, 1, 2), date(2020, 1, 10), "UNRATE", date(2019, 12, 1)),
        (date(2008, 10, 1), date(2008, 10, 3), "PAYEMS", date(2008, 9, 1)),
        (date(2023, 3, 2), date(2023, 3, 10), "UNRATE", date(2023, 2, 1)),
        (date(2020, 3, 10), date(2020, 3, 17), "INDPRO", date(2020, 2, 1)),
        (date(2012, 11, 2), date(2012, 11, 16), "INDPRO", date(2012, 10, 1)),
    ],
)
def test_a_release_came_within_the_span_that_was_told(
    history: Store, day: date, published: date, series: str, period: date
) -> None:
    """The days are those on which BLS and the Board of Governors published."""
    spec = SERIES[series]
    found = due(known(history, day))[spec.release.name, period]
    assert series in found.series
    assert found.first <= published <= found.last


def test_what_may_come_any_day_stands_before_what_comes_later(history: Store) -> None:
    found = agenda.coming(known(history, date(2023, 6, 1)), date(2023, 6, 14))
    assert [(it.what, it.last.day) for it in found[:3]] == [
        ("H.15 Selected Interest Rates", 4),
        ("H.4.1 Factors Affecting Reserve Balances", 7),
        ("Employment Situation", 10),
    ]


def test_daily_series_are_not_listed(history: Store) -> None:
    for ahead in (WEEK, MONTH):
        found = agenda.coming(known(history, date(2020, 3, 10)), date(2020, 3, 10) + ahead)
        assert not {name for it in found for name in it.series} & {"DGS10", "DGS3MO"}


def test_of_a_weekly_series_only_the_next_release_is_told(history: Store) -> None:
    day = date(2020, 3, 10)
    panel = known(history, day)
    assets = pd.Series([4.2e6], index=pd.DatetimeIndex(["2020-03-04"]))
    found = agenda.coming(replace(panel, series={"WALCL": assets}), day + MONTH)
    assert [it for it in found if it.series] == [
        Due("release", "H.4.1 Factors Affecting Reserve Balances", ("WALCL",), date(2020, 3, 11),
            date(2020, 3, 12), date(2020, 3, 12), estimated=True),
    ]  # fmt: skip


def test_what_is_overdue_is_told_once_however_long_nothing_has_come(history: Store) -> None:
    panel = replace(known(history, date(2019, 12, 20)), as_of=date(2024, 6, 1))
    found = [it for it in agenda.coming(panel, panel.as_of + WEEK) if "UNRATE" in it.series]
    assert [it.period for it in found] == [date(2019, 12, 1), date(2024, 5, 1)]
    assert found[0].last < panel.as_of <= found[1].last


def test_a_period_that_the_publisher_says_has_no_value_is_not_awaited(history: Store) -> None:
    panel = known(history, date(2020, 1, 2))
    rate = panel.series["UNRATE"]
    none = pd.concat([rate, pd.Series([float("nan")], index=[pd.Timestamp("2019-12-01")])])
    found = due(replace(panel, series={"UNRATE": none}))
    assert ("Employment Situation", date(2020, 1, 1)) in found
    assert ("Employment Situation", date(2019, 12, 1)) not in found


def test_meetings_are_those_of_the_calendar_and_some_bring_projections(history: Store) -> None:
    day = date(2019, 12, 20)
    found = agenda.coming(known(history, day), day + timedelta(days=120))
    meetings = [it for it in found if it.kind != "release"]
    assert [(it.kind, it.first) for it in meetings] == [
        ("meeting", date(2020, 1, 29)), ("projections", date(2020, 3, 18)),
    ]  # fmt: skip
    assert not any(it.estimated for it in meetings)


def test_a_meeting_that_was_cancelled_later_was_expected_until_then(history: Store) -> None:
    expected = due(known(history, date(2020, 3, 10)))
    assert expected["projections", None].first == date(2020, 3, 18)
    after = due(known(history, date(2020, 3, 16)))
    assert ("projections", None) not in after


def test_beyond_the_published_schedule_a_meeting_is_called_estimated(history: Store) -> None:
    end = fomc.calendar()[-1].day
    panel = replace(known(history, date(2026, 9, 30)), as_of=end)
    meetings = [it for it in agenda.coming(panel, end + MONTH * 2) if it.kind != "release"]
    assert meetings
    assert all(it.estimated and it.kind == "meeting" for it in meetings)


def test_before_2013_no_meeting_is_said_to_bring_projections(history: Store) -> None:
    found = agenda.coming(known(history, date(2011, 5, 20)), date(2011, 7, 1))
    assert [it.kind for it in found if it.kind != "release"] == ["meeting"]


@pytest.mark.parametrize("day", [date(1954, 1, 4), date(1985, 6, 1), date(2008, 12, 20)])
def test_nothing_published_later_changes_the_agenda(history: Store, day: date) -> None:
    panel = known(history, day)
    later = history.panel(date(2026, 9, 30), WATCHED)
    cut = {name: later.series[name][: values.index[-1]] for name, values in panel.series.items()}
    assert agenda.coming(panel, day + MONTH) == agenda.coming(
        replace(later, as_of=day, series=cut), day + MONTH
    )


# ------------------------------------------------------------------------------------ what has come
def test_new_and_revised_periods_are_counted_with_the_newest_value(history: Store) -> None:
    before, now = known(history, date(2019, 11, 20)), known(history, date(2019, 12, 20))
    came = {it.series: it for it in agenda.came(before, now)}
    assert came["GS10"] == Came("GS10", 1, 0, date(2019, 11, 1), 1.81, date(2019, 10, 1), 1.71)
    assert came["UNRATE"].new == 1
    assert came["DGS10"].new == 21
    assert "WALCL" not in came


def test_a_revision_alone_compares_the_same_period(history: Store) -> None:
    now = known(history, date(2019, 12, 20))
    rate = now.series["UNRATE"].copy()
    rate.iloc[-3] += 0.1
    rate.iloc[-9] += 0.1
    (found,) = agenda.came(replace(now, series={**now.series, "UNRATE": rate}), now)
    period = now.series["UNRATE"].index[-3].date()
    assert (found.new, found.revised, found.period, found.before_period) == (0, 2, period, period)
    assert found.before == pytest.approx(found.value + 0.1)


def test_a_value_that_was_withdrawn_counts_as_revised(history: Store) -> None:
    now = known(history, date(2019, 12, 20))
    rate = now.series["UNRATE"].copy()
    rate.iloc[-1] = float("nan")
    (found,) = agenda.came(now, replace(now, series={**now.series, "UNRATE": rate}))
    assert (found.new, found.revised, found.value) == (0, 1, None)


def test_a_series_seen_for_the_first_time_has_nothing_before(history: Store) -> None:
    now = known(history, date(2019, 12, 20))
    less = {name: values for name, values in now.series.items() if name != "INDPRO"}
    (found,) = agenda.came(replace(now, series=less), now)
    assert found.new == len(now.series["INDPRO"].dropna())
    assert (found.revised, found.before_period, found.before) == (0, None, None)


def test_between_two_looks_at_the_same_figures_nothing_came(history: Store) -> None:
    now = known(history, date(2019, 12, 20))
    assert agenda.came(now, replace(now, as_of=date(2019, 12, 22))) == ()


# ---------------------------------------------------------------------------------------- in words
@pytest.fixture
def today(factories: ModuleType) -> Assessment:
    verdict: Assessment = factories.today()
    return replace(
        verdict,
        previous=Previous(verdict.as_of - WEEK, verdict.recession.probability, verdict.model_id),
        agenda=(
            Due("release", "G.17", ("INDPRO",), date(2026, 9, 1), date(2026, 10, 13),
                date(2026, 10, 18), estimated=True),
            Due("release", "H.6", ("TOTRESNS",), date(2026, 10, 1), date(2026, 11, 10),
                date(2026, 11, 30), estimated=True),
            Due("release", "Employment Situation", ("UNRATE", "PAYEMS"), date(2026, 11, 1),
                date(2026, 12, 1), date(2026, 12, 10), estimated=True),
            Due("projections", "", (), None, date(2026, 12, 9), date(2026, 12, 9),
                estimated=False),
            Due("meeting", "", (), None, date(2026, 12, 30), date(2026, 12, 30), estimated=True),
        ),
        came=(
            Came("UNRATE", 1, 2, date(2026, 10, 1), 4.2, date(2026, 9, 1), 4.1),
            Came("WALCL", 1, 0, date(2026, 11, 18), 6.5e6, None, None),
        ),
    )  # fmt: skip


def rows(assessment: Assessment, edition: told.Edition) -> list[tuple[str, ...]]:
    first = told.blocks(EN, assessment, edition)[0]
    assert isinstance(first, Table)
    return list(first.rows)


def test_an_edition_looks_as_far_ahead_as_it_is_read(today: Assessment) -> None:
    assert [len(rows(today, edition)) for edition in ("daily", "weekly", "monthly")] == [2, 3, 5]
    assert max(told.DAYS.values()) == agenda.AHEAD.days


def test_days_are_told_for_what_they_are(today: Assessment) -> None:
    assert rows(today, "monthly") == [
        ("overdue since 18 Oct 2026", "G.17, Sep 2026: INDPRO"),
        ("by 30 Nov 2026", "H.6, Oct 2026: TOTRESNS"),
        ("1–10 Dec 2026", "Employment Situation, Nov 2026: UNRATE and PAYEMS"),
        ("9 Dec 2026", "Decision of the FOMC, with projections"),
        ("about 30 Dec 2026", "Decision of the FOMC"),
    ]
    note = told.blocks(EN, today, "monthly")[1]
    assert isinstance(note, Paragraph)
    assert "not its official date" in note.text
    assert "no published schedule reaches so far" in note.text


def test_what_came_in_is_told_with_the_value_before(today: Assessment) -> None:
    table = told.blocks(EN, today, "weekly")[-1]
    assert isinstance(table, Table)
    assert table.caption.startswith("What came in since 15 Nov 2026")
    assert table.rows == (
        ("UNRATE", "1", "2", "4.1%", "4.2%"),
        ("WALCL", "1", "–", "–", "6,500 bn USD"),
    )


def test_nothing_ahead_and_nothing_new_are_a_sentence_each(today: Assessment) -> None:
    quiet = replace(today, agenda=(), came=())
    assert list(told.blocks(EN, quiet, "daily")) == [
        Paragraph("Nothing of what is watched is expected by 29 Nov 2026."),
        Paragraph("Of what is watched, nothing new came in since 15 Nov 2026."),
    ]
    assert len(told.blocks(EN, replace(quiet, previous=None), "daily")) == 1


def test_a_foreign_name_of_a_publication_stays_on_its_line(today: Assessment) -> None:
    odd = replace(today.agenda[0], what="G.17\n\x1b[31mred")
    assert rows(replace(today, agenda=(odd,)), "daily")[0][1] == "G.17 [31mred, Sep 2026: INDPRO"
