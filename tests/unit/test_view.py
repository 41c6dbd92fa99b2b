# ruff: noqa: RUF001 - the typographic minus is what is tested
from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import ModuleType

import pytest

from monitor.digest.blocks import Figure, Items, Paragraph, Section, Table
from monitor.digest.render import render
from monitor.digest.view import DigestView, build
from monitor.digest.wording import EN
from monitor.domain import Assessment, Finding, History, Implication, Interval, Previous


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


def answer(view: DigestView, question: str) -> str:
    return " ".join(next(a.sentences for a in view.answers if a.question == question))


@pytest.fixture
def today(factories: ModuleType) -> DigestView:
    return build(EN, factories.today(), factories.history())


@pytest.fixture
def inverted(factories: ModuleType) -> DigestView:
    return build(EN, factories.inverted(), factories.inverted_history())


def test_the_subject_has_number_change_curve_and_day(
    today: DigestView, inverted: DigestView
) -> None:
    assert today.subject == (
        "Recession risk 10% in 12 months (no change): curve +0.96 pp, not inverted - 22 Nov 2026"
    )
    assert inverted.subject == (
        "Recession risk 52% in 12 months (+3 pp): curve −0.10 pp, inverted - 12 Jul 2007"
    )


@pytest.mark.parametrize("in_recession", [False, True])
@pytest.mark.parametrize("previous", [None, "pool/0", "same"])
def test_the_subject_is_one_line_of_at_most_90_characters(
    factories: ModuleType, previous: str | None, in_recession: bool
) -> None:
    base: Assessment = factories.today()
    before = previous and Previous(
        date(2026, 11, 21),
        factories.by_horizon(0, 0, 0, 0, 0),
        base.model_id if previous == "same" else previous,
    )
    worst = replace(
        base,
        recession=replace(
            base.recession,
            probability=factories.by_horizon(1, 1, 1, 1, 1),
            in_recession=in_recession,
        ),
        inversion=replace(base.inversion, value=12.345),
        previous=before or None,
    )
    subject = build(EN, worst, factories.history()).subject
    assert len(subject) <= 90
    assert "\n" not in subject


def test_the_headline_says_how_high_the_risk_is(today: DigestView) -> None:
    headline = today.headline
    assert headline.value == "10%"
    assert headline.target == "probability that an NBER recession starts within 12 months"
    assert headline.interval == "80% interval 4% to 18%"
    assert headline.band == "band: normal"
    assert headline.notice == ""


def test_a_recession_under_way_is_said_plainly(factories: ModuleType) -> None:
    view = build(EN, factories.in_recession(), factories.history(date(2008, 12, 1)))
    assert "a peak in Dec 2007 (announced 1 Dec 2008)" in view.headline.notice
    assert "the start of a new recession" in view.headline.notice
    assert view.subject.startswith("In recession; new one 2% in 12 months")


def test_what_changed_names_both_numbers_and_the_day(inverted: DigestView) -> None:
    assert answer(inverted, "What changed") == ("Up 3 pp since 11 Jul 2007, from 49% to 52%.")
    changes = tables(inverted, "horizons")[1]
    assert changes.rows[2] == ("12 months", "49%", "52%", "+3 pp")


def test_an_unchanged_digest_needs_no_table_of_changes(today: DigestView) -> None:
    assert answer(today, "What changed") == ("No change since 20 Nov 2026: 10% then and now.")
    assert len(tables(today, "horizons")) == 1
    assert "At no horizon has the probability changed since 20 Nov 2026." in prose(
        today, "horizons"
    )


def test_without_an_earlier_digest_it_says_so_and_the_subject_claims_no_change(
    factories: ModuleType,
) -> None:
    view = build(EN, replace(factories.today(), previous=None), factories.history())
    assert answer(view, "What changed") == "There is no earlier digest to compare with."
    assert view.subject.startswith("Recession risk 10% in 12 months: curve")


def test_numbers_of_another_model_are_not_compared(factories: ModuleType) -> None:
    base = factories.today()
    older = replace(base.previous, model_id="pool/0", probability={12: 0.77})
    view = build(EN, replace(base, previous=older), factories.history())
    assert answer(view, "What changed") == ("There is nothing to compare the probability with.")
    assert "(new model)" in view.subject
    assert "77%" not in render(view).text
    assert len(tables(view, "horizons")) == 1


