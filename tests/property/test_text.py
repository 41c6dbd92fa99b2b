"""What the plain text promises whatever its words are: English, Chinese or both."""

from __future__ import annotations

import re
import textwrap

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.digest import render, wording
from monitor.digest.blocks import Column, Table

CHINESE = "收益率曲线倒挂期限利差衰退概率"
CLOSING = "\uff0c。\uff1b\uff1a\uff09、"
LATIN = st.text("abcXYZ0123456789.%-\u2212+/()", min_size=1, max_size=12)
WIDE = st.text(CHINESE + CLOSING + "\uff08", min_size=1, max_size=60)
ANY = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100)
MIXED = st.lists(st.one_of(LATIN, WIDE, ANY, st.just(" ")), max_size=20).map("".join)
PLAIN = st.text(CHINESE + CLOSING, min_size=1, max_size=300).filter(
    lambda text: text[0] not in CLOSING and not re.search(f"[{CLOSING}]{{2}}", text)
)
FIRST = st.sampled_from(["", "  ", "* ", "    "])
REST = st.sampled_from(["", "  ", "    "])


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(MIXED, FIRST, REST)
def test_no_line_is_wider_than_the_page_and_no_letter_is_lost(
    text: str, first: str, rest: str
) -> None:
    filled = render.fill(text, first, rest)
    assert all(render.columns(line) <= render.WIDTH for line in filled.split("\n"))
    kept = squeezed(filled.removeprefix(first)) if text.strip() else ""
    assert kept == squeezed(text)


@given(st.text("abc xyz012.,-", max_size=400), FIRST, REST)
@example("x" * 300, "", "  ")
@example("word " * 15 + "y" * 200 + " end", "* ", "  ")
def test_words_of_latin_letters_are_broken_as_the_standard_library_does(
    text: str, first: str, rest: str
) -> None:
    text = " ".join(text.split())
    assert render.fill(text, first, rest) == textwrap.fill(
        text, render.WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


@given(PLAIN)
def test_no_chinese_line_begins_with_a_mark_that_closes(text: str) -> None:
    lines = render.fill(text).split("\n")
    assert [line for line in lines if line[0] in CLOSING] == []
    assert all(render.columns(line) >= render.WIDTH - 3 for line in lines[:-1])


@given(st.lists(st.tuples(WIDE, st.integers(0, 10**9)), min_size=1, max_size=60))
def test_no_number_is_broken_between_chinese_words(parts: list[tuple[str, int]]) -> None:
    filled = render.fill("".join(f"{word}{number}%" for word, number in parts))
    whole = [f"{number}%" for _, number in parts]
    assert re.findall(r"\d+%", filled) == whole


@settings(max_examples=50)
@given(
    st.integers(2, 7).flatmap(
        lambda width: st.tuples(
            st.lists(st.one_of(LATIN, WIDE), min_size=width, max_size=width),
            st.lists(st.lists(st.one_of(LATIN, WIDE), min_size=width, max_size=width), max_size=5),
            st.lists(st.booleans(), min_size=width, max_size=width),
        )
    ),
    st.sampled_from(list(wording.LANGUAGES)),
)
def test_a_table_is_aligned_by_columns_and_never_wider_than_the_page(
    drawn: tuple[list[str], list[list[str]], list[bool]], language: str
) -> None:
    titles, rows, numeric = drawn
    table = Table(
        "caption",
        tuple(Column(title, numeric=right) for title, right in zip(titles, numeric, strict=True)),
        tuple(map(tuple, rows)),
    )
    laid = render.lay_out(table, wording.of(language))
    lines = laid.split("\n")
    assert all(render.columns(line) <= render.WIDTH for line in lines)
    for row in rows:
        for cell in row:
            assert squeezed(cell) in squeezed(laid) or render.columns(cell) > render.WIDTH // 2
    rule = re.fullmatch(r"-+(?:  -+)+", lines[1]) if len(lines) > 1 else None
    # Every right edge of a number stands where the rule of its column ends.
    if rule and len(lines) == len(rows) + 2:
        ends = [found.end() for found in re.finditer("-+", lines[1])]
        for line, row in zip(lines[2:], rows, strict=True):
            for cell, end, right in zip(row, ends, numeric, strict=True):
                if right:
                    assert cut(line, end).endswith(cell)


def cut(line: str, columns: int) -> str:
    """The beginning of a line that takes so many columns."""
    taken = ""
    for letter in line:
        if render.columns(taken + letter) > columns:
            break
        taken += letter
    return taken
