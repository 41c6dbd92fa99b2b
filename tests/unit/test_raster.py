# ruff: noqa: RUF001 - the typographic minus and Chinese punctuation are what is drawn
from __future__ import annotations

import importlib.util
import re
import struct
import subprocess
import sys
import zlib
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
from fontTools.ttLib import TTFont

from monitor.digest import raster, stylesheet
from monitor.digest.charts import spreadchart
from monitor.digest.stylesheet import Scheme
from monitor.digest.wording import EN
from monitor.errors import RenderError

REPOSITORY = Path(__file__).parents[2]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
Colour = tuple[int, ...]


def load_tool() -> ModuleType:
    path = REPOSITORY / "tools" / "build_font.py"
    spec = importlib.util.spec_from_file_location("build_font", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


def pixels(png: bytes) -> list[list[Colour]]:
    """Rows of a PNG of eight bits a channel (RFC 2083), as red, green, blue and perhaps alpha."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, data, head = 8, b"", b""
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place : place + 8])
        body = png[place + 8 : place + 8 + size]
        head, data = (body if kind == b"IHDR" else head), data + body * (kind == b"IDAT")
        place += size + 12
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", head)
    assert depth == 8
    channels = {2: 3, 6: 4}[colour]
    stream, rows = zlib.decompress(data), []
    before = bytearray(width * channels)
    for row in range(height):
        start = row * (width * channels + 1)
        line = bytearray(stream[start + 1 : start + 1 + width * channels])
        for at in range(len(line)):
            left = line[at - channels] if at >= channels else 0
            corner = before[at - channels] if at >= channels else 0
            line[at] = line[at] + _predicted(stream[start], left, before[at], corner) & 255
        rows.append([tuple(line[at : at + channels]) for at in range(0, len(line), channels)])
        before = line
    return rows


def _predicted(method: int, left: int, above: int, corner: int) -> int:
    if method == 4:
        guess = left + above - corner
        return min((left, above, corner), key=lambda value: abs(guess - value))
    return (0, left, above, (left + above) // 2)[method]


def rgb(name: str, scheme: Scheme) -> Colour:
    code = stylesheet.colours(scheme)[name].removeprefix("#")
    code = "".join(2 * digit for digit in code) if len(code) == 3 else code
    return tuple(bytes.fromhex(code))


def drawing(body: str, width: int = 60, height: int = 40) -> str:
    return f'<svg class="chart" viewBox="0 0 {width} {height}" font-size="16">{body}</svg>'


def drawn(body: str, scheme: Scheme = "light") -> Counter[Colour]:
    rows = pixels(raster.png(drawing(body), scheme=scheme))
    return Counter(pixel[:3] for row in rows for pixel in row)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_class_has_the_colour_of_the_page_on_opaque_paper(scheme: Scheme) -> None:
    rows = pixels(raster.png(drawing('<circle class="dot" cx="30" cy="20" r="9"/>'), scheme=scheme))
    assert {pixel[3:] for row in rows for pixel in row} <= {(), (255,)}
    assert rows[0][0][:3] == rows[-1][-1][:3] == rgb("paper", scheme)
    assert rows[2 * (20 + raster.MARGIN)][2 * (30 + raster.MARGIN)][:3] == rgb("accent", scheme)


def test_a_picture_has_a_margin_and_the_density_asked_for() -> None:
    svg = drawing("", 100, 50)
    assert raster.size(svg) == (100 + 2 * raster.MARGIN, 50 + 2 * raster.MARGIN)
    for scale in (1, 2, 2.4):
        rows = pixels(raster.png(svg, scheme="light", scale=scale))
        width, height = raster.size(svg)
        assert (len(rows[0]), len(rows)) == (
            round(width * scale),
            pytest.approx(height * scale, abs=1),
        )


@pytest.mark.parametrize("words", ["12", "−0.5 pp", "a – b…", "简体中文：10%"])
def test_words_are_drawn_without_any_font_of_the_machine(words: str) -> None:
    body = f'<text class="{{}}" x="0" y="25">{words}</text>'
    plain, bold = drawn(body.format("label")), drawn(body.format("label strong"))
    ink, blank = rgb("ink", "light"), drawn("")
    assert blank[ink] == 0 < plain[ink] < bold[ink]


def test_a_character_that_the_font_lacks_would_be_seen_as_a_box() -> None:
    # What the test below guards against: the page's fonts have it, the picture's has not.
    lacking = "\u0e01"
    assert lacking not in tool.characters()
    box, other = (
        drawn(f'<text class="label" x="0" y="25">{letter}</text>') for letter in (lacking, "\u0e02")
    )
    assert box == other


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_font_has_every_character_of_the_source_and_of_every_translation(weight: str) -> None:
    path = raster.FONTS / f"DigestSans-{weight}.otf"
    lacking = "".join(sorted(tool.characters() - tool.has(path)))
    assert lacking == "", "run python tools/build_font.py"


def test_the_font_carries_its_licence_and_not_the_name_of_the_original() -> None:
    for path in raster.FONTS.glob("*.otf"):
        with TTFont(path) as font:
            names = {record.nameID: str(record) for record in font["name"].names}
        assert names[1] == raster.FAMILY == tool.FAMILY
        assert "SIL Open Font License" in names[13]
        assert "Adobe" in names[0]
        assert not [
            name for number, name in names.items() if "Noto" in name and number in {1, 3, 4, 6}
        ]
        assert path.stat().st_size < 400_000
    licence = (raster.FONTS / "OFL.txt").read_text("utf-8")
    assert "Adobe" in licence
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.skipif(
    not (tool.SOURCE / "NotoSansCJK-Regular.ttc").exists(), reason="fonts-noto-cjk is not installed"
)
def test_the_tool_makes_the_same_font_every_time() -> None:
    for weight in ("Regular", "Bold"):
        characters = tool.has(raster.FONTS / f"DigestSans-{weight}.otf")
        one, other = (tool.build(tool.SOURCE, weight, characters) for _ in range(2))
        assert one == other
        with TTFont(BytesIO(one)) as font:
            assert {chr(point) for point in font.getBestCmap()} == characters


def test_the_same_drawing_gives_the_same_bytes_in_every_process(factories: ModuleType) -> None:
    svg = raster.drawings(spreadchart.spread_chart(EN, factories.history(), "10y-3m"))["narrow"]
    program = (
        "import sys; from monitor.digest import raster; "
        "sys.stdout.buffer.write(raster.png(sys.stdin.read(), scheme='dark'))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program], input=svg.encode(), capture_output=True, check=True
    )
    assert other.stdout == raster.png(svg, scheme="dark")


def test_the_drawings_of_a_figure_are_told_apart_by_their_screens(factories: ModuleType) -> None:
    spread = raster.drawings(spreadchart.spread_chart(EN, factories.history(), "10y-3m"))
    assert list(spread) == ["wide", "narrow"]
    assert [raster.size(svg)[0] - 2 * raster.MARGIN for svg in spread.values()] == [760, 343]
    assert list(raster.drawings(spreadchart.horizon_chart(EN, factories.today().recession))) == [""]
    assert raster.drawings("") == {}


@pytest.mark.parametrize("svg", ["", "<svg></svg>", "<p>no drawing</p>", drawing("<g>"),
                                 '<svg viewBox="0 0 nan nan"></svg>'])  # fmt: skip
def test_what_is_no_drawing_is_refused(svg: str) -> None:
    with pytest.raises(RenderError):
        raster.png(svg, scheme="light")


# ---------------------------------------------------------------------------------- the style sheet
def test_both_schemes_name_the_same_colours_with_other_values() -> None:
    light, dark = (stylesheet.colours(scheme) for scheme in SCHEMES)
    assert light.keys() == dark.keys() >= {"paper", "ink", "soft", "accent"}
    assert [name for name in light if light[name] == dark[name]] == []


def test_the_rules_of_drawings_are_in_the_css_that_a_rasteriser_knows() -> None:
    for scheme in SCHEMES:
        sheet = stylesheet.of_drawings(scheme)
        assert not re.search(r"var\(|:is|@|display|width: 100%", sheet)
        assert f"svg .dot {{ fill: {stylesheet.colours(scheme)['accent']} }}" in sheet
        assert sheet.count("{") == sheet.count("}") == len(sheet.splitlines())


def test_alternatives_of_a_selector_are_written_out() -> None:
    assert list(stylesheet._selectors("svg :is(.a, .b) text, svg.c")) == [
        "svg .a text", "svg .b text", "svg.c",
    ]  # fmt: skip


def test_the_rules_of_a_sheet_are_told_with_what_is_nested_in_them() -> None:
    css = "a { b: c; }\n@media x {\n  d { e: f; }\n  g { h: i; }\n}\nj, k { l: m }"
    assert [(prelude, body.split()) for prelude, body in stylesheet.rules(css)] == [
        ("a", ["b:", "c;"]),
        ("@media x", ["d", "{", "e:", "f;", "}", "g", "{", "h:", "i;", "}"]),
        ("j, k", ["l:", "m"]),
    ]


def test_every_class_of_the_drawings_has_a_paint(factories: ModuleType) -> None:
    svg = spreadchart.spread_chart(EN, factories.inverted_history(), "10y-3m")
    known = set(re.findall(r"\.([a-z-]+)", stylesheet.of_drawings("light")))
    shapes = re.findall(r'<(?:path|circle|rect|text) class="([^"]+)"', svg)
    used = {one for names in shapes for one in names.split()}
    assert used - known == {"label"}
    assert stylesheet.paint_of("inverted") == ("accent", True)
    assert stylesheet.paint_of("line-path") == ("accent", False)
    assert stylesheet.paint_of("no-such-class") == ("ink", False)


def test_a_missing_style_sheet_is_named() -> None:
    with pytest.raises(RenderError, match=r"no-such\.css"):
        stylesheet.read("web/no-such.css")


def test_dark_is_lighter_on_darker() -> None:
    for scheme, order in (("light", 1), ("dark", -1)):
        shades = [sum(rgb(name, scheme)) for name in ("paper", "line", "soft", "ink")]  # type: ignore[arg-type]
        assert all(order * (one - other) > 0 for one, other in pairwise(shades))
