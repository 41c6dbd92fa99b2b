"""The odds of policy, as their user calls them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

DAY = "2019-12-20"
MOVES = ("cut", "hold", "hike")

# Of the shape of that December: no move in January, a cut by the end of the year half priced.
MONTHS = {
    "2019-12": 98.450, "2020-01": 98.450, "2020-02": 98.455, "2020-03": 98.460, "2020-04": 98.475,
    "2020-05": 98.490, "2020-06": 98.500, "2020-07": 98.520, "2020-08": 98.530, "2020-09": 98.545,
    "2020-10": 98.560, "2020-11": 98.570, "2020-12": 98.580, "2021-01": 98.590, "2021-02": 98.600,
}  # fmt: skip


@pytest.fixture(scope="module")
def prices(made_once: Callable[..., Path]) -> Callable[..., str]:
    """A function that writes prices of futures, a day's all alike, and returns the file."""

    def write(*days: str, steeper: float = 0.0) -> str:
        rows = [
            f"{day},{month},{price + steeper * ahead:.4f}"
            for day in days
            for ahead, (month, price) in enumerate(MONTHS.items())
        ]
        text = "\n".join(["date,contract,price", *rows, ""])

        def make(folder: Path) -> None:
            (folder / "futures.csv").write_text(text)

        # The same prices in the same place, so that what was asked of them is known.
        name = f"prices-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        return str(made_once(name, make) / "futures.csv")

    return write


def asked(program: Any, day: str = DAY, **environment: str) -> Any:
    done = program("policy", "--as-of", day, "--json", **environment)
    assert (done.code, done.err) == (3, "")
    return done.document


def test_the_document_has_odds_that_add_up_at_every_horizon_and_meeting(reader: Any) -> None:
    document = asked(reader)
    assert (document["schema"], document["as_of"], document["degraded"]) == (1, DAY, True)
    assert document["model_id"].startswith("policy/")
    target = document["target"]
    assert (target["lower"], target["upper"], target["inferred"]) == (1.5, 1.75, False)
    assert (target["effective"], target["effective_period"]) == (1.55, "2019-11-01")
    assert target["effective_series"] == "FEDFUNDS"
    for horizon in ("1", "3", "6", "12"):
        assert sum(document[move][horizon] for move in MOVES) == pytest.approx(1, abs=3e-6)
        assert document["any_hike"][horizon] >= document["hike"][horizon]
        low, high = document["interval"]["cut"][horizon]
        assert low <= document["cut"][horizon] <= high
    for name in ("cut", "lower_bound", "qe"):
        odds = [*document[name].values()]
        assert odds == sorted(odds)
    assert all(point["low"] <= point["mean"] <= point["high"] for point in document["path"][1:])
    days = [meeting["day"] for meeting in document["meetings"]]
    assert days[:2] == ["2020-01-29", "2020-03-18"]
    for meeting in document["meetings"]:
        assert sum(meeting["odds"].values()) == pytest.approx(1, abs=3e-6)
        assert sum(meeting["target"].values()) == pytest.approx(1, abs=1e-4)
        assert all(float(upper) >= 0.25 for upper in meeting["target"])
    assert (document["bound"]["bound"], document["bound"]["room"]) == (0.0, 1.5)
    assert document["at_bound"]["arrivals"] == document["at_bound"]["followed"] == 1
    assert document["stance"] == "cut_first"
    assert document["why"]
    assert (document["market"], document["weight"]) == (None, 0.0)


def test_the_assessment_carries_the_same_odds_the_regime_and_the_channels(reader: Any) -> None:
    odds = asked(reader)
    document = reader("score", "--as-of", DAY, "--json").document
    assert document["policy"].items() <= odds.items()
    assert document["findings"] == odds["findings"]
    assert document["model_id"].endswith(f"; {odds['model_id']}")
    alone = reader("channels", "--as-of", DAY, "--json").document["channels"]
    assert document["channels"] == alone
    assert len(alone) == 7
    spans = reader("regimes", "--as-of", DAY, "--json").document["regimes"]
    sheet = document["balance_sheet"]
    assert (sheet["regime"], sheet["since"]) == (spans[-1]["regime"], spans[-1]["start"])
    assert [it["text"] for it in sheet["evidence"]] == spans[-1]["evidence"]
    assert sheet["basis"] == spans[-1]["basis"]


def test_the_words_carry_the_figures_of_the_document(reader: Any) -> None:
    document, text = asked(reader), reader("policy", "--as-of", DAY).out
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 100
    assert "target 1.50 to 1.75 %" in lines[0]
    for label, name in (
        ("a cut", "cut"), ("neither", "hold"), ("a hike and no cut", "hike"),
        ("at the lower bound", "lower_bound"), ("QE", "qe"),
    ):  # fmt: skip
        (row,) = [it for it in lines if it.startswith(f"{label}  ")]
        cells = [cell for cell in row.removeprefix(label).split() if cell != "-"]
        assert cells == [f"{p:.1%}" for p in document[name].values()]
    (row,) = [it for it in lines if it.startswith("target, %, middle")]
    assert row.split()[3:] == [f"{point['mean']:.2f}" for point in document["path"]]
    for meeting in document["meetings"]:
        (row,) = [it for it in lines if it.startswith(meeting["day"])]
        assert row.split()[1:4] == [f"{meeting['odds'][move]:.1%}" for move in MOVES]
    told = " ".join(text.split())
    assert all(reason in told for reason in document["why"])
    for finding in document["findings"]:
        assert finding["severity"] == "info" or finding["message"] in told


