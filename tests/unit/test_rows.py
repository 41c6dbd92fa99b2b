from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.domain import Statement
from monitor.errors import SeriesUnknown, SourceMalformed, SourceRejected
from monitor.sources import rows

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
TODAY = NOW.date()
JUNE, JULY, AUGUST, SEPTEMBER = (date(2026, month, 1) for month in range(6, 10))


# --------------------------------------------------------------------------------- numbers and days
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.4", 4.4),
        (" 4.4 ", 4.4),
        ("-.5", -0.5),
        ("1e3", 1000),
        ("7.", 7),
        (".", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_publishers_write_it(text: str, value: float | None) -> None:
    assert rows.number(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "1e400", "1_000", "4,4", "٤", "0x1", "ND", "1 2"])
def test_what_is_no_finite_decimal_number_is_malformed(text: str) -> None:
    for _ in range(2):  # and is not remembered as one
        with pytest.raises(SourceMalformed, match="is not a number"):
            rows.number(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "20260901", "2026-9-1", "2026-W36-2", "2026-244", "٢٢٢٢-22-22", ""]
)
def test_what_is_no_day_is_malformed(text: str) -> None:
    with pytest.raises(SourceMalformed, match="is not a date"):
        rows.day(text)


# ------------------------------------------------------------------------------------------- tables
@pytest.mark.parametrize("header", ["observation_date", "DATE", "Date"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_of_one_series_is_read(header: str, end: str) -> None:
    text = end.join([f"{header},UNRATE", "2026-08-01,4.3", "2026-09-01,4.4", ""])
    assert rows.table(text, TODAY) == {
        "UNRATE": [(AUGUST, TODAY, 4.3), (SEPTEMBER, TODAY, 4.4)],
    }


def test_every_column_is_bound_by_its_name_whatever_the_order_of_rows_and_columns() -> None:
    text = "observation_date,B,A\n2026-09-01,2,1\n2026-08-01,4,3\n"
    assert rows.table(text, TODAY) == {
        "B": [(SEPTEMBER, TODAY, 2), (AUGUST, TODAY, 4)],
        "A": [(SEPTEMBER, TODAY, 1), (AUGUST, TODAY, 3)],
    }


def test_blanks_are_kept_between_the_values_of_their_own_column_only() -> None:
    lines = ["observation_date,A,B,C", "2026-06-01,,.,", "2026-07-01,1,,", "2026-08-01,,2,"]
    table = rows.table("\n".join([*lines, "2026-09-01,3,,"]), TODAY)
    assert [value for _, _, value in table["A"]] == [1, None, 3]
    assert [value for _, _, value in table["B"]] == [2]
    assert table["C"] == []


def test_a_column_of_a_vintage_is_known_from_its_day_and_several_come_together() -> None:
    text = (
        "observation_date,A_20260801,A_20260901,B\n"
        "2026-06-01,1,1,5\n2026-07-01,2,,6\n2026-08-01,,3,7\n2026-09-01,,,8\n"
    )
    table = rows.table(text, TODAY)
    assert list(table) == ["A", "B"]
    assert table["A"] == [
        (JUNE, AUGUST, 1),
        (JULY, AUGUST, 2),
        (JUNE, SEPTEMBER, 1),
        (JULY, SEPTEMBER, None),
        (AUGUST, SEPTEMBER, 3),
    ]


@pytest.mark.parametrize("name", ["RIFLGFCM01_N.B", "A_20261345", "_20260901", "A_2026091"])
def test_a_name_that_only_looks_like_a_vintage_is_a_name(name: str) -> None:
    assert list(rows.table(f"DATE,{name}\n2026-09-01,1\n", TODAY)) == [name]


def test_a_file_without_lines_has_columns_without_rows() -> None:
    assert rows.table("observation_date,A,B\n", TODAY) == {"A": [], "B": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the header is ''"),
        ("\n", "the header is ''"),
        ("observation_date\n2026-09-01\n", "the header is 'observation_date'"),
        ("day,A\n2026-09-01,1\n", "the header is 'day,A'"),
        ("DATE,A,\n2026-09-01,1,2\n", "the header is 'DATE,A,'"),
        ("DATE,A,A\n2026-09-01,1,1\n", "two columns of one name"),
        ("DATE,A\n2026-09-01\n", "a line of 1 columns: '2026-09-01'"),
        ("DATE,A\n2026-09-01,1,2\n", "a line of 3 columns"),
        ("DATE,A\n\n", "a line of 0 columns"),
        ('DATE,A\n2026-09-01,"1\n', "not valid CSV"),
        ("DATE,A\n2026-09-01," + "1" * 200_000 + "\n", "not valid CSV"),
        ("DATE,A\n09/01/2026,1\n", "'09/01/2026' is not a date"),
        ("DATE,A\n2026-09-01,ND\n", "'ND' is not a number"),
        ("DATE,A\n2026-09-01,\0\n", "is not a number"),
    ],
)
def test_a_text_that_is_no_such_table_is_malformed(text: str, message: str) -> None:
    with pytest.raises(SourceMalformed, match=message):
        rows.table(text, TODAY)


# ------------------------------------------------------------------------------------------ fetches
def test_a_fetch_is_a_statement_of_today_about_the_periods_it_has() -> None:
    found: list[rows.Row] = [(month, TODAY, 4.0) for month in (JULY, AUGUST, SEPTEMBER)]
    fetch = rows.fetch("fred", "UNRATE", found, NOW, since=AUGUST, raw=b"wire")
    assert [row.period for row in fetch.observations] == [AUGUST, SEPTEMBER]
    assert fetch.statements == (Statement(TODAY, TODAY, AUGUST, SEPTEMBER),)
    assert fetch.raw == b"wire"


def test_an_answer_that_cannot_be_used_is_kept_with_the_reason() -> None:
    found: list[rows.Row] = [(JULY, TODAY, 4.0), (JULY, TODAY, 4.1)]
    with pytest.raises(SourceMalformed, match="fred: UNRATE: two different values") as caught:
        rows.fetch("fred", "UNRATE", found, NOW, raw=b"wire")
    assert caught.value.raw == b"wire"


def _named(problem: SourceRejected | SourceMalformed) -> Exception:
    with pytest.raises(type(problem)) as caught, rows.named("fred", "A", b"wire"):
        raise problem
    return caught.value


def test_a_refusal_keeps_its_kind_and_is_no_bad_answer() -> None:
    named = _named(SeriesUnknown("no such series"))
    assert isinstance(named, SeriesUnknown)
    assert (str(named), named.raw) == ("fred: A: no such series", b"")


def test_an_answer_that_is_named_already_is_not_replaced() -> None:
    named = _named(SourceMalformed("cut off", b"page 2"))
    assert isinstance(named, SourceMalformed)
    assert named.raw == b"page 2"