def test_why_gives_curve_clock_and_models(inverted: DigestView) -> None:
    why = answer(inverted, "Why")
    assert "The curve is inverted: the ten-year Treasury yield was 0.10 pp below" in why
    assert "in May 2007; newest daily 10y-3m spread −0.02 pp (11 Jul 2007)." in why
    assert "The inversion clock has run since Aug 2006. If a recession follows, it starts" in why
    assert "by Aug 2007 (10%), Dec 2007 (50%) or Nov 2008 (90%); none follows with 31%." in why
    assert "The figure is made of parts: a usual month has 6.1%; to that come" in why
    assert "the spread +2.1 pp, the inversion clock +1.8 pp and the spread six months" in why


def test_a_clock_that_has_run_out_is_told_with_its_probability(today: DigestView) -> None:
    assert (
        "The clock of the inversion of Nov 2022 has all but run out: the probability that no "
        "recession follows it any more is 94%."
    ) in answer(today, "Why")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("hit", "was followed by a recession"), ("miss", "was followed by no recession"),
     ("open", "has an outcome that is not known yet")],
)  # fmt: skip
def test_without_a_clock_the_last_inversion_is_told(
    factories: ModuleType, outcome: str, words: str
) -> None:
    base = factories.today()
    curve = replace(base.inversion, false_alarm=None)
    last = replace(factories.EPISODES[-1], outcome=outcome)
    past = replace(factories.history(), episodes=(last,))
    view = build(EN, replace(base, inversion=curve), past)
    assert f"the last inversion, Nov 2022 to Apr 2025, {words}." in answer(view, "Why")


def test_degraded_data_are_told_on_the_first_screen(
    today: DigestView, factories: ModuleType
) -> None:
    assert answer(today, "Data") == (
        "Degraded: 11 series read; 6 overdue; no value: WALCL. 2 warnings, see Findings."
    )
    base = factories.today()
    fresh = {name: replace(reading, stale=False) for name, reading in base.series.items()}
    view = build(EN, replace(base, series=fresh, findings=()), factories.history())
    assert answer(view, "Data") == "11 series read; none overdue; no value: WALCL."
    assert prose(view, "findings") == "The checks of the data found nothing to report."
    fresh |= {name: base.series[name] for name in ("GS10", "DGS10")}
    view = build(EN, replace(base, series=fresh, findings=base.findings[1:2]), factories.history())
    assert answer(view, "Data") == (
        "11 series read; overdue: DGS10 and GS10; no value: WALCL. 1 note, see Findings."
    )


def test_each_model_stands_beside_the_pool_with_weight_and_note(today: DigestView) -> None:
    table = tables(today, "models")[1]
    assert [column.title for column in table.columns] == [
        "Model", "6 m", "12 m", "24 m", "12 m, 80% interval", "Weight",
    ]  # fmt: skip
    assert table.rows[1:] == (
        ("Background", "4%", "9%", "17%", "4% to 16%", "94%"),
        ("New York Fed, published", "7%", "13%", "24%", "7% to 19%", "–"),
    )
    assert (
        "New York Fed, published: spread of Sep 2026; coefficients estimated on 1959-2009, frozen "
        "since."
    ) in prose(today, "models")


def test_the_horizons_tell_a_start_from_being_in_a_recession(today: DigestView) -> None:
    table = tables(today, "horizons")[0]
    assert [column.title for column in table.columns] == [
        "Months", "Starts", "80% interval", "In one by then", "In one at its end",
    ]  # fmt: skip
    assert table.rows[2] == ("12", "10%", "4% to 18%", "18%", "7%")
    assert "NBER last announced the trough of Apr 2020, on 19 Jul 2021." in prose(today, "horizons")


def test_a_member_without_interval_or_horizon_has_no_invented_one(factories: ModuleType) -> None:
    base = factories.today()
    member = replace(base.recession.members[0], interval={}, probability={12: 0.3})
    score = replace(base.recession, members=(member,))
    rows = tables(build(EN, replace(base, recession=score), factories.history()), "models")[1].rows
    assert rows == (("Inversion clock", "–", "30%", "–", "–", "6%"),)


