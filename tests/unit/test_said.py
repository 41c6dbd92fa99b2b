"""Everything that models and checks say can be said in another language."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

import jobs
import monitor
from monitor import assess
from monitor.catalog import SERIES, WATCHED
from monitor.digest import files
from monitor.digest.wording import EN, Wording, clean
from monitor.domain import (
    SPREADS,
    ChannelReading,
    Conventions,
    EpisodeRule,
    Evidence,
    Fetch,
    Finding,
    MarketOdds,
    MemberScore,
    Nowcast,
    Observation,
    PolicyOdds,
    Regime,
    Said,
    Statement,
    add_months,
    joined,
)
from monitor.errors import ModelError, MonitorError, SourceMalformed
from monitor.model import fedwatch
from monitor.model.programmes import programmes
from monitor.screen import compare, screen
from monitor.sources import futures
from monitor.store import Store

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOW.date()
DAYS = (
    "1985-06-01", "2001-03-01", "2007-08-31", "2008-12-20", "2012-12-15", "2019-12-20",
    "2020-03-20", "2023-06-01", "2026-11-22",
)  # fmt: skip

TOLD: Mapping[type, tuple[str, ...]] = {
    ChannelReading: ("instrument", "proxy", "note", "opinion"),
    Evidence: ("text",),
    Finding: ("message",),
    MarketOdds: ("conventions",),
    MemberScore: ("note",),
    Nowcast: ("note",),
    PolicyOdds: ("why",),
    Regime: ("basis",),
}
"""What is said in words, by the value it stands in."""

QUOTED = "words"
"""The field of a template for the words of a directive, which are quoted as they were."""

WORDS = re.compile(r"[a-z]{2,} [a-z]{2,}")
"""What no figure, day or identifier has."""


def told(value: object) -> Iterator[tuple[str, str]]:
    """Everything that is said below a value, with where it stands; empty sentences left out."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for item in value:
            yield from told(item)
    elif is_dataclass(value):
        names = TOLD.get(type(value), ())
        for field in fields(value):
            found = getattr(value, field.name)
            if field.name in names:
                texts = found if isinstance(found, tuple) else (found,)
                yield from ((f"{type(value).__name__}.{field.name}", it) for it in texts if it)
            else:
                yield from told(found)


def parts(said: Said) -> Iterator[Said]:
    """A sentence and all sentences in it."""
    yield said
    for value in said.values.values():
        if isinstance(value, Said):
            yield from parts(value)


def glued(said: Said) -> Iterator[str]:
    """English words among the values of a sentence, where no translator can reach them."""
    for part in parts(said):
        for name, value in part.values.items():
            if name != QUOTED and not isinstance(value, Said) and WORDS.search(value):
                yield f"{part.template}: {name} = {value}"


@pytest.fixture(scope="module")
def everything(history: Store) -> list[tuple[str, str]]:
    """What is said on all days."""
    rule = EpisodeRule()
    found: list[tuple[str, str]] = []
    for day in DAYS:
        panel = history.panel(date.fromisoformat(day), assess.needed(rule))
        found += told(assess.assess(panel, rule, NOW))
    return found


# -------------------------------------------------------------------------------- what a day says
def test_everything_that_a_day_says_can_be_said_in_another_language(
    everything: list[tuple[str, str]],
) -> None:
    assert [one for one in everything if not isinstance(one[1], Said)] == []
    places = {f"{kind.__name__}.{name}" for kind, names in TOLD.items() for name in names}
    silent = {
        "MarketOdds.conventions",
        "ChannelReading.opinion",
    }  # need series that are not bundled
    assert places - silent <= {place for place, _ in everything}


def test_no_words_hide_among_the_figures(everything: list[tuple[str, str]]) -> None:
    found = [it for _, said in everything if isinstance(said, Said) for it in glued(said)]
    assert sorted(set(found)) == []


