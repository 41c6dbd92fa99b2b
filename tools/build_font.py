# ruff: noqa: RUF001 - these characters are what it is about
"""Makes the fonts of the pictures in the mail: what the digest writes, out of Noto Sans CJK SC.

    python tools/build_font.py [FOLDER]            writes monitor/data/fonts/*.otf

FOLDER holds NotoSansCJK-Regular.ttc and NotoSansCJK-Bold.ttc; Debian's package fonts-noto-cjk puts
them into /usr/share/fonts/opentype/noto. The same input gives the same bytes. The fonts have the
characters of Western European text, those that stand in the source of the digest, and those of
every translation: run it again when a test says that one is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po
from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

ROOT: Final = Path(__file__).parents[1]
FONTS: Final = ROOT / "monitor" / "data" / "fonts"
SOURCE: Final = Path("/usr/share/fonts/opentype/noto")

FAMILY: Final = "Digest Sans"
"""Not the original's name: what is changed shall not be taken for it."""

_ORIGINAL: Final = "Noto Sans CJK SC"
_WESTERN: Final = (*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x100))
_PUNCTUATION: Final = "–—‘’“”†•…‰′″←↑→↓−≈≠≤≥▲▼○●"
_CHINESE: Final = "、。〈〉《》「」·！％（），．／：；？～"


def characters() -> set[str]:
    """Every character that a label of a drawing may have."""
    found = {chr(point) for point in _WESTERN} | set(_PUNCTUATION) | set(_CHINESE)
    for path in sorted((ROOT / "monitor" / "digest").glob("*.py")):
        found |= {letter for letter in path.read_text("utf-8") if letter > "\x7f"}
    for path in sorted((ROOT / "templates" / "locale").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                forms = message.string
                found |= set().union(*[forms] if isinstance(forms, str) else forms)
    return {letter for letter in found if letter.isprintable()}


def has(path: Path) -> set[str]:
    """The characters of a font."""
    with TTFont(path, lazy=True) as font:
        return {chr(point) for point in font.getBestCmap()}


def build(source: Path, weight: str, wanted: Iterable[str]) -> bytes:
    """One weight with the characters wanted."""
    with TTCollection(source / f"NotoSansCJK-{weight}.ttc", lazy=True) as collection:
        font = next(one for one in collection if one["name"].getDebugName(1) == _ORIGINAL)
        options = subset.Options(
            hinting=False,
            layout_features=["kern"],
            name_IDs=[0, 13, 14],
            notdef_outline=True,
            drop_tables=["BASE", "GDEF", "VORG", "vhea", "vmtx", "DSIG"],
        )
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(sorted(wanted)))
        subsetter.subset(font)
        font.recalcTimestamp = False
        _rename(font, weight)
        file = BytesIO()
        font.save(file, reorderTables=True)
    return file.getvalue()


def _rename(font: TTFont, weight: str) -> None:
    plain = FAMILY.replace(" ", "")
    for number, words in {
        1: FAMILY,
        2: weight,
        3: f"{plain}-{weight}",
        4: f"{FAMILY} {weight}",
        6: f"{plain}-{weight}",
    }.items():
        font["name"].setName(words, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [f"{plain}-{weight}"]
    top[0].FullName = f"{FAMILY} {weight}"
    top[0].FamilyName = FAMILY


def main() -> None:
    """Write both weights and say how large they are."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE
    wanted = characters()
    for weight in ("Regular", "Bold"):
        path = FONTS / f"{FAMILY.replace(' ', '')}-{weight}.otf"
        path.write_bytes(build(source, weight, wanted))
        lacking = "".join(sorted(wanted - has(path)))
        print(f"{path.name}: {path.stat().st_size:,} bytes; not in it: {lacking or 'nothing'}")


if __name__ == "__main__":
    main()