def test_the_parts_of_the_figure_add_up_to_it(today: DigestView) -> None:
    assert tables(today, "models")[0].rows == (
        ("A usual month", "+6.1 pp"),
        ("The inversion clock", "+1.8 pp"),
        ("The spread", "+2.1 pp"),
        ("The spread six months before", "+0.3 pp"),
        ("Together", "10.3%"),
    )


def test_without_figures_of_the_state_now_none_is_invented(
    factories: ModuleType, today: DigestView
) -> None:
    assert answer(today, "Already?") == (
        "Probability that Nov 2026 is in a recession: 8% (80% interval 4% to 15%)."
    )
    base = factories.today()
    blind = replace(base, recession=replace(base.recession, now=None, any={}, at={}))
    view = build(EN, blind, factories.history())
    assert "cannot be told" in answer(view, "Already?")
    assert (
        "Recession already: a usual month has 5.0%; to that come unemployment +3.0 pp. Read from "
        "unemployment of Sep 2026, payrolls of Sep 2026."
    ) in prose(today, "models")
    assert "Recession already" not in prose(view, "models")
    assert [row[-1] for row in tables(view, "horizons")[0].rows] == ["–"] * 5


def test_the_curve_lists_the_open_inversion_with_window_and_doubt(inverted: DigestView) -> None:
    rows = tables(inverted, "curve")[0].rows
    assert ("Spread 10y-3m, monthly mean", "−0.10 pp", "May 2007") in rows
    assert ("Spread 10y-3m, daily, constant maturities", "−0.02 pp", "11 Jul 2007") in rows
    assert ("Inverted", "yes", "May 2007") in rows
    assert ("Inversion, under way, outcome open", "10 months", "Aug 2006 to May 2007") in rows
    assert ("Its trough", "−0.51 pp", "Mar 2007") in rows
    assert ("If a recession follows, it starts by", "50%", "Dec 2007") in rows
    assert ("Probability of a false alarm", "31%", "May 2007") in rows


def test_the_record_keeps_open_outcomes_apart(inverted: DigestView, today: DigestView) -> None:
    counts, every = tables(inverted, "record")
    assert counts.rows == (
        ("All", "8", "6", "1", "1", "10.2"),
        ("The last seven", "7", "6", "0", "1", "10.2"),
    )
    assert every.rows[-1] == ("Aug 2006", "goes on", "10", "−0.51", "–", "–", "open")
    assert tables(today, "record")[1].rows[1] == (
        "Dec 1968", "Dec 1969", "11", "−0.51", "Dec 1969", "12", "recession",
    )  # fmt: skip
    assert "at least 2 months" in prose(today, "record")


def test_the_watch_list_has_units_periods_changes_and_percentiles(today: DigestView) -> None:
    rows = tables(today, "watch")[0].rows
    assert rows[:2] == (
        ("Unemployment rate", "4.2%", "Sep 2026", "0.0 pp", "−0.2 pp", "23% (1948)"),
        ("Sahm gap", "+0.03 pp", "Sep 2026", "−0.10 pp", "−0.17 pp", "45% (1948)"),
    )
    assert rows[3:] == (
        ("5y5y breakeven", "2.23%", "19 Nov 2026", "+0.11 pp", "−0.03 pp", "42% (2003)"),
        ("Michigan 1-year", "4.8%", "Sep 2026", "+1.4 pp", "−1.8 pp", "88% (1978)"),
        ("Bank C&I loans to GDP", "8.8%", "Q2 2026", "+0.1 pp", "–", "100% (1948)"),
        ("SOFR less IORB", "+5 bp", "19 Nov 2026", "+11 bp", "+12 bp", "–"),
        ("EFFR less IORB", "−2 bp", "19 Nov 2026", "+5 bp", "+5 bp", "–"),
    )


def test_the_watch_list_says_what_it_implies_and_why(today: DigestView) -> None:
    table = tables(today, "watch")[1]
    assert "a reading aid that enters no probability" in table.caption
    assert [row[:2] for row in table.rows] == [
        ("Cut", "neutral"), ("Cut", "neutral"), ("Cut", "lowers"), ("Recession", "neutral"),
        ("Bills for reserves", "raises"), ("Bills for reserves", "neutral"),
    ]  # fmt: skip
    why = [row[2] for row in table.rows]
    assert why[0] == (
        "Unemployment rate 4.2%: its change over 3 months is no more than the sampling error of "
        "0.2 pp."
    )
    assert why[1] == (
        "10-year breakeven 2.35% and 5y5y breakeven 2.23%: between 2% and 2.5%, in line with the "
        "objective of 2% for PCE inflation."
    )
    assert why[2:4] == [
        "Michigan 1-year 4.8%: in the highest quarter of its own history.",
        "Sahm gap +0.03 pp: below its trigger of +0.50 pp.",
    ]
    assert "purchases of bills against that are reserve management, not QE." in why[4]
    assert "EFFR less IORB −2 bp: not above zero on most of its last 20 days" in why[5]


