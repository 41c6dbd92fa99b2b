# ruff: noqa: RUF001 - the typographic minus is what is tested
from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import ModuleType

import pytest

from monitor.digest.blocks import Figure, Items, Paragraph, Section, Table
from monitor.digest.view import DigestView, build
from monitor.digest.wording import EN
from monitor.domain import Gauge


def section(view: DigestView, anchor: str) -> Section:
    return next(part for part in view.sections if part.anchor == anchor)


def tables(view: DigestView, anchor: str) -> list[Table]:
    return [block for block in section(view, anchor).blocks if isinstance(block, Table)]


def prose(view: DigestView, anchor: str) -> str:
    words = []
    for block in section(view, anchor).blocks:
        if isinstance(block, Paragraph):
            words.append(block.text)
        elif isinstance(block, Items):
            words += block.items
    return " ".join(words)


def fed(view: DigestView) -> tuple[str, ...]:
    return next(answer.sentences for answer in view.answers if answer.question == "The Fed")


@pytest.fixture
def cutting(factories: ModuleType) -> DigestView:
    return build(EN, factories.cutting(), factories.history(date(2019, 11, 1)))


@pytest.fixture
def hiking(factories: ModuleType) -> DigestView:
    return build(EN, factories.today(), factories.history())


@pytest.fixture
def at_bound(factories: ModuleType) -> DigestView:
    return build(EN, factories.in_recession(), factories.history(date(2008, 12, 1)))


@pytest.fixture
def silent(factories: ModuleType) -> DigestView:
    return build(EN, factories.inverted(), factories.inverted_history())


# ------------------------------------------------------------------------------------ first screen
def test_before_easing_the_first_screen_gives_stance_target_odds_of_a_cut_and_of_qe(
    cutting: DigestView,
) -> None:
    assert fed(cutting) == (
        "Cut first, then QE. The target is 1.50% to 1.75%, as decided on 11 Dec 2019.",
        (
            "A cut: 54% within 3 months, 82% within 12 (80% interval 73% to 90%). QE within 12: "
            "23% (11% to 35%)."
        ),
        "The target lies 1.50 points above the lower bound of 0.00 percent: cuts come first.",
    )


def test_where_hikes_are_likelier_they_come_first_and_an_inferred_target_says_so(
    hiking: DigestView,
) -> None:
    assert fed(hiking) == (
        "Tightening. The target is inferred: 3.75% to 4.00%.",
        (
            "Hikes and no cut: 64% within 3 months, 56% within 12 (80% interval 52% to 60%). A cut:"
            " 11% and 37%. QE within 12: 4%."
        ),
        "The last move was a hike of 25 bp on 16 Sep 2026.",
    )
    assert "The outcome of the newest meeting is not known." in prose(hiking, "fed")


def test_at_the_bound_with_purchases_running_neither_cut_nor_qe_is_rated(
    at_bound: DigestView,
) -> None:
    assert fed(at_bound) == (
        "Buying assets. The target is 0.00% to 0.25%, as decided on 10 Jun 2020.",
        "No room to cut. A hike: 2% within 3 months, 5% within 12.",
        "QE4 is under way.",
    )


def test_at_the_bound_without_purchases_qe_is_rated(factories: ModuleType) -> None:
    base = factories.in_recession()
    policy = replace(base.policy, stance="at_lower_bound", qe={12: 0.4, 24: 0.6}, why=())
    stance, odds = fed(build(EN, replace(base, policy=policy), factories.history()))
    assert stance.startswith("At the lower bound. ")
    assert odds.endswith(" QE within 12: 40%.")


def test_without_odds_the_rate_is_told_as_far_as_it_is_known(
    silent: DigestView, factories: ModuleType
) -> None:
    none = "No odds of policy can be given for this day."
    assert fed(silent) == (
        none,
        (
            "The effective federal funds rate was 3.75% in Sep 2026, +0.12 pp over 3 months and "
            "−0.47 pp over 12 months."
        ),
    )
    assert prose(silent, "fed") == " ".join(fed(silent))
    assert tables(silent, "fed") == []
    base = factories.inverted()
    gauge = Gauge(1.0, "percent", date(1954, 7, 1), None, None)
    alone = build(
        EN, replace(base, watch=replace(base.watch, policy_rate=gauge)), factories.history()
    )
    assert fed(alone)[1] == "The effective federal funds rate was 1.00% in Jul 1954."
    nothing = build(EN, factories.bare(), factories.no_history())
    assert fed(nothing) == (none, "The policy rate is not known for this day.")
    assert section(nothing, "fed").blocks == (Paragraph(" ".join(fed(nothing))),)


