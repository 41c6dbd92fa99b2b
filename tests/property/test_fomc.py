"""What a day knows of the FOMC never depends on what came after it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import fomc
from monitor.domain import Panel

TABLE = Path(__file__).parents[2] / "monitor" / "data" / "fomc.csv"
HEADER, *ROWS = TABLE.read_text("utf-8").splitlines()
FIRST, END = date(1989, 6, 1), date(2028, 6, 30)
DAY = timedelta(days=1)

days = st.dates(FIRST, END)


@st.composite
def scrambled(draw: st.DrawFn, as_of: date) -> str:
    """The table with other outcomes after a day, and moves that nobody made."""
    rows, said = [HEADER], draw(st.sampled_from([[""], ["", "0.25", "7.00"]]))
    for row in ROWS:
        day, kind, lower, upper, basis = row.split(",")
        if day > f"{as_of}":
            if kind == "unscheduled" and draw(st.booleans()):
                continue
            upper = draw(st.sampled_from(said))
            lower = upper
        rows.append(f"{day},{kind},{lower},{upper},{basis}")
    return "\n".join(rows)


def world(as_of: date, steps: list[int]) -> Panel:
    """A panel up to a day, whose range moves by quarter points every 45 days."""
    index = pd.date_range(date(2008, 12, 16), as_of)
    upper = pd.Series(
        [0.25 + 0.25 * sum(steps[: n // 45 % 200]) for n in range(len(index))], index=index
    )
    rate = upper - 0.12
    series = {"DFEDTARU": upper, "DFEDTARL": upper - 0.25, "DFF": rate[:-1]} if len(index) else {}
    return Panel(as_of, series, {}, ())


@given(st.data(), days, st.lists(st.integers(-2, 3), max_size=30))
def test_scrambling_the_table_after_a_day_changes_nothing_on_it(
    data: st.DataObject, as_of: date, steps: list[int]
) -> None:
    panel = world(as_of, steps)
    before = fomc.decisions(panel), fomc.target(panel), fomc.disagreements(panel)
    table = fomc._parsed(data.draw(scrambled(as_of)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fomc, "_table", lambda: table)
        assert (fomc.decisions(panel), fomc.target(panel), fomc.disagreements(panel)) == before


@given(days, st.lists(st.integers(-2, 3), max_size=30))
def test_decisions_are_in_order_and_their_changes_add_up(as_of: date, steps: list[int]) -> None:
    found = fomc.decisions(world(as_of, steps))
    when = [held.day for held in found]
    assert when == sorted(set(when))
    assert all(day <= as_of for day in when)
    known = [held for held in found if held.upper is not None]
    if known:
        assert known == list(found[: len(known)])
        moved = sum(held.change or 0 for held in known)
        assert moved == (known[-1].upper or 0) - (known[0].upper or 0)


@given(days, days, st.integers(0, 1500))
def test_what_is_coming_only_ever_gets_shorter(one: date, other: date, span: int) -> None:
    early, late = sorted((one, other))
    until = late + span * DAY
    gone = set(fomc.coming(early, until)) - set(fomc.coming(late, until))
    assert set(fomc.coming(late, until)) <= set(fomc.coming(early, until))
    assert {day for day in gone if day > late} <= {date(2020, 3, 18)}  # the cancelled meeting


@given(st.dates(date(1985, 1, 1), date(2045, 12, 31)))
def test_eight_meetings_come_in_any_year(as_of: date) -> None:
    found = fomc.coming(as_of, as_of + 364 * DAY)
    assert 7 <= len(found) <= 9
    assert all(as_of < day <= as_of + 364 * DAY for day in found)
