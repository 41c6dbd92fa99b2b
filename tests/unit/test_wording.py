# ruff: noqa: RUF001 - the typographic minus and full-width punctuation are what is tested
from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from monitor.digest import files, wording
from monitor.digest.wording import EN, Wording, clean
from monitor.domain import Interval, Said
from monitor.errors import ConfigError, RenderError

ZH = wording.of("zh_CN")


@pytest.mark.parametrize(
    ("probability", "printed"),
    [(0, "<1%"), (0.004, "<1%"), (0.005, "1%"), (0.125, "13%"), (0.994, "99%"), (0.995, ">99%"),
     (1, ">99%")],
)  # fmt: skip
def test_a_probability_is_never_printed_as_certain(probability: float, printed: str) -> None:
    assert EN.percent(probability) == printed


@pytest.mark.parametrize(
    ("now", "before", "printed"),
    [(0.15, 0.12, "+3 pp"), (0.12, 0.15, "−3 pp"), (0.124, 0.116, "no change"),
     (0.001, 0.004, "no change"), (0.126, 0.124, "+1 pp")],
)  # fmt: skip
def test_a_change_is_the_difference_of_the_printed_numbers(
    now: float, before: float, printed: str
) -> None:
    assert EN.probability_change(now, before) == printed


def test_numbers_carry_sign_and_unit() -> None:
    assert EN.points(1.046) == "+1.05 pp"
    assert EN.points(-0.51) == "−0.51 pp"
    assert EN.points(-0.004) == "0.00 pp"
    assert EN.amount(4.2, "percent", 1) == "4.2%"
    assert EN.amount(-0.25, "percent", 2) == "−0.25%"
    assert EN.amount(6754321, "millions of USD", 0) == "6,754 bn USD"
    assert EN.amount(2936, "billions of USD", 0) == "2,936 bn USD"
    assert EN.amount(102.5, "index", 1) == "102.5 index"
    assert EN.change(-0.2, "percent", 1) == "−0.2 pp"
    assert EN.change(-35400, "millions of USD", 0) == "−35 bn USD"
    assert EN.amount(8.84, "percent of GDP", 1) == "8.8%"
    assert EN.amount(5, "basis points", 0) == "+5 bp"
    assert EN.change(0.13, "percent of GDP", 1) == "+0.1 pp"
    assert EN.change(-11, "basis points", 0) == "−11 bp"
    assert EN.change(None, "percent", 1) == "–"


def test_days_months_and_instants_are_written_the_same_everywhere() -> None:
    assert EN.day(date(2026, 11, 2)) == "2 Nov 2026"
    assert EN.month(date(2026, 9, 1)) == "Sep 2026"
    assert [EN.quarter(date(2026, month, 1)) for month in (1, 4, 10)] == [
        "Q1 2026", "Q2 2026", "Q4 2026",
    ]  # fmt: skip
    new_york = timezone(timedelta(hours=-5))
    assert EN.instant(datetime(2026, 11, 21, 21, 5, tzinfo=new_york)) == ("22 Nov 2026 02:05 UTC")


