"""Every sentence that a digest can say, collected for the translators.

    python tools/translations.py            brings templates/locale/*.po up to date
    python tools/translations.py --check    changes nothing; exit code 1 where one is not

Collected are the words in ``say("…")``, ``phrase("…")``, ``Said("…")`` and ``….count(n, "…", "…")``
below ``monitor`` and ``jobs``, and those of the tables that a digest quotes. A translation is kept
for as long as its sentence stands in the code; one that has changed is to be translated again. The
files have neither line numbers nor dates, so that they change only where a sentence does.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from monitor import catalog
from monitor.model.programmes import programmes

ROOT: Final = Path(__file__).parents[1]
LOCALES: Final = ROOT / "templates" / "locale"
ENGLISH: Final = frozenset(
    f"monitor/digest/{name}.py" for name in ("charts/diagrams", "scoreboard", "scoretables")
)
"""The scoreboard, which speaks no other language."""

_ONE: Final = frozenset({"say", "phrase", "Said"})


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words in English, in the plural as well if they have one, and the file they stand in."""

    one: str
    many: str | None
    file: str


class NotCollectable(Exception):
    """The words of a call are put together where it is made, so that none can be looked up."""


def sentences(root: Path = ROOT) -> Iterator[Sentence]:
    """All sentences, in the order of the files and of the lines in these.

    Raises:
        NotCollectable: the words of a call are no literal.
    """
    for package in ("jobs", "monitor"):
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            if file not in ENGLISH:
                yield from of(path.read_text("utf-8"), file)
    yield from quoted()


def quoted() -> Iterator[Sentence]:
    """The words of tables: owners and releases of what is watched, and programmes of the Fed."""
    watched = [catalog.SERIES[name] for name in catalog.WATCHED]
    owners = {spec.licence.removeprefix("public domain: ") for spec in watched}
    for words in sorted(owners | {spec.release.name for spec in watched}):
        yield Sentence(words, None, "monitor/catalog.py")
    for programme in programmes():
        yield Sentence(programme.name, None, "monitor/data/programmes.csv")
        yield Sentence(programme.terms, None, "monitor/data/programmes.csv")


def of(source: str, file: str) -> Iterator[Sentence]:
    """The sentences of one module.

    Raises:
        NotCollectable: the words of a call are no literal.
    """
    # A wording says its own few words by itself.
    one = _ONE | {"self"} if file.endswith("digest/wording.py") else _ONE
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
        if name in one and call.args:
            yield from (Sentence(words, None, file) for words in _words(call.args[0], file))
        elif name == "count" and len(call.args) == len(("number", "one", "many")):
            singular, plural = (list(_words(part, file)) for part in call.args[1:])
            yield from (Sentence(*pair, file) for pair in zip(singular, plural, strict=True))


def _words(argument: ast.expr, file: str) -> Iterator[str]:
    """The literals that an argument may be; none where it is a name for words said elsewhere."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from _words(argument.body, file)
        yield from _words(argument.orelse, file)
    elif isinstance(argument, ast.JoinedStr | ast.BinOp):
        raise NotCollectable(
            f"{file}:{argument.lineno}: {ast.unparse(argument)} is no literal: give the words as"
            " a template with named fields"
        )


def catalogue(language: str, known: Catalog, root: Path = ROOT) -> Catalog:
    """The sentences of today with the translations that are known of them."""
    made = Catalog(locale=language)
    for sentence in sentences(root):
        before = known.get(sentence.one)
        message = made.add(
            (sentence.one, sentence.many) if sentence.many else sentence.one,
            before.string if before and before.pluralizable == bool(sentence.many) else None,
            locations=[(sentence.file, None)],
        )
        message.locations = list(dict.fromkeys(message.locations))
        message.flags.clear()
    return made


def written(language: str, root: Path = ROOT) -> str:
    """The file of a language as it should be."""
    path = root / "templates" / "locale" / f"{language}.po"
    known = read_po(io.BytesIO(path.read_bytes() if path.exists() else b""), locale=language)
    body = io.BytesIO()
    made = catalogue(language, known, root)
    write_po(body, made, width=100, omit_header=True, include_lineno=False)
    return (
        f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: nplurals={made.num_plurals}; plural={made.plural_expr};\\n"\n\n'
        f"{body.getvalue().decode('utf-8').strip()}\n"
    )


def main(arguments: list[str]) -> int:
    """Bring the files up to date, or only tell which are not."""
    late = []
    for path in sorted(LOCALES.glob("*.po")):
        text = written(path.stem)
        if text == path.read_text("utf-8"):
            continue
        late.append(path.name)
        if "--check" not in arguments:
            path.write_text(text, "utf-8")
    if late and "--check" in arguments:
        print(f"not up to date: {', '.join(late)}; run python tools/translations.py")
    return int(bool(late) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