def test_every_template_that_is_said_is_among_those_collected(
    everything: list[tuple[str, str]],
) -> None:
    with (files.templates() / "locale" / "zh_CN.po").open("rb") as file:
        collected = read_po(file, locale="zh_CN")
    said = {part.template for _, it in everything if isinstance(it, Said) for part in parts(it)}
    assert sorted(it for it in said if it not in collected) == []


def test_titles_notes_and_programmes_can_be_said_too() -> None:
    texts = [
        *(SERIES[name].title for name in WATCHED),
        *(spread.note for spread in SPREADS.values() if spread.note),
        *(text for it in programmes() for text in (it.name, it.terms)),
        *(
            fedwatch.describe(Conventions(*choices))
            for choices in product(*map(get_args, get_type_hints(Conventions).values()))
        ),
    ]
    assert [text for text in texts if not isinstance(text, Said)] == []
    assert [it for text in texts if isinstance(text, Said) for it in glued(text)] == []


# ----------------------------------------------------------------------- what is said of an answer
def months(*values: float | None) -> dict[date, float | None]:
    return {add_months(date(2026, 1, 1), index): value for index, value in enumerate(values)}


def answer(series: str, values: Mapping[date, float | None]) -> Fetch:
    rows = tuple(Observation(period, TODAY, value) for period, value in values.items())
    return Fetch(series, "fred", NOW, rows, (Statement(TODAY, TODAY, min(values), max(values)),))


STEADY = [100.0, 100.5, 101.0, 101.5, 102.0, 102.5]
LEVELS = st.one_of(st.none(), st.floats(-10, 100), st.sampled_from([4.0, 4.1, 4.2, 40.0, 4200.0]))


@given(
    series=st.sampled_from(["UNRATE", "GS10", "INDPRO"]),
    stored=st.lists(LEVELS, max_size=10),
    said=st.lists(LEVELS, min_size=1, max_size=10),
    day=st.sampled_from([date(2026, 3, 1), date(2026, 3, 15), date(1820, 1, 1)]),
    again=st.booleans(),
)
def test_whatever_is_found_in_an_answer_can_be_said(
    series: str,
    stored: list[float | None],
    said: list[float | None],
    day: date,
    again: bool,
) -> None:
    spec, believed = SERIES[series], months(*stored)
    values = months(*said) | {day: 4.0}
    seen = {period: (date(2026, 11, 1), value) for period, value in values.items() if value}
    verdicts = (
        screen(spec, answer(series, values), believed, seen if again else {}, TODAY),
        compare(spec, believed, answer(series, values), "board"),
    )
    for verdict in verdicts:
        texts = [item.reason for item in verdict.withheld]
        texts += [finding.message for finding in verdict.findings]
        for text in texts:
            assert isinstance(text, Said), text
            assert list(glued(text)) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("unit_changed", [value * 100 for value in STEADY]),
        ("rebased", [value * 1.05 for value in STEADY]),
        ("rebased_in_part", [None, *(value * 1.05 for value in STEADY[1:])]),
        ("truncated", [STEADY[0], *[None] * 4, *STEADY[5:]]),
    ],
)
def test_what_is_found_in_a_whole_answer_can_be_said(code: str, said: list[float | None]) -> None:
    verdict = screen(SERIES["INDPRO"], answer("INDPRO", months(*said)), months(*STEADY), {}, TODAY)
    found = {finding.code: finding.message for finding in verdict.findings}[code]
    assert isinstance(found, Said)
    assert list(glued(found)) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "date,contract\n",
        "date,contract,price,price\n",
        "date,contract,price\n2026-11-20,2026-12,96.1\n2026-11-20,2026-12,96.2\n",
        "date,contract,price\n20.11.2026,2026-12,96.1\n2026-11-20,ZZ,96.1\n2026-11-20,2026-12,x\n",
        "date,contract,price\n2026-11-20,2026-12,9.6\n1980-01-01,1980-02,96\n2026-11-20,2026-12\n",
        "date,contract,price\n2026-01-02,2026-12,96.1\n2026-01-02,2036-12,96.1\n",
    ],
)
def test_what_is_wrong_with_a_file_of_futures_can_be_said(text: str) -> None:
    found = futures.parse("zq.csv", text.encode(), TODAY)[1]
    assert found
    for finding in found:
        assert isinstance(finding.message, Said)
        assert list(glued(finding.message)) == []


