"""``web/base.css`` as data: pictures and mail take their colours from the page, not from a copy.

It reads the CSS that this project writes, not any: rules, one level of ``@media``, variables
declared in ``:root`` and ``:is()`` with simple alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from types import MappingProxyType
from typing import Final, Literal

from monitor.digest import files
from monitor.errors import RenderError

Scheme = Literal["light", "dark"]

DARK: Final = "@media (prefers-color-scheme: dark)"

_PAINT: Final = frozenset(
    {"fill", "fill-opacity", "font-weight", "opacity", "stroke", "stroke-dasharray",
     "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width"}
)  # fmt: skip
"""Properties that colour a drawing; the others place it in the page."""

_VARIABLE: Final = re.compile(r"var\(--([a-z-]+)\)")
_DECLARED: Final = re.compile(r"--([a-z-]+):\s*([^;}]+?)\s*[;}]")
_EITHER: Final = re.compile(r":is\(([^()]*)\)")


def read(name: str) -> str:
    """A style sheet of the templates, without its comments.

    Args:
        name: below the folder of the templates, such as ``web/base.css``.

    Raises:
        RenderError: it cannot be read.
    """
    path = files.templates() / name
    try:
        text = path.read_text("utf-8")
    except OSError as err:
        raise RenderError(f"{path}: cannot be read: {err.strerror or err}") from err
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def rules(css: str) -> Iterator[tuple[str, str]]:
    """What stands before each outermost pair of braces, and what stands between them."""
    depth = start = 0
    prelude = ""
    for found in re.finditer(r"[{}]", css):
        if found[0] == "{":
            if not depth:
                prelude, start = " ".join(css[start : found.start()].split()), found.end()
            depth += 1
        else:
            depth -= 1
            if not depth:
                yield prelude, css[start : found.start()]
                start = found.end()


@cache
def colours(scheme: Scheme) -> Mapping[str, str]:
    """Name of a colour of the page to its value.

    Raises:
        RenderError: the style sheet is missing or has no colour of the paper.
    """
    found: dict[str, str] = {}
    for prelude, body in rules(read("web/base.css")):
        if prelude == ":root":
            found |= _variables(body)
        elif scheme == "dark" and prelude == DARK:
            for _, inner in rules(body):
                found |= _variables(inner)
    if "paper" not in found:
        raise RenderError("templates/web/base.css names no colour of the paper")
    return MappingProxyType(found)


def resolved(css: str, scheme: Scheme) -> str:
    """A style sheet with colours where it has ``var(--name)``."""
    return _VARIABLE.sub(lambda found: colours(scheme)[found[1]], css)


@cache
def of_drawings(scheme: Scheme) -> str:
    """The rules of the page for drawings, in the part of CSS that every rasteriser knows."""
    lines = [
        f"{selector} {{ {'; '.join(kept)} }}"
        for selector, declared in _drawing_rules()
        if (kept := [f"{name}: {value}" for name, value in declared.items() if name in _PAINT])
    ]
    return resolved("\n".join(lines), scheme)


@cache
def paint_of(style: str) -> tuple[str, bool]:
    """Name of the colour that a class has in a drawing, and whether it fills an area with it."""
    for painted in ("fill", "stroke"):
        for selector, declared in _drawing_rules():
            found = _VARIABLE.fullmatch(declared.get(painted, ""))
            if selector.endswith(f".{style}") and found and found[1] != "paper":
                return found[1], painted == "fill"
    return "ink", False


@cache
def _drawing_rules() -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Selectors that begin in a drawing, and what they declare."""
    return tuple(
        (selector, dict(_declarations(body)))
        for prelude, body in rules(read("web/base.css"))
        for selector in _selectors(prelude)
        if selector.startswith("svg")
    )


def _declarations(body: str) -> Iterator[tuple[str, str]]:
    for declaration in body.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip(), value.strip()


def _variables(body: str) -> Iterator[tuple[str, str]]:
    return ((found[1], found[2]) for found in _DECLARED.finditer(f"{body};"))


def _selectors(prelude: str) -> Iterator[str]:
    """The selectors of a rule, with each alternative of ``:is()`` written out."""
    for selector in re.split(r",(?![^()]*\))", prelude):
        pieces = _EITHER.split(selector.strip())
        choices = [
            [one.strip() for one in piece.split(",")] if place % 2 else [piece]
            for place, piece in enumerate(pieces)
        ]
        yield from map("".join, product(*choices))