def test_a_rate_that_stands_in_for_the_target_is_called_that(factories: ModuleType) -> None:
    base = factories.cutting()
    target = replace(base.policy.target, lower=8.27, upper=8.27, since=None, inferred=True)
    view = build(EN, replace(base, policy=replace(base.policy, target=target)), factories.history())
    assert "No target is known; the effective rate of 8.27% stands in." in fed(view)[0]
    assert "newest meeting" not in prose(view, "fed")


# ------------------------------------------------------------------------------------ odds and path
def test_the_odds_stand_by_horizon_with_their_intervals_and_the_path(cutting: DigestView) -> None:
    table = tables(cutting, "fed")[0]
    assert [column.title for column in table.columns] == ["Within", "1 m", "3 m", "6 m", "12 m"]
    assert table.rows == (
        ("Cut", "4%", "54%", "69%", "82%"),
        ("Cut, 80% interval", "3% to 5%", "45% to 63%", "57% to 79%", "73% to 90%"),
        ("Hold", "96%", "44%", "27%", "13%"),
        ("Hike, no cut", "<1%", "2%", "4%", "6%"),
        ("Hike, 80% interval", "<1% to <1%", "1% to 3%", "2% to 7%", "2% to 10%"),
        ("Target, mean, %", "1.61", "1.35", "1.12", "0.84"),
        ("Target, 80% range, %", "1.63 to 1.63", "0.88 to 1.63", "0.38 to 1.63", "0.13 to 1.63"),
    )


def test_without_intervals_or_path_none_is_invented(factories: ModuleType) -> None:
    base = factories.cutting()
    policy = replace(base.policy, interval={}, path=(), meetings=())
    view = build(EN, replace(base, policy=policy), factories.history())
    odds, bound, _ = tables(view, "fed")
    assert [row[0] for row in odds.rows] == [
        "Cut", "Hold", "Hike, no cut", "Target, mean, %", "Target, 80% range, %",
    ]  # fmt: skip
    assert odds.rows[-1][1:] == ("–",) * 4
    assert [row[0] for row in bound.rows] == ["Lower bound", "QE"]
    assert "interval" not in fed(view)[1]


def test_the_next_meetings_have_odds_and_the_likeliest_target(cutting: DigestView) -> None:
    table = tables(cutting, "fed")[1]
    assert table.columns[0].title == "Meeting"
    assert table.rows == (
        ("29 Jan 2020", "37%", "62%", "1%", "1.75% (60%)"),
        ("18 Mar 2020", "31%", "67%", "2%", "1.75% (44%)"),
    )


def test_months_that_stand_for_meetings_are_not_given_a_day(at_bound: DigestView) -> None:
    table = tables(at_bound, "fed")[1]
    assert table.columns[0].title == "Month"
    assert "months, which stand for meetings" in table.caption
    assert table.rows[0][0] == "Jan 2020"
    assert "learnt from 368 months of the effective rate" in prose(at_bound, "fed")


def test_bound_and_qe_have_odds_and_what_they_rest_on(
    cutting: DigestView, hiking: DigestView, factories: ModuleType
) -> None:
    bound, rest = tables(cutting, "fed")[2:]
    assert bound.rows == (
        ("Lower bound", "32%", "62%"),
        ("Bound, 80% interval", "20% to 45%", "49% to 74%"),
        ("QE", "23%", "42%"),
        ("QE, 80% interval", "11% to 35%", "20% to 62%"),
    )
    assert rest.rows == (
        ("Room to cut", "1.50 pp", "to a lower bound of 0.00%"),
        ("Past easings as deep", "9 of 9", "recessions whose easing is known; mean 4.87 pp"),
        ("QE with arrivals at the bound", "1 of 1", "announced within a quarter"),
        (
            "Odds of QE given the bound", "67%",
            "Beta mean, uniform prior; 90% interval 22% to 97%",
        ),
    )  # fmt: skip
    assert "reversal" not in repr(section(cutting, "fed")).lower()
    assert tables(hiking, "fed")[3].rows[-1] == (
        "Reversal rate", "0.50%", "a setting; below it a cut is held to tighten",
    )  # fmt: skip
    none = replace(factories.cutting_odds().at_bound, arrivals=0, followed=0, mean=0.5)
    policy = replace(factories.cutting_odds(), at_bound=none)
    view = build(EN, replace(factories.cutting(), policy=policy), factories.history())
    assert tables(view, "fed")[3].rows[2][1:] == ("–", "no arrival is known")
    assert "rest on a prior and no arrival at the lower bound." in prose(view, "fed")