def test_what_of_the_watch_list_is_old_revised_or_missing_is_told(today: DigestView) -> None:
    words = prose(today, "watch")
    assert (
        "Overdue, 53 days old: Unemployment rate, Sahm gap and 10-year breakeven. Seen with "
        "hindsight: Bank C&I loans to GDP. No vintage of that day is stored"
    ) in words
    assert (
        "Not stored, or not known for this day: 5-year breakeven, Cleveland Fed 1-year, Cleveland "
        "Fed 10-year, Corporate debt to GDP, Profits to GDP and Nonfinancial profits."
    ) in words


def test_a_watch_list_without_any_data_is_told_in_sentences(factories: ModuleType) -> None:
    view = build(EN, factories.bare(), factories.no_history())
    assert tables(view, "watch") == []
    words = prose(view, "watch")
    assert "Not stored, or not known for this day: Unemployment rate, Sahm gap, 5-year" in words


def test_a_rule_without_words_is_told_by_its_identifier(factories: ModuleType) -> None:
    base = factories.today()
    unknown = replace(base.watch.michigan_1y, implies=Implication("cut", "raises", "made_up"))
    view = build(
        EN, replace(base, watch=replace(base.watch, michigan_1y=unknown)), factories.history()
    )
    assert ("Cut", "raises", "Michigan 1-year 4.8%: made_up.") in tables(view, "watch")[1].rows


def test_the_false_alarm_of_2022_is_told_by_rule(
    today: DigestView, inverted: DigestView, factories: ModuleType
) -> None:
    told = "The inversion of Nov 2022 to Apr 2025, 27 months and down to −1.71 pp in May 2023, "
    assert f"{told}was followed by no recession." in prose(today, "wrong")
    assert "2022" not in prose(inverted, "wrong")
    still_open = replace(factories.EPISODES[-1], outcome="open")
    past = replace(factories.history(), episodes=(*factories.EPISODES[:-1], still_open))
    assert "2022" not in prose(build(EN, factories.today(), past), "wrong")


def test_the_uncomfortable_paragraph_counts_from_the_data(
    today: DigestView, inverted: DigestView
) -> None:
    words = prose(today, "wrong")
    assert (
        "Of 10 inversions whose outcome is known, 2 were followed by no recession: Sep 1966 and "
        "Nov 2022."
    ) in words
    assert "2 of 10 recessions came with no inversion before: Sep 1957 and May 1960." in words
    assert "learned from 8 recessions in all" in words
    assert "No one should trade on this alone." in words
    for risk in ("worse world economy", "black swans", "international conflict"):
        assert risk in words
    assert "Of 7 inversions whose outcome is known, 1 was followed by no" in prose(
        inverted, "wrong"
    )


def test_a_record_without_misses_does_not_invent_one(factories: ModuleType) -> None:
    past = replace(factories.history(), episodes=factories.EPISODES[1:9], recessions=())
    words = prose(build(EN, factories.today(), past), "wrong")
    assert words.startswith("Of 8 inversions whose outcome is known, each was followed by a")


def test_every_watched_series_has_a_row_even_without_a_value(today: DigestView) -> None:
    rows = {row[0].split(":")[0]: row[1:] for row in tables(today, "data")[0].rows}
    assert rows["UNRATE"] == (
        "4.2%", "Sep 2026", "10 Oct 2026", "53", "20 Nov 2026", "bundled", "on time",
    )  # fmt: skip
    assert rows["DGS10"][1] == "1 Jun 2026"
    assert rows["DGS10"][-1] == "overdue"
    assert rows["RSBKCRNS"][4:] == ("–", "bundled", "ended")
    assert rows["WALCL"] == ("–",) * 6 + ("no value",)