def test_lists_and_counts_read_as_english() -> None:
    assert [EN.listed(list(letters)) for letters in ("a", "ab", "abc")] == [
        "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert EN.count(1, "{n} month", "{n} months") == "1 month"
    assert EN.count(0, "{n} month", "{n} months") == "0 months"


def test_foreign_text_becomes_one_printable_line() -> None:
    assert clean("a\r\nb\x1b[1m\tc\u202ed\ud800") == "a b [1m c d"


@pytest.mark.parametrize(
    ("foreign", "printed"),
    [("spread of 2026-09", "spread of Sep 2026."), ("cut on 2019-10-30", "cut on 30 Oct 2019."),
     ("a gap of -0.15", "a gap of −0.15."), ("learnt on 1959-2009.", "learnt on 1959-2009."),
     ("2019-13 and 2019-02-30!", "2019-13 and 2019-02-30!")],
)  # fmt: skip
def test_a_foreign_sentence_has_our_minus_days_and_months(foreign: str, printed: str) -> None:
    assert EN.sentence(foreign) == printed


def test_a_rate_half_way_between_two_hundredths_goes_up() -> None:
    assert [EN.rate(eighth) for eighth in (0.125, 0.375, 1.625, 1.87)] == [
        "0.13%", "0.38%", "1.63%", "1.87%",
    ]  # fmt: skip


# ---------------------------------------------------------------------------------------- Chinese
def test_chinese_numbers_have_chinese_units_and_scales() -> None:
    assert ZH.points(-0.51) == "−0.51个百分点"
    assert ZH.gap(-0.51) == "0.51个百分点"
    assert ZH.amount(6754321, "millions of USD", 0) == "67,543亿美元"
    assert ZH.amount(2936, "billions of USD", 0) == "29,360亿美元"
    assert ZH.amount(158900, "thousands of persons", 0) == "15,890万人"
    assert ZH.change(-11, "basis points", 0) == "−11个基点"
    assert ZH.change(0.13, "percent of GDP", 1) == "+0.1个百分点"
    assert ZH.percent_range(Interval(0.05, 0.244)) == "5%至24%"
    assert ZH.probability_change(0.124, 0.116) == "无变化"


def test_chinese_days_months_and_quarters_are_written_as_in_china() -> None:
    assert ZH.day(date(2026, 11, 2)) == "2026年11月2日"
    assert ZH.month(date(2026, 9, 1)) == "2026年9月"
    assert ZH.quarter(date(2026, 10, 1)) == "2026年第4季度"
    assert ZH.instant(datetime(2026, 11, 22, 2, 5, tzinfo=UTC)) == "2026年11月22日 02:05 UTC"


def test_chinese_lists_sentences_and_clauses_have_their_own_marks() -> None:
    assert [ZH.listed(list(letters)) for letters in ("a", "ab", "abc")] == ["a", "a和b", "a、b和c"]
    assert ZH.text("甲。", "", "乙。") == "甲。乙。"
    assert ZH.clauses("甲", "", "乙") == "甲；乙"
    assert ZH.pair("甲", "乙") == "甲：乙"
    assert ZH.aside("甲", "乙") == "甲（乙）"
    assert (EN.text("A.", "", "B."), EN.clauses("a", "", "b")) == ("A. B.", "a; b")
    assert (EN.pair("a", "b"), EN.aside("a", "b")) == ("a: b", "a (b)")


def test_a_plural_has_as_many_forms_as_the_language() -> None:
    forms = ("{n} month", "{n} months")
    assert [EN.count(number, *forms) for number in (0, 1, 2, 1200)] == [
        "0 months", "1 month", "2 months", "1,200 months",
    ]  # fmt: skip
    assert [ZH.count(number, *forms) for number in (0, 1, 2)] == ["0个月", "1个月", "2个月"]


def test_a_language_with_two_forms_uses_both() -> None:
    two = Wording("zh_CN", {"{n} month": ("{n} one", "{n} other")})
    assert [two.count(number, "{n} month", "{n} months") for number in (1, 2)] == [
        "1 one", "2 other",
    ]  # fmt: skip


# ----------------------------------------------------------------- what models and checks say
def test_a_sentence_of_a_model_is_said_in_the_language_with_its_days_and_figures() -> None:
    note = Said(
        "spread of {month}; coefficients estimated on 1959-2009, frozen since; published for 12"
        " months, the other horizons are ours, with a constant hazard",
        month="2026-09",
    )
    assert EN.sentence(note).startswith("spread of Sep 2026; coefficients estimated on 1959-2009")
    assert ZH.sentence(note).startswith("2026年9月的期限利差；系数用1959-2009年数据估计")
    assert ZH.sentence(note).endswith("。")


def test_sentences_within_a_sentence_are_said_in_the_language_too() -> None:
    inner = Said("{input} of {month}", input=Said("payrolls"), month="2026-08")
    outer = Said("{member} says nothing: {reason}.", member=Said("Background"), reason=inner)
    assert EN.told(outer) == "Background says nothing: payrolls of 2026-08."
    assert ZH.told(outer) == "背景模型没有结果：2026年8月的非农就业。"
    assert ZH.told(pickle.loads(pickle.dumps(outer))) == ZH.told(outer)


def test_what_cannot_be_said_in_the_language_stays_english() -> None:
    assert ZH.told("free text of -0.15") == "free text of -0.15"
    assert ZH.told(Said("no such {word}", word="sentence")) == "no such sentence"
    assert ZH("no such {word}", word="sentence") == "no such sentence"
    assert ZH.count(3, "{n} no such word", "{n} no such words") == "3 no such words"


def test_a_figure_with_braces_is_not_a_template() -> None:
    assert ZH.told(Said("{input} of {month}", input="{month}{{7 * 7}}", month="2026-08")) == (
        "2026年8月的{month}{{7 * 7}}"
    )


def test_a_negative_figure_in_a_chinese_sentence_has_the_typographic_minus() -> None:
    assert ZH.sentence("变动为-0.15，1959-2009年，10y-3m，（-2）") == (
        "变动为−0.15，1959-2009年，10y-3m，（−2）。"
    )


# ---------------------------------------------------------------------------------- the languages
def test_a_language_is_known_by_its_tag() -> None:
    assert (EN.tag, ZH.tag) == ("en", "zh-CN")
    assert wording.of("en") is EN
    with pytest.raises(ConfigError, match="no language 'de': give en or zh_CN"):
        wording.of("de")


def test_without_its_file_a_language_is_an_error_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "templates", lambda: tmp_path)
    wording.of.cache_clear()
    try:
        with pytest.raises(RenderError, match=r"zh_CN\.po.*install recession-monitor again"):
            wording.of("zh_CN")
    finally:
        wording.of.cache_clear()


def test_a_fuzzy_or_half_done_translation_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "zh_CN.po").write_text(
        'msgid "yes"\nmsgstr "是"\n\n#, fuzzy\nmsgid "no"\nmsgstr "可能"\n\n'
        'msgid "open"\nmsgstr ""\n\n'
        'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] ""\n',
        "utf-8",
    )
    monkeypatch.setattr(files, "templates", lambda: tmp_path)
    wording.of.cache_clear()
    try:
        half = wording.of("zh_CN")
        assert [half(word) for word in ("yes", "no", "open")] == ["是", "no", "open"]
        assert half.count(2, "{n} day", "{n} days") == "2 days"
    finally:
        wording.of.cache_clear()