def test_it_is_said_what_the_odds_speak_of_and_were_learnt_from(cutting: DigestView) -> None:
    assert (
        "The odds are of the target rate. They are learnt from 236 meetings since 1990, and start "
        "from yields of 19 Dec 2019; the intervals tell how well the coefficients are known, not "
        "the odds of a recession. The odds of QE rest on 1 arrival at the lower bound."
    ) in prose(cutting, "fed")


def test_prices_stand_beside_the_odds_with_date_weight_and_conventions(
    hiking: DigestView, cutting: DigestView
) -> None:
    table = tables(hiking, "fed")[4]
    assert [column.title for column in table.columns] == [
        "Within, or at", "Cut", "prices", "Hold", "prices", "Hike", "prices",
    ]  # fmt: skip
    assert table.rows == (
        ("1 month", "1%", "1%", "42%", "29%", "57%", "70%"),
        ("3 months", "11%", "6%", "25%", "14%", "64%", "80%"),
        ("9 Dec 2026", "1%", "1%", "43%", "29%", "57%", "70%"),
    )
    assert (
        "Prices of federal funds futures: settled 20 Nov 2026, from futures.csv. Prices have a "
        "weight of 43% in the odds. How they are read: FedWatch method; steps of 25 bp."
    ) in prose(hiking, "fed")
    assert len(tables(cutting, "fed")) == 4
    assert "prices" not in prose(cutting, "fed").lower()


def test_prices_without_weight_or_common_horizons_are_told_without_a_table(
    factories: ModuleType,
) -> None:
    base = factories.today()
    market = replace(base.policy.market, moves={}, meetings=base.policy.market.meetings[1:])
    policy = replace(base.policy, market=market, weight=0.0)
    view = build(EN, replace(base, policy=policy), factories.history())
    assert len(tables(view, "fed")) == 4
    assert "Prices have no weight in the odds." in prose(view, "fed")


def test_the_rate_is_drawn_with_its_path_where_it_is_known(
    cutting: DigestView, silent: DigestView
) -> None:
    def figure(view: DigestView) -> Figure:
        return next(b for b in section(view, "fed").blocks if isinstance(b, Figure))

    assert ("range", "its 80% range") in figure(cutting).legend
    assert ("line-bound", "lower bound, 0.00%") in figure(cutting).legend
    assert "range" not in [style for style, _ in figure(silent).legend]
    assert "expected in 12 months" in figure(cutting).description


# ---------------------------------------------------------------------------------- balance sheet
def test_organic_growth_is_called_no_qe_with_its_evidence(cutting: DigestView) -> None:
    words = prose(cutting, "balance-sheet")
    assert words.startswith(
        "Reserve management since 11 Oct 2019: bills and repo that supply reserves. Such organic "
        "growth is not QE. In force since 11 Oct 2019: Bill purchases of 2019"
    )
    assert "+1.23 percent of GDP in a quarter; a run-off is −0.15 or less." in words
    assert "Judged from Reserve Bank credit as a whole, to Nov 2019; without total" in words


@pytest.mark.parametrize(
    ("kind", "name"),
    [("qe", "QE"), ("qt", "Run-off (QT)"), ("lending", "Lending"), ("yield_cap", "Yield cap"),
     ("steady", "Steady")],
)  # fmt: skip
def test_every_regime_has_a_name(factories: ModuleType, kind: str, name: str) -> None:
    base = factories.cutting()
    view = build(EN, replace(base, regime=replace(base.regime, kind=kind)), factories.history())
    assert prose(view, "balance-sheet").startswith(f"{name} since 11 Oct 2019: ")


