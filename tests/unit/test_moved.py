# ruff: noqa: RUF001 - the typographic minus is what is tested
"""Why the headline moved, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import pipeline
from monitor.config import Settings
from monitor.digest import moved
from monitor.digest.blocks import Block, Items, Paragraph, Table
from monitor.digest.wording import EN
from monitor.domain import (
    HEADLINE_HORIZON,
    Assessment,
    Moved,
    News,
    NewsKind,
    Previous,
    TurningPoint,
)
from monitor.store import Store

SINCE, OCTOBER = date(2026, 11, 20), date(2026, 10, 1)


def part(kind: NewsKind, points: float, series: str | None = None, **known: Any) -> News:
    values = {"period": None, "periods": 0, "before": None, "after": None} | known
    return News(kind, series, points=points, **values)


def released(series: str, points: float, **known: Any) -> News:
    values = {"period": OCTOBER, "periods": 1, "before": 4.0, "after": 4.1} | known
    return part("release", points, series, **values)


TIME, REFIT = part("time", 0.004), part("refit", -0.002)
SPREAD = (released("GS10", 0.009), released("TB3MS", 0.007))


def told(base: Assessment, before: float, *news: News, replayed: bool = False) -> Assessment:
    """The assessment with a headline that has moved from a number by the points of its news."""
    after = before + sum(it.points for it in news)
    probability = {**base.recession.probability, HEADLINE_HORIZON: after}
    return replace(
        base,
        recession=replace(base.recession, probability=probability),
        previous=Previous(
            SINCE, {HEADLINE_HORIZON: before}, base.model_id, told=not replayed,
            regime=base.regime and base.regime.kind, spread=base.inversion.value,
        ),
        moved=Moved(SINCE, before, after, told=not replayed, news=news),
    )  # fmt: skip


def one(line: str) -> tuple[str, ...]:
    return (line,)


def table(found: tuple[Block, ...]) -> Table:
    (only,) = (block for block in found if isinstance(block, Table))
    return only


def notes(found: tuple[Block, ...]) -> str:
    return " ".join(line for block in found if isinstance(block, Items) for line in block.items)


@pytest.fixture
def today(factories: ModuleType) -> Assessment:
    made: Assessment = factories.today()
    return made


# ------------------------------------------------------------------------------------ first screen
def test_the_change_is_that_of_the_printed_numbers_with_its_largest_parts(
    today: Assessment,
) -> None:
    assert moved.answer(EN, told(today, 0.0410, TIME, *SPREAD, REFIT)) == one(
        "Up 2 pp since 20 Nov 2026, from 4% to 6%: the spread of Oct 2026 +1.6 pp, time +0.4 pp"
        " and re-estimation −0.2 pp."
    )


def test_what_was_never_told_is_compared_with_in_so_many_words(today: Assessment) -> None:
    fell = told(today, 0.30, part("time", -0.08), replayed=True)
    assert moved.answer(EN, fell) == one(
        "Against what would have been said on 20 Nov 2026, down 8 pp, from 30% to 22%: time"
        " −8.0 pp."
    )


def test_no_change_is_told_shortly_unless_large_parts_cancel_out(today: Assessment) -> None:
    assert moved.answer(EN, told(today, 0.041, TIME, part("refit", -0.003))) == (
        "No change since 20 Nov 2026: 4% then and now.",
    )
    cancel = told(today, 0.041, part("time", 0.031), released("GS10", -0.029))
    assert moved.answer(EN, cancel) == one(
        "No change since 20 Nov 2026, 4% then and now: time +3.1 pp and the spread of Oct 2026"
        " −2.9 pp."
    )


def test_a_number_of_another_model_is_named_as_such(today: Assessment) -> None:
    (line,) = moved.answer(EN, told(today, 0.10, part("model", 0.05), TIME))
    assert "a change of the models +5.0 pp" in line


@pytest.mark.parametrize("kind", ["peak", "trough"])
def test_an_announcement_is_named_by_what_it_dates(today: Assessment, kind: Any) -> None:
    month = date(2026, 6, 1)
    announced = part("release", -0.2, "NBER", period=month, periods=1)
    base = told(today, 0.5, announced)
    last = TurningPoint(kind, month, SINCE)
    known = replace(base, recession=replace(base.recession, last_turning_point=last))
    assert f"NBER's {kind} of Jun 2026 −20.0 pp" in moved.answer(EN, known)[0]
    assert "NBER's chronology to Jun 2026 −20.0 pp" in moved.answer(EN, base)[0]


def test_several_months_and_days_are_told_to_the_newest(today: Assessment) -> None:
    months = told(today, 0.1, released("GS10", 0.02, periods=3))
    assert "the spread up to Oct 2026 +2.0 pp" in moved.answer(EN, months)[0]
    close = told(today, 0.1, released("DGS10", 0.02, period=date(2026, 11, 19)))
    assert "the spread of 19 Nov 2026 +2.0 pp" in moved.answer(EN, close)[0]


def test_without_an_earlier_digest_or_one_that_can_be_compared_that_is_said(
    today: Assessment,
) -> None:
    assert moved.answer(EN, replace(today, previous=None)) == (
        "There is no earlier digest to compare with.",
    )
    other = replace(today, previous=Previous(SINCE, {12: 0.9}, "pool/0"))
    assert moved.answer(EN, other)[0] == "There is nothing to compare the probability with."
    # Compared and not split: the number alone.
    assert moved.answer(EN, today)[0] == "No change since 20 Nov 2026: 10% then and now."


def test_what_else_moved_by_a_whole_point_follows(today: Assessment) -> None:
    base, policy = told(today, 0.04, TIME), today.policy
    assert policy
    assert base.previous
    assert len(moved.answer(EN, base)) == 1
    same = replace(
        base.previous,
        cut=policy.cut, hike=policy.hike, qe=policy.qe, policy_model_id=today.policy_model_id,
    )  # fmt: skip
    assert len(moved.answer(EN, replace(base, previous=same))) == 1
    other = replace(
        same, cut={**policy.cut, 12: policy.cut[12] + 0.1}, regime="qt", spread=-0.1,
    )  # fmt: skip
    assert moved.answer(EN, replace(base, previous=other))[1] == (
        "Also changed: a cut within 12 months from 47% to 37%, the balance sheet from run-off (QT)"
        " to reserve management and the curve, no longer inverted."
    )
    older = replace(other, policy_model_id="policy/0", regime=None, spread=None)
    assert len(moved.answer(EN, replace(base, previous=older))) == 1


# -------------------------------------------------------------------------------------- the details
def test_the_table_names_each_part_and_adds_up(today: Assessment) -> None:
    found = moved.blocks(EN, told(today, 0.041, TIME, *SPREAD, REFIT))
    assert table(found).rows == (
        ("New: Oct 2026", "GS10", "4.00% → 4.10%", "+0.9"),
        ("New: Oct 2026", "TB3MS", "4.00% → 4.10%", "+0.7"),
        ("Time", "–", "–", "+0.4"),
        ("Re-estimation", "–", "–", "−0.2"),
        ("Together", "–", "–", "+1.8"),
    )
    told_apart = notes(found)
    for word in ("New figures", "Time", "Re-estimation"):
        assert word in told_apart
    assert "Other model" not in told_apart
    assert "stored" not in told_apart


def test_a_revision_shows_both_values_and_a_withdrawn_one_none(today: Assessment) -> None:
    single = part("revision", 0.02, "GS10", period=OCTOBER, periods=1, before=4.0, after=4.25)
    many = replace(single, series="TB3MS", periods=4, after=None)
    rows = table(moved.blocks(EN, told(today, 0.1, single, many))).rows
    assert rows[0] == ("Revised: Oct 2026", "GS10", "4.00% → 4.25%", "+2.0")
    assert rows[1][:3] == ("Revised: 4 periods to Oct 2026", "TB3MS", "4.00% → –")


def test_where_every_part_rounds_to_nothing_one_sentence_says_so(today: Assessment) -> None:
    still = told(today, 0.041, part("time", 3e-5), released("GS10", 0.0), replayed=True)
    assert moved.blocks(EN, still) == (
        Paragraph(
            "Nothing has moved the 12-month probability since 20 Nov 2026: it is 4%. No digest of"
            " 20 Nov 2026 is stored; the comparison is with what it would have said."
        ),
    )


def test_without_parts_the_section_says_what_the_first_screen_says(today: Assessment) -> None:
    (said,) = moved.blocks(EN, replace(today, moved=None))
    assert said == Paragraph("No change since 20 Nov 2026: 10% then and now.")
    (first,) = moved.blocks(EN, replace(today, moved=None, previous=None))
    assert first == Paragraph("There is no earlier digest to compare with.")


@given(points=st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=6))
def test_what_is_printed_adds_up_whatever_the_parts(
    factories: ModuleType, points: list[float]
) -> None:
    news = [part("time", points[0]), *(released("GS10", it) for it in points[1:])]
    found = moved.blocks(EN, told(factories.today(), 0.5, *news))
    if isinstance(found[0], Paragraph):
        return
    *parts, together = [float(row[-1].replace("−", "-")) for row in table(found).rows if row[-1]]
    assert sum(parts) == pytest.approx(together, abs=1e-9)
    assert together == pytest.approx(100 * sum(points), abs=0.0501)
    for printed, exact in zip(parts, sorted(points, key=abs, reverse=True), strict=False):
        assert printed == pytest.approx(100 * exact, abs=0.1001)


# ---------------------------------------------------------------------------------------- real days
def test_on_the_day_of_an_announcement_the_digest_says_what_it_did(history: Store) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = pipeline.score(history, Settings(), date(2020, 6, 8), now).assessment
    assert moved.answer(EN, made)[0] == (
        "Against what would have been said on 5 Jun 2020, down 56 pp, from 65% to 9%: NBER's peak"
        " of Feb 2020 −55.4 pp and time −0.3 pp."
    )
    assert table(moved.blocks(EN, made)).rows[0][0] == "NBER's peak of Feb 2020"
