"""That every language says everything that English says."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.pofile import read_po

from jobs import pipeline
from monitor import catalog
from monitor import history as past
from monitor.config import Settings
from monitor.digest import render, view, wording
from monitor.digest.wording import EN, LANGUAGES, Wording
from monitor.domain import SPREADS, Said
from monitor.store import Store

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

ROOT = Path(__file__).parents[2]
TRANSLATED = [code for code in LANGUAGES if code != "en"]
CASES = ("bare", "today", "cutting", "inverted", "in_recession", "hostile")
FIELD = re.compile(r"{(\w+)}")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The module ``tools/translations.py``, which is no package that could be imported."""
    path = ROOT / "tools" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its own module up there.
    sys.modules["translations"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(language: str) -> Catalog:
    with (ROOT / "templates" / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """The words in English, in the plural if they have one, with each of their translations."""
    if isinstance(message.id, str):
        yield message.id, str(message.string or "")
    else:
        yield from ((message.id[-1], form) for form in message.string or ("",))


# ------------------------------------------------------------------------------------ the files
def test_every_sentence_is_translated_and_nothing_else(language: str, tool: ModuleType) -> None:
    known = read(language)
    wanted = {sentence.one for sentence in tool.sentences()}
    held = {next(iter(pairs(message)))[0]: message for message in known if message.id}
    ids = {m.id if isinstance(m.id, str) else m.id[0] for m in held.values()}
    assert sorted(wanted - ids) == [], "missing: run python tools/translations.py and translate"
    assert sorted(ids - wanted) == [], "obsolete: run python tools/translations.py"
    assert [one for one, message in held.items() if message.fuzzy] == []
    assert [one for one, m in held.items() if not all(form for _, form in pairs(m))] == []
    assert not known.obsolete


def test_a_translation_has_the_fields_of_its_sentence_and_no_others(language: str) -> None:
    for message in read(language):
        for english, translated in pairs(message):
            assert set(FIELD.findall(english)) == set(FIELD.findall(translated)), english
            assert not re.search(r"[{}]", FIELD.sub("", translated)), english


def test_a_translation_has_the_marks_of_its_language(language: str) -> None:
    """A sentence ends as one, and Chinese words stand between full-width marks."""
    for message in read(language):
        for english, translated in pairs(message):
            if language == "zh_CN" and english:
                ends = english.endswith((".", "!", "?")) and "{" not in english[-6:]
                assert not ends or translated.endswith(("。", "?", "\uff1f")), english
                assert not re.search(r"[\u4e00-\u9fff][,;:!?()]", translated), translated
                assert not re.search(r"[,;:!()][\u4e00-\u9fff]", translated), translated


def test_the_files_are_as_the_tool_writes_them(language: str, tool: ModuleType) -> None:
    text = (ROOT / "templates" / "locale" / f"{language}.po").read_text("utf-8")
    assert tool.written(language) == text
    assert tool.main(["--check"]) == 0


# ------------------------------------------------------------------------------------ the tool
def collected(tool: ModuleType, source: str) -> list[tuple[str, str | None]]:
    return [(sentence.one, sentence.many) for sentence in tool.of(source, "a.py")]


def test_the_tool_collects_what_is_said_where_it_stands(tool: ModuleType) -> None:
    source = (
        'A = phrase("a {b}")\n'
        'say("one" " sentence", b=say("inner"))\n'
        'say("yes") if x else say("no")\n'
        'say("left" if x else "right")\n'
        'Said("{reason}.", reason=Said("why"))\n'
        'say.count(n, "{n} day", "{n} days")\n'
        'say(A)\nsay(names[x])\ntext.count("a")\nother("not this")\n'
    )
    assert collected(tool, source) == [
        ("a {b}", None), ("one sentence", None), ("inner", None), ("yes", None), ("no", None),
        ("left", None), ("right", None), ("{reason}.", None), ("why", None),
        ("{n} day", "{n} days"),
    ]  # fmt: skip


@pytest.mark.parametrize("call", ['say(f"a {b}")', 'say("a " + b)', 'Said("a %s" % b)'])
def test_the_tool_refuses_words_that_are_put_together_where_they_are_said(
    tool: ModuleType, call: str
) -> None:
    with pytest.raises(tool.NotCollectable, match=r"a\.py:2: .* is no literal"):
        collected(tool, f"\n{call}\n")


def project(root: Path, source: str) -> Path:
    """A project of one module with an empty file of translations."""
    for folder in ("jobs", "monitor", "templates/locale"):
        (root / folder).mkdir(parents=True)
    (root / "monitor" / "a.py").write_text(source, "utf-8")
    file = root / "templates" / "locale" / "zh_CN.po"
    file.write_text("", "utf-8")
    return file


def test_the_tool_keeps_translations_and_drops_what_is_said_no_more(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "quoted", lambda: ())
    file = project(tmp_path, 'say("one")\nsay.count(n, "{n} day", "{n} days")\n')
    file.write_text(tool.written("zh_CN", tmp_path), "utf-8")
    text = file.read_text("utf-8")
    assert "POT-Creation-Date" not in text
    assert "#: monitor/a.py\n" in text
    file.write_text(text.replace('msgid "one"\nmsgstr ""', 'msgid "one"\nmsgstr "一"'), "utf-8")
    (tmp_path / "monitor" / "a.py").write_text('say("new")\nsay("one")\n', "utf-8")
    text = tool.written("zh_CN", tmp_path)
    assert 'msgid "new"\nmsgstr ""\n' in text
    assert 'msgid "one"\nmsgstr "一"' in text
    assert "day" not in text
    file.write_text(text, "utf-8")
    assert tool.written("zh_CN", tmp_path) == text


def test_the_check_fails_where_a_file_is_not_up_to_date(
    tool: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = project(tmp_path, 'say("one")\n')
    monkeypatch.setattr(tool, "LOCALES", file.parent)
    assert tool.main(["--check"]) == 1
    assert "not up to date: zh_CN.po" in capsys.readouterr().out
    assert file.read_text("utf-8") == ""
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0


# ------------------------------------------------------------------------------------ the digests
FOREIGN = {
    "message", "note", "why", "text", "basis", "proxy", "source", "conventions", "file",
    "model_id", "policy_model_id", "id",
}  # fmt: skip
"""Fields that hold what publishers, models or operators wrote."""

NAMES = {
    "NBER", "GDP", "QE", "QT", "PCE", "CPI", "SOFR", "EFFR", "IORB", "MEP", "RMP", "UTC", "FRED",
    "FedWatch", "Probit", "Logit", "Wright", "Beta", "Aaa", "Baa", "Kim", "Gilchrist",
    "Zakrajsek", "Chauvet", "Piger", "Apache", "License", "Atom",
}  # fmt: skip
"""Names and abbreviations that Chinese writes in Latin letters, as its central bank does."""

IDENTIFIERS = {
    *catalog.SERIES, *SPREADS,
    *(name for spec in catalog.SERIES.values() for name in spec.publishers),
    "bundled", "pool", "lag", "background", "policy", "credit", "credit_change_6m",
}  # fmt: skip
"""Names that are the same in every language: of series, spreads, publishers, models, inputs."""

WORD = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z][A-Za-z0-9_'-]+")


def anonymous(value: Any, name: str = "") -> Any:
    """The same without the words that no translation can know of."""
    if isinstance(value, Said):
        return value
    if isinstance(value, str):
        return "*" if name in FOREIGN and value not in wording.of("zh_CN").words else value
    if isinstance(value, tuple):
        return tuple(anonymous(part, name) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        known = {field.name: getattr(value, field.name) for field in fields(value)}
        # The names of models are identifiers here, and told in words where there are any.
        if type(value).__name__ == "MemberScore" and "<" not in value.id:
            known["id"] = Said(value.id)
        return replace(value, **{one: anonymous(part, one) for one, part in known.items()})
    if isinstance(value, dict):
        return {key: anonymous(part, name) for key, part in value.items()}
    return value


def english(made: view.DigestView) -> set[str]:
    """English words of a digest in another language, in all that is drawn, told or read aloud."""
    done = render.render(made)
    unsaid = r"<(style|script)>.*?</\1>|<meta[^>]*>|<link[^>]*>"
    page = re.sub(unsaid, "", done.html, flags=re.DOTALL)
    attributes = re.findall(r'(?:aria-label|alt|data-title|title)="([^"]*)"', page)
    shown = re.sub(r"<[^>]*>", " ", page)
    told = "\n".join([done.subject, done.text, shown, made.preheader, *attributes])
    told = re.sub(r"&\w+;", " ", told)
    # What the Fed said is quoted as it said it, and a command as it is typed.
    told = re.sub(r"“[^”]*”|`[^`]*`|SHA-256|[0-9a-f]{12}|QE\d", " ", told)
    return set(WORD.findall(told)) - NAMES - IDENTIFIERS


@pytest.mark.parametrize("case", CASES)
def test_a_chinese_digest_has_no_english_words(factories: ModuleType, case: str) -> None:
    say = wording.of("zh_CN")
    known = {"inverted": factories.inverted_history, "bare": factories.no_history}
    assessment = anonymous(getattr(factories, case)())
    made = view.build(say, assessment, known.get(case, factories.history)())
    assert english(made) == set()


@pytest.mark.parametrize("day", ["1985-06-01", "2008-12-20", "2019-12-20", "2026-11-22"])
def test_a_chinese_digest_of_real_data_has_no_english_words(history: Store, day: str) -> None:
    as_of = date.fromisoformat(day)
    scored = pipeline.score(history, Settings(), as_of, datetime(2026, 11, 22, 12, tzinfo=UTC))
    known = past.read(scored.panel, scored.assessment, scored.told)
    assert english(view.build(wording.of("zh_CN"), scored.assessment, known)) == set()


def test_a_word_left_in_english_would_be_found(factories: ModuleType) -> None:
    say = wording.of("zh_CN")
    made = view.build(say, anonymous(factories.today()), factories.history())
    assert english(replace(made, date=f"{made.date} {EN('goes on')}")) == {"goes", "on"}
    assert english(replace(made, preheader="no change")) == {"no", "change"}


@pytest.mark.parametrize("case", CASES)
def test_a_language_without_any_translation_speaks_english(
    factories: ModuleType, case: str, language: str
) -> None:
    history = factories.no_history() if case == "bare" else factories.history()
    made = view.build(Wording(language), getattr(factories, case)(), history)
    assert made.headline.target == "probability that an NBER recession starts within 12 months"
    assert render.render(made).text


@pytest.mark.parametrize("case", CASES)
def test_figures_are_the_same_in_every_language(
    factories: ModuleType, case: str, language: str
) -> None:
    """The headline, its interval and all percentages stand in both, whatever the words are."""
    history = factories.no_history() if case == "bare" else factories.history()
    assessment = anonymous(getattr(factories, case)())
    one, other = (view.build(say, assessment, history) for say in (EN, wording.of(language)))
    assert one.headline.value == other.headline.value
    percent = re.compile(r"[<>]?\d[\d.,]*%")
    for left, right in zip(one.sections, other.sections, strict=True):
        tables = [
            [block.rows for block in part.blocks if block.kind == "table"] for part in (left, right)
        ]
        for mine, theirs in zip(*tables, strict=True):
            for row, translated in zip(mine, theirs, strict=True):
                assert [percent.findall(cell) for cell in row[1:3]] == [
                    percent.findall(cell) for cell in translated[1:3]
                ]


def test_every_subject_and_preheader_fits_a_list_of_messages(factories: ModuleType) -> None:
    for case in CASES:
        made = view.build(EN, getattr(factories, case)(), factories.history())
        assert len(made.subject) <= 90
        assert 20 <= len(made.preheader) <= 110
        chinese = view.build(wording.of("zh_CN"), getattr(factories, case)(), factories.history())
        assert render.columns(chinese.subject) <= 90
        assert render.columns(chinese.preheader) <= 110
