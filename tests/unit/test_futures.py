"""The user's own file of federal funds futures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain import Finding, Settlements
from monitor.sources import futures

DAY = date(2026, 9, 18)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
BOTH = {OCTOBER: 96.105, NOVEMBER: 95.975}
HEAD = "date,contract,price\n"
GOOD = f"{HEAD}2026-09-18,2026-10,96.105\n2026-09-18,2026-11,95.975\n"


def alone(
    found: tuple[tuple[Settlements, ...], tuple[Finding, ...]],
) -> tuple[Settlements | None, tuple[Finding, ...]]:
    settlements, findings = found
    return next(iter(settlements), None), findings


def parse(text: str, day: date = DAY) -> tuple[Settlements | None, tuple[Finding, ...]]:
    return alone(futures.parse("zq.csv", text.encode(), day))


def prices(text: str, day: date = DAY) -> dict[date, float]:
    """The prices of a file with which nothing is wrong."""
    settlements, findings = parse(text, day)
    assert findings == ()
    assert settlements is not None
    return dict(settlements.prices)


def told(text: str, day: date = DAY) -> list[str]:
    """What is said about a file; whoever reads it must be able to tell where it comes from."""
    findings = parse(text, day)[1]
    for finding in findings:
        assert finding.message.startswith("Federal funds futures: zq.csv: ")
        assert finding.message.endswith(".")
        assert "\n" not in finding.message
        assert finding.severity == "warning"
    return [finding.message.removeprefix("Federal funds futures: zq.csv: ") for finding in findings]


# ------------------------------------------------------------------------------------- good files
@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", "\r\n"),
        "\ufeff" + GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace("\n", "\n\n"),
        GOOD.replace("2026-10", "ZQV6").replace("2026-11", "zqx26"),
        "Price , DATE,volume,Contract\n96.105,2026-09-18,14501,ZQV6\n95.975, 2026-09-18,,ZQX6\n",
        f'{HEAD}"2026-09-18","2026-10","96.105"\n2026-09-18,2026-11,95.975',
        f"{GOOD}2026-09-18,2026-10,96.1050\n",
        f"{GOOD}2026-09-18,2026-12,\n",
    ],
    ids=["plain", "CRLF", "BOM", "semicolons", "blank lines", "codes", "columns in another order",
         "quoted", "a line twice", "a contract without a price"],
)  # fmt: skip
def test_a_file_is_read_however_it_is_written(text: str) -> None:
    assert prices(text) == BOTH


def test_the_settlements_say_day_and_file(tmp_path: Path) -> None:
    path = tmp_path / "zq.csv"
    path.write_text(GOOD)
    settlements, findings = alone(futures.read(path, date(2026, 9, 21)))
    assert settlements == Settlements(DAY, "zq.csv", BOTH)
    assert findings == ()


def test_the_newest_day_up_to_the_one_asked_for_counts_and_no_later_one() -> None:
    later = "2026-09-21,ZQV6,96.2\n"
    text = f"{HEAD}{later}2026-09-18,ZQV6,96.105\n2026-09-17,ZQV6,96.11\n2026-09-17,ZQX6,95.98\n"
    assert prices(text, date(2026, 9, 17)) == {OCTOBER: 96.11, NOVEMBER: 95.98}
    assert prices(text, date(2026, 9, 20)) == {OCTOBER: 96.105}
    assert prices(text, date(2026, 9, 21)) == {OCTOBER: 96.2}


@pytest.mark.parametrize("later", ["ZQV6,999", "ZQV6", "nonsense,x,y,z", "ZQU6,96.25"])
def test_what_is_written_on_a_later_day_changes_nothing(later: str) -> None:
    assert parse(f"{GOOD}2026-09-21,{later}\n") == parse(GOOD)


def test_a_month_that_is_over_keeps_the_last_price_of_its_end() -> None:
    text = (
        f"{HEAD}2026-07-15,ZQN6,96.36\n2026-08-30,ZQQ6,96.37\n2026-08-31,ZQQ6,96.3675\n"
        "2026-09-17,ZQU6,96.25\n2026-09-18,ZQV6,96.105\n"
    )
    # The last price of July is of its middle, and what September will average is not settled yet.
    assert prices(text) == {date(2026, 8, 1): 96.3675, OCTOBER: 96.105}


def test_the_final_settlement_of_a_month_may_come_in_the_next() -> None:
    text = f"{HEAD}2026-10-01,ZQU6,96.2532\n2026-09-30,ZQU6,96.2525\n2026-09-30,ZQV6,96.11\n"
    assert prices(text, date(2026, 9, 30)) == {date(2026, 9, 1): 96.2525, OCTOBER: 96.11}
    # It is the newest price, but none of a month still to end, and says nothing of October.
    assert prices(text, date(2026, 10, 1)) == {date(2026, 9, 1): 96.2525, OCTOBER: 96.11}
    more = f"{text}2026-10-01,ZQV6,96.1\n"
    assert prices(more, date(2026, 10, 1)) == {date(2026, 9, 1): 96.2532, OCTOBER: 96.1}


@pytest.mark.parametrize(
    ("code", "day", "month"),
    [
        ("ZQF7", "2026-09-18", date(2027, 1, 1)),
        ("ZQF27", "2026-09-18", date(2027, 1, 1)),
        ("ZQZ9", "2026-09-18", date(2029, 12, 1)),
        ("ZQF0", "2026-09-18", date(2030, 1, 1)),
        ("ZQZ6", "2027-01-04", date(2026, 12, 1)),
        ("ZQZ99", "1999-11-01", date(1999, 12, 1)),
        ("ZQF00", "1999-11-01", date(2000, 1, 1)),
    ],
)
def test_a_code_means_the_first_such_month_that_was_listed(
    code: str, day: str, month: date
) -> None:
    assert futures._contract(code, date.fromisoformat(day)) == month


# -------------------------------------------------------------------------------------- bad lines
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("18.09.2026,2026-12,95.8", "'18.09.2026' is not a date: write dates as YYYY-MM-DD"),
        ("2026-02-30,2026-12,95.8", "'2026-02-30' is not a date"),
        ("0001-01-01,2026-12,95.8", "no such futures yet: correct the date"),
        ("2026-09-18,0000-12,95.8", "write its month as 2026-10 or its code as ZQV6"),
        ("2026-09-18,2026-13,95.8", "'2026-13' is not a contract"),
        ("2026-09-18,SR3Z6,95.8", "'SR3Z6' is not a contract"),
        ("2026-09-18,,95.8", "'' is not a contract"),
        ("2026-09-18,ZQQ6,96.4", "on 2026-09-18 there was no contract ZQQ6"),
        ("2026-09-18,2026-08,96.4", "there was no contract 2026-08"),
        ("2026-09-18,2062-12,95.8", "there was no contract 2062-12: correct the date or"),
        ("2026-09-18,2026-12,4.165", "the price 4.165 is not between 75 and 102: write it as"),
        ("2026-09-18,2026-12,9583.5", "the price 9583.5 is not between"),
        ("2026-09-18,2026-12,95.8350B", "'95.8350B' is not a number: write decimals with a point"),
        ("2026-09-18,2026-12,nan", "'nan' is not a number"),
        ("2026-09-18,2026-12,95,835", "it has 4 columns, and the first line 3"),
        ("2026-09-18,2026-12", "it has 2 columns, and the first line 3"),
        ('2026-09-18,"2026-12,95.8', "it has 2 columns"),
        ("2026-09-18,2026-12," + "9" * 200_000, f"'{'9' * 40}' is not a number"),
        ('2026-09-18,2026-12,"' + "9" * 200_000, "it is not valid CSV: field larger"),
        ("total", "'total' is not a date"),
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_told_and_left_out(line: str, reason: str) -> None:
    text = GOOD.replace(HEAD, f"{HEAD}{line}\n")
    settlements, findings = parse(text)
    assert settlements == parse(GOOD)[0]
    assert [finding.code for finding in findings] == ["futures_line"]
    (message,) = told(text)
    assert message.startswith("line 2 is left out: ")
    assert reason in message
    assert len(message) < 300


def test_two_prices_for_one_day_and_contract_are_both_left_out() -> None:
    for text in (
        f"{GOOD}2026-09-18,ZQV6,96.2\n",
        f"{HEAD}2026-09-18,ZQV6,96.2\n{GOOD[len(HEAD) :]}",
    ):
        settlements, _ = parse(text)
        assert settlements is not None
        assert settlements.prices == {NOVEMBER: 95.975}
        (message,) = told(text)
        assert "they have two prices, 96." in message
    assert told(f"{GOOD}2026-09-18,ZQV6,96.2\n")[0].startswith("lines 2 and 4 are left out")


def test_many_bad_lines_are_counted() -> None:
    messages = told(GOOD + "x,y,z\n" * 1000)
    assert [message[:6] for message in messages] == ["line 4", "line 5", "line 6", "997 mo"]


# -------------------------------------------------------------------------------------- bad files
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no columns 'date': its first line must name the columns date, contract, price"),
        ("2026-09-18,2026-10,96.105\n", "has no columns 'date'"),
        ("date,contract,settle\n", "has no columns 'price'"),
        ("date,contract,price,Price\n", "has 2 columns 'price'"),
        ("date\tcontract\tprice\n", "has no columns 'date'"),
    ],
)
def test_a_file_without_the_columns_is_told(text: str, reason: str) -> None:
    settlements, findings = parse(text)
    assert settlements is None
    assert [finding.code for finding in findings] == ["futures_unreadable"]
    assert reason in told(text)[0]


def test_a_file_that_is_not_text_is_told() -> None:
    for content in (GOOD.encode("utf-16"), b"PK\x03\x04\xff\xfe"):
        settlements, (finding,) = alone(futures.parse("zq.xlsx", content, DAY))
        assert settlements is None
        assert "zq.xlsx: is not text in UTF-8: save it as CSV in UTF-8." in finding.message


def test_a_file_that_is_not_there_is_told_with_the_setting(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        settlements, (finding,) = alone(futures.read(path, DAY))
        assert settlements is None
        assert finding.code == "futures_unreadable"
        assert finding.message.endswith("; see futures under [policy] in the settings.")
        assert str(tmp_path.parent) not in finding.message


def test_prices_a_week_old_still_count_and_older_ones_do_not() -> None:
    assert parse(GOOD, date(2026, 9, 25)) == parse(GOOD)
    settlements, (finding,) = parse(GOOD, date(2026, 9, 26))
    assert settlements is None
    assert finding.code == "futures_stale"
    assert "up to 2026-09-26 are of 2026-09-18, more than 7 days old" in finding.message


@pytest.mark.parametrize("text", [HEAD, GOOD])
def test_a_file_without_prices_up_to_the_day_is_told(text: str) -> None:
    settlements, (finding,) = parse(text, date(2026, 9, 17))
    assert settlements is None
    assert finding.code == "futures_stale"
    assert "holds no price of 2026-09-17 or before" in finding.message


# -------------------------------------------------------------------------------------- any file
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (GOOD + text).encode()))
def test_no_file_whatever_is_in_it_stops_the_run(content: bytes) -> None:
    settlements, findings = alone(futures.parse("zq.csv", content, DAY))
    assert settlements is not None or findings
    assert all("\n" not in finding.message for finding in findings)


_line = st.builds(
    "{},{},{}\n".format,
    st.sampled_from(["2026-09-17", "2026-09-18", "2026-09-21", "soon"]),
    st.sampled_from(["ZQU6", "ZQV6", "2026-10", "ZQX26", "2026-08", "oil"]),
    st.sampled_from(["96.1", "96.2", "", "4.1"]),
)


@given(
    st.lists(_line, max_size=12).flatmap(
        lambda lines: st.tuples(st.just(lines), st.permutations(lines))
    )
)
def test_the_order_of_the_lines_does_not_matter(lines: tuple[list[str], list[str]]) -> None:
    one, other = (parse(HEAD + "".join(order)) for order in lines)
    assert one[0] == other[0]
    assert len(one[1]) == len(other[1])


def test_a_contradiction_is_told_once_however_many_lines_repeat_it() -> None:
    lines = [f"2026-09-17,ZQU6,{price}\n" for price in (96.2, 96.1, 96.1, 96.1)]
    for order in (lines, lines[::-1]):
        assert len([it for it in told(GOOD + "".join(order)) if "two prices" in it]) == 1


# --------------------------------------------------------------------------- the days before, too
def test_earlier_days_are_read_as_they_were_then_from_one_look_at_the_file() -> None:
    lines = [
        f"{settled},2026-{month},{price}\n"
        for settled, month, price in (
            ("2026-07-31", "07", 96.37), ("2026-07-31", "09", 96.30), ("2026-08-31", "08", 96.36),
            ("2026-08-31", "10", 96.10), ("2026-09-18", "10", 96.105), ("2026-09-18", "11", 95.975),
        )
    ]  # fmt: skip
    content = (HEAD + "".join(lines)).encode()
    days = [date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)]
    found, findings = futures.parse("zq.csv", content, DAY, days)
    single = [futures.parse("zq.csv", content, day)[0] for day in (*days, DAY)]
    assert [it.day for it in found] == [date(2026, 7, 31), date(2026, 8, 31), DAY]
    assert found == tuple(it for one in single for it in one)
    assert findings == ()


def test_without_a_price_of_the_day_there_is_no_record_either() -> None:
    found, (finding,) = futures.parse("zq.csv", GOOD.encode(), date(2026, 12, 1), [DAY])
    assert found == ()
    assert finding.code == "futures_stale"