def test_stand_ins_are_shown_where_total_assets_are_missing(
    hiking: DigestView, silent: DigestView, factories: ModuleType
) -> None:
    assert tables(hiking, "balance-sheet")[0].rows == (
        ("Reserve Bank credit", "6,543 bn USD", "Oct 2025", "−67 bn USD", "−430 bn USD"),
        ("Reserves of banks", "2,936 bn USD", "Aug 2026", "−143 bn USD", "−346 bn USD"),
    )
    assert "Total assets (WALCL) are not in the bundled history" in prose(hiking, "balance-sheet")
    assert [row[:3] for row in tables(silent, "balance-sheet")[0].rows] == [
        ("Total assets", "6,754 bn USD", "Jul 2007"),
        ("Reserves of banks", "2,936 bn USD", "Aug 2026"),
    ]
    assert prose(silent, "balance-sheet") == "No regime can be told for this day."
    weekly = Gauge(7e6, "millions of USD", date(2026, 11, 18), None, None, series=("WALCL",))
    base = factories.today()
    view = build(
        EN, replace(base, watch=replace(base.watch, total_assets=weekly)), factories.history()
    )
    assert tables(view, "balance-sheet")[0].rows[0] == (
        "Total assets", "7,000 bn USD", "18 Nov 2026", "–", "–",
    )  # fmt: skip
    nothing = build(EN, factories.bare(), factories.no_history())
    assert tables(nothing, "balance-sheet") == []
    assert "Not known for this day: Reserve Bank credit and Reserves of banks. Total" in prose(
        nothing, "balance-sheet"
    )


# --------------------------------------------------------------------------------------- channels
def test_all_seven_channels_have_a_row_and_what_is_not_stored_says_so(cutting: DigestView) -> None:
    assert tables(cutting, "channels")[0].rows == (
        ("Signalling", "1.62%", "19 Dec 2019", "23% (1976)", "−0.12 pp", "flat"),
        ("Duration risk", "+0.62 pp", "19 Dec 2019", "50% (1976)", "+0.41 pp", "tightening"),
        ("Liquidity premium", "not stored", "–", "–", "–", "–"),
        ("Safety premium", "not stored", "–", "–", "–", "–"),
        ("Prepayment risk", "+1.81 pp", "19 Dec 2019", "–", "–", "–"),
        ("Default risk", "not stored", "–", "–", "–", "–"),
        ("Expected inflation", "1.64%", "Nov 2019", "14% (2003)", "+0.05 pp", "flat"),
    )
    assert prose(cutting, "channels").endswith(
        "Not stored, or not known for this day: Liquidity premium (Aaa less twenty-year yield); "
        "Safety premium (Baa less Aaa corporate yield); Default risk (Baa less ten-year Treasury "
        "yield)."
    )


def test_moves_at_announcements_are_in_basis_points_and_confounded_ones_marked(
    cutting: DigestView, factories: ModuleType
) -> None:
    table = tables(cutting, "channels")[1]
    assert "in basis points; * other news came with it" in table.caption
    assert [column.title for column in table.columns] == [
        "Channel", "QE1*", "QE2", "MEP*", "QE3*", "Organic*", "QE4*", "RMP*",
    ]  # fmt: skip
    assert table.rows == (
        ("Signalling", "−44", "−3", "−6", "0", "+8", "−1", "−9"),
        ("Duration risk", "+1", "−1", "−107", "+14", "−4", "−5", "+5"),
    )
    plain = build(EN, replace(factories.cutting(), confounded=()), factories.history())
    assert "*" not in repr(tables(plain, "channels")[1])


def test_notes_of_channels_leave_second_opinions_out(cutting: DigestView) -> None:
    notes = section(cutting, "channels").blocks[-1]
    assert isinstance(notes, Items)
    assert notes.items[0] == (
        "Signalling: two-year Treasury yield. A premium that falls looks like a lower path."
    )


def test_channels_without_programmes_closes_or_readings_are_told_in_sentences(
    factories: ModuleType,
) -> None:
    base = factories.cutting()

    def told(**changed: object) -> DigestView:
        channels = tuple(replace(one, **changed) for one in base.channels)
        return build(EN, replace(base, channels=channels), factories.history())

    early = told(moves={})
    assert len(tables(early, "channels")) == 1
    assert "No programme of purchases had been announced by this day." in prose(early, "channels")
    blind = told(moves={"QE1": None}, value=None)
    assert tables(blind, "channels") == []
    assert "Of no channel daily values around the announcements" in prose(blind, "channels")
    none = build(EN, replace(base, channels=()), factories.history())
    assert prose(none, "channels") == "No channel of asset purchases was read for this day."


def test_the_model_of_policy_is_among_the_facts_if_there_is_one(
    cutting: DigestView, factories: ModuleType
) -> None:
    assert ("Model of policy", "policy/1") in cutting.facts
    nothing = build(EN, factories.bare(), factories.no_history())
    assert "Model of policy" not in dict(nothing.facts)