def test_a_series_outside_the_catalogue_is_shown_as_it_is(factories: ModuleType) -> None:
    base = factories.today()
    reading = base.series["UNRATE"]
    view = build(EN, replace(base, series={"NEW": reading}), factories.history())
    assert tables(view, "data")[0].rows[0][:2] == ("NEW", "4.20")


def test_findings_name_their_series_once(factories: ModuleType) -> None:
    view = build(EN, factories.hostile(), factories.history())
    assert prose(view, "findings").startswith("Error (<s>): <img src=x")
    assert "Warning: Treasury constant maturity, 10 years (DGS10): the newest" in prose(
        build(EN, factories.today(), factories.history()), "findings"
    )


def test_the_footer_lets_the_digest_be_made_again(today: DigestView) -> None:
    facts = dict(today.facts)
    assert facts["As of"] == "22 Nov 2026"
    assert facts["Made"] == "22 Nov 2026 21:58 UTC"
    assert facts["Inputs (SHA-256)"] == "3f7a9c51d200"
    assert any("Board of Governors" in sentence for sentence in today.closing)


def test_only_the_instant_differs_between_two_replays(factories: ModuleType) -> None:
    base = factories.today()
    later = replace(base, generated_at=datetime(2027, 1, 1, tzinfo=UTC))
    one, other = (build(EN, made, factories.history()) for made in (base, later))
    assert replace(one, facts=()) == replace(other, facts=())


def test_another_spread_is_named_in_words(factories: ModuleType) -> None:
    base = factories.today()
    curve = replace(
        base.inversion,
        rule=replace(base.inversion.rule, spread="10y-2y"),
        daily_date=date(2026, 10, 9),
    )
    view = build(EN, replace(base, inversion=curve), factories.history())
    assert "above the two-year yield in Sep 2026" in answer(view, "Why")
    assert "newest daily 10y-3m spread" in answer(view, "Why")


def test_an_interval_is_printed_with_the_level_of_the_score(factories: ModuleType) -> None:
    base = factories.today()
    score = replace(base.recession, level=0.9, interval={12: Interval(0.001, 0.999)})
    view = build(EN, replace(base, recession=score), factories.history())
    assert view.headline.interval == "90% interval <1% to >99%"


def test_the_view_survives_a_history_of_one_month(factories: ModuleType) -> None:
    past = History(spread=((date(1953, 4, 1), 0.6),), episodes=(), recessions=())
    assert "newest +0.60 pp" in repr(build(EN, factories.bare(), past))


def test_a_daily_spread_older_than_the_month_is_left_to_the_table(factories: ModuleType) -> None:
    base = factories.today()
    for day, told in ((date(2026, 9, 30), False), (date(2026, 10, 1), True)):
        curve = replace(base.inversion, daily_date=day)
        view = build(EN, replace(base, inversion=curve), factories.history())
        assert ("newest daily" in answer(view, "Why")) is told


def test_many_findings_of_one_kind_are_told_once_with_all_their_series(
    factories: ModuleType,
) -> None:
    base = factories.today()
    stale = tuple(Finding("stale", "warning", name, f"{name} is late.") for name in ("A", "B", "C"))
    gap = Finding("gap", "info", "UNRATE", "UNRATE has a hole.")
    view = build(EN, replace(base, findings=(*stale[:2], gap, stale[2])), factories.history())
    (items,) = next(s for s in view.sections if s.title == "Findings").blocks
    assert items.items == (
        "Warning: the next value of A, B and C is overdue; the table below says since when.",
        "Note: UNRATE has a hole.",
    )
    view = build(EN, replace(base, findings=stale[:2]), factories.history())
    (items,) = next(s for s in view.sections if s.title == "Findings").blocks
    assert items.items == ("Warning: A is late.", "Warning: B is late.")


@pytest.mark.parametrize(
    "case", ["today", "bare", "inverted", "in_recession", "cutting", "hostile"]
)
def test_no_section_is_empty_whatever_is_missing(factories: ModuleType, case: str) -> None:
    past = factories.no_history() if case == "bare" else factories.history()
    view = build(EN, getattr(factories, case)(), past)
    for section in view.sections:
        assert section.blocks, section.anchor
        for block in section.blocks:
            if isinstance(block, Table):
                assert block.rows, (section.anchor, block.caption)
            if isinstance(block, Figure):
                assert block.svg, (section.anchor, block.title)
                assert block.description, (section.anchor, block.title)