def test_the_score_tells_odds_stance_and_regime_in_a_line_each(reader: Any) -> None:
    document = asked(reader)
    lines = reader("score", "--as-of", DAY).out.splitlines()
    (fed,) = [line for line in lines if line.startswith("Fed: cut first;")]
    for name in (*MOVES, "qe"):
        assert f"{document[name]['12']:.1%}" in fed
    assert "Balance sheet: reserve management since 2019-10-11." in lines


def test_at_the_bound_with_purchases_under_way_the_stance_says_so(reader: Any) -> None:
    document = asked(reader, "2020-06-30")
    assert document["stance"] == "qe_active"
    assert document["qe"] == {"12": 1.0, "24": 1.0}
    assert document["bound"]["room"] == 0
    assert "no room to cut is left" in reader("policy", "--as-of", "2020-06-30").out


def test_prices_of_futures_bring_odds_of_the_market_with_their_conventions(
    reader: Any, prices: Any
) -> None:
    alone = asked(reader)
    path = prices("2019-12-19")
    pooled = asked(reader, RECESSION_MONITOR_POLICY__FUTURES=path)
    market = pooled["market"]
    assert (market["settled"], market["source"]) == ("2019-12-19", "futures.csv")
    assert "meetings independent" in market["conventions"]
    assert 0 < pooled["weight"] <= 1
    between = sorted([alone["cut"]["3"], market["moves"]["3"]["cut"]])
    assert between[0] < pooled["cut"]["3"] < between[1]
    text = reader("policy", "--as-of", DAY, RECESSION_MONITOR_POLICY__FUTURES=path).out
    assert max(len(line) for line in text.splitlines()) <= 100
    assert market["conventions"] in " ".join(text.split())
    assert f"their weight in the odds is {pooled['weight']:.0%}" in " ".join(text.split())


def test_prices_of_later_days_change_nothing(reader: Any, prices: Any) -> None:
    known = asked(reader, RECESSION_MONITOR_POLICY__FUTURES=prices("2019-12-19"))
    later = prices("2019-12-19", "2019-12-23", "2020-02-28")
    assert asked(reader, RECESSION_MONITOR_POLICY__FUTURES=later) == known
    other = prices("2019-12-19", steeper=0.01)
    assert asked(reader, RECESSION_MONITOR_POLICY__FUTURES=other)["cut"] != known["cut"]


def test_other_prices_are_other_inputs(reader: Any, prices: Any) -> None:
    def print_of(**settings: str) -> str:
        document = reader("score", "--as-of", DAY, "--json", **settings).document
        return str(document["inputs_sha256"])

    prints = [
        print_of(),
        print_of(RECESSION_MONITOR_POLICY__FUTURES=prices("2019-12-19")),
        print_of(RECESSION_MONITOR_POLICY__FUTURES=prices("2019-12-19", steeper=0.01)),
    ]
    assert len(set(prints)) == 3


def test_old_prices_and_a_file_that_is_not_there_are_told_once_and_not_used(
    reader: Any, prices: Any
) -> None:
    ends = [f"2019-{month:02}-28" for month in range(1, 12)]
    for path, code in ((prices(*ends), "futures_stale"), ("nowhere.csv", "futures_unreadable")):
        document = asked(reader, RECESSION_MONITOR_POLICY__FUTURES=path)
        assert (document["market"], document["weight"]) == (None, 0.0)
        codes = [finding["code"] for finding in document["findings"]]
        assert codes.count(code) == 1


def test_the_bound_and_the_reversal_rate_are_the_users(reader: Any) -> None:
    document = asked(
        reader,
        RECESSION_MONITOR_POLICY__LOWER_BOUND="-0.5",
        RECESSION_MONITOR_POLICY__REVERSAL_RATE="0.75",
    )
    assert document["bound"]["room"] == 2.0
    assert document["bound"]["reversal_rate"] == 0.75
    assert document["lower_bound"]["12"] < asked(reader)["lower_bound"]["12"]


def test_a_day_on_which_nothing_can_be_told_ends_with_4(reader: Any) -> None:
    reader("policy", "--as-of", "1954-01-15").refused(4, "1954-01-15", "pull FEDFUNDS")
    reader("policy", "--as-of", "1954-01-15", "--json").refused_as_document(4, "policy rate")
    # The assessment of that day is made all the same.
    document = reader("score", "--as-of", "1954-01-15", "--json").document
    assert document["policy"] == {"target": {"effective": None}}
    assert "no_policy_odds" in {finding["code"] for finding in document["findings"]}


def test_with_answers_of_the_publishers_the_range_is_theirs(online: Any, publishers: Any) -> None:
    done = online("policy", "--json")
    assert done.code in (0, 3)
    day, upper = publishers.newest("DFEDTARU")
    assert done.document["target"]["upper"] == upper
    assert day <= date.fromisoformat(done.document["as_of"])