def test_no_finding_is_given_words_that_are_put_together_on_the_spot() -> None:
    places = {"Finding": 3, "Withheld": 4}
    wrong = []
    for package in (monitor, jobs):
        folder = Path(package.__path__[0])
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
                if isinstance(node, ast.Call) and len(node.args) > places.get(name, 99):
                    words = node.args[places[name]]
                    if isinstance(words, ast.JoinedStr | ast.Constant | ast.BinOp):
                        wrong.append(f"{path.name}:{words.lineno}")
    assert wrong == []


# ------------------------------------------------------------------------------- the value itself
NAMES = st.sampled_from(["n", "day", "series", "template", "self", "cls", "language"])
PIECES = st.lists(st.one_of(st.text(max_size=8), st.tuples(NAMES)), max_size=6)


def alike(one: Said, other: object) -> bool:
    return (
        isinstance(other, Said)
        and other == one
        and (other.template, other.values) == (one.template, one.values)
    )


@given(pieces=PIECES, data=st.data())
def test_a_template_and_its_values_give_the_sentence(
    pieces: list[Any], data: st.DataObject
) -> None:
    named = sorted({piece[0] for piece in pieces if isinstance(piece, tuple)})
    figures = st.text(max_size=8) | st.just("{n} {0} {day!r} }{")
    values = {name: data.draw(figures, label=name) for name in named}
    template = "".join(
        f"{{{piece[0]}}}"
        if isinstance(piece, tuple)
        else piece.replace("{", "{{").replace("}", "}}")
        if named
        else piece
        for piece in pieces
    )
    said = Said(template, **values)
    expected = "".join(values[it[0]] if isinstance(it, tuple) else it for it in pieces)
    assert said == expected
    assert hash(said) == hash(expected)
    assert json.dumps(said) == json.dumps(expected)
    assert EN.told(said) == clean(expected)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert alike(said, pickle.loads(pickle.dumps(said, protocol)))
    assert alike(said, copy.copy(said))
    assert alike(said, copy.deepcopy(said))


def test_a_number_is_written_as_it_prints_and_a_sentence_in_a_sentence_stays_one() -> None:
    inner = Said("{n} months", n=3)
    outer = Said("after {span}, {value}", span=inner, value=0.5)
    assert outer == "after 3 months, 0.5"
    assert outer.values == {"span": "3 months", "value": "0.5"}
    assert alike(inner, outer.values["span"])
    assert alike(inner, pickle.loads(pickle.dumps(outer)).values["span"])


def test_a_finding_that_is_weighed_anew_says_the_same() -> None:
    finding = Finding("stale", "warning", "GS10", Said("{series} is late", series="GS10"))
    message = replace(finding, severity="info").message
    assert isinstance(message, Said)
    assert alike(message, finding.message)


def test_another_language_reorders_parts_and_says_each_in_its_words() -> None:
    other = Wording("en", {"{one}; {other}": ("{other} / {one}",), "a cut": ("une baisse",)})
    said = joined("{one}; {other}", [Said("a cut"), Said("{n} bp", n=25), "QE {one}"])
    assert said == "a cut; 25 bp; QE {one}"
    assert other.told(said) == "QE {one} / 25 bp / une baisse"
    assert joined("{one}; {other}", ["alone"]) == "alone"


def test_an_error_keeps_what_it_was_raised_with() -> None:
    said = Said("the newest month has no {inputs}", inputs="spread")
    assert ModelError(said).message is said
    assert str(ModelError(said)) == said
    assert SourceMalformed(said, b"raw").message is said
    assert MonitorError().message == ""
