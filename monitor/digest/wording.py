"""How a number, a date, a list or a sentence is written in the language of the reader.

One style throughout: probabilities in whole percent, spreads and changes in percentage points
(pp), the typographic minus. Dates, lists and plurals follow the language's own rules (CLDR, by
Babel), never the locale of the machine. English is the language the sentences are written in; the
others come from ``templates/locale/<language>.po``, where a test finds every sentence that is
missing.

A sentence with figures is one template, so that each language can put them where it needs them::

    say("The inversion of {month} lasted {months}.", month=say.month(start), months=...)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from babel.dates import format_date, format_interval
from babel.lists import format_list

from monitor.digest import files
from monitor.domain import Interval, Said, phrase
from monitor.errors import ConfigError, RenderError

__all__ = (
    "EN", "LANGUAGES", "MINUS", "NONE", "Wording", "capital", "clean", "hundredths", "of",
    "phrase", "signed", "unsigned", "whole_percent",
)  # fmt: skip

MINUS: Final = "\u2212"
NONE: Final = "\u2013"
"""Stands where a table cell has no value."""

LONGEST: Final = 1000
"""Characters of one foreign text that a digest repeats: some publishers answer with a page."""

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh_CN": "简体中文"}
"""The languages of the digest, by their code, each by its own name."""


@dataclass(frozen=True, slots=True)
class _Style:
    """What a language does differently.

    Attributes:
        locale: whose rules Babel follows.
        list_locale: whose rules for lists.
        day, month, quarter: patterns of dates, as CLDR writes them.
        between: what stands between two sentences.
        clause: what stands between two clauses of one.
        stop: what ends one.
        stops: what may end one.
        scales: unit to the factor and the words that follow the number; others are as in English.
    """

    locale: str
    list_locale: str
    day: str
    month: str
    quarter: str
    between: str
    clause: str
    stop: str
    stops: tuple[str, ...]
    scales: Mapping[str, tuple[float, str]]


_ENGLISH_UNITS: Final[Mapping[str, tuple[float, str]]] = {
    "percent": (1, "%"),
    "percent of GDP": (1, "%"),
    "percentage points": (1, " pp"),
    "basis points": (1, " bp"),
    "billions of USD": (1, " bn USD"),
    "millions of USD": (1e-3, " bn USD"),
    "thousands of persons": (1, " thousand"),
    "index (the base year changes)": (1, ""),
}
_CHINESE_UNITS: Final[Mapping[str, tuple[float, str]]] = {
    "percentage points": (1, "个百分点"),
    "basis points": (1, "个基点"),
    "billions of USD": (10, "亿美元"),
    "millions of USD": (1e-2, "亿美元"),
    "thousands of persons": (0.1, "万人"),
}
_STYLES: Final[Mapping[str, _Style]] = {
    "en": _Style(
        "en", "en_GB", "d MMM y", "MMM y", "QQQ y", " ", "; ", ".", (".", "!", "?"), _ENGLISH_UNITS
    ),
    "zh_CN": _Style(
        "zh_CN", "zh_CN", "y年M月d日", "y年M月", "y年第Q季度", "", "\uff1b", "。",
        ("。", "\uff01", "\uff1f", ".", "!", "?"), {**_ENGLISH_UNITS, **_CHINESE_UNITS},
    ),
}  # fmt: skip
_SIGNED: Final = frozenset({"percentage points", "basis points"})


@dataclass(frozen=True, slots=True)
class Wording:
    """One language.

    Called with a template and its figures it gives the sentence in that language.

    Attributes:
        language: one of :data:`LANGUAGES`.
        words: template in English to the words in this language, one for each plural form;
            empty for English.
    """

    language: str
    words: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def __call__(self, template: str, /, **values: object) -> str:
        """The sentence that ``template`` gives in this language with ``values``."""
        found = self.words.get(template, (template,))[0]
        return found.format_map(values) if values else found

    def told(self, text: str) -> str:
        """What a model or a check wrote, on one line; in this language if it can be said in it.

        Characters that a terminal would obey are left out.
        """
        if isinstance(text, Said) and text.template in self.words:
            values = {name: self._value(value) for name, value in text.values.items()}
            text = self(text.template, **values)
        return clean(self.words.get(text, (text,))[0])

    def _value(self, value: str) -> str:
        """What stands in a field of a sentence: another one, a phrase, a day or a figure."""
        return _ISO.sub(self._date, value) if _ISO.fullmatch(value) else self.told(value)

    def sentence(self, text: str) -> str:
        """The same with a full stop, with our minus, our days and our months."""
        line = _NEGATIVE.sub(MINUS, self.told(text))
        line = _ISO.sub(self._date, line)
        return line if line.endswith(self._style.stops) else f"{line}{self._style.stop}"

    def text(self, *sentences: str) -> str:
        """Sentences that follow one another; empty ones are left out."""
        return self._style.between.join(filter(None, sentences))

    def clauses(self, *clauses: str) -> str:
        """Clauses of one sentence, without its full stop; empty ones are left out."""
        return self._style.clause.join(filter(None, clauses))

    def pair(self, label: str, value: str) -> str:
        """``label: value``."""
        return self("{label}: {value}", label=label, value=value)

    def bracketed(self, text: str) -> str:
        """``(text)``."""
        return self("({text})", text=text)

    def aside(self, text: str, aside: str) -> str:
        """``text (aside)``."""
        return self("{text} ({aside})", text=text, aside=aside)

    # ---------------------------------------------------------------------------------- of dates
    def day(self, when: date) -> str:
        """A day: ``22 Nov 2026``."""
        return self._written(when, self._style.day)

    def days(self, first: date, last: date) -> str:
        """A span of days, as short as it can be: ``16-22 Nov 2026``, with a dash."""
        written = format_interval(first, last, "yMMMd", locale=self._style.list_locale)
        return written.replace("\u2009", " ")

    def month(self, period: date) -> str:
        """A month: ``Sep 2026``."""
        return self._written(period, self._style.month)

    def quarter(self, period: date) -> str:
        """A quarter: ``Q3 2026``."""
        return self._written(period, self._style.quarter)

    def instant(self, when: datetime) -> str:
        """An instant to the minute, in UTC."""
        utc = when.astimezone(UTC)
        return f"{self.day(utc.date())} {utc:%H:%M} UTC"

    # ------------------------------------------------------------------------ of probabilities
    def percent(self, probability: float) -> str:
        """A probability in whole percent; never 0% or 100%, which no model here can know."""
        whole = whole_percent(probability)
        if whole < 1:
            return "<1%"
        return ">99%" if whole > 99 else f"{whole}%"  # noqa: PLR2004 - a percentage

    def percent_range(self, interval: Interval) -> str:
        """An interval of probabilities: ``5% to 24%``."""
        return self(
            "{low} to {high}", low=self.percent(interval.low), high=self.percent(interval.high)
        )

    def probability_change(self, now: float, before: float) -> str:
        """Change of a probability in whole percentage points.

        It is the difference of the two printed numbers, so that the reader's own subtraction
        agrees.
        """
        difference = whole_percent(now) - whole_percent(before)
        if not difference:
            return self.unchanged
        return f"{signed(difference, 0)}{self._unit('percentage points')[1]}"

    @property
    def unchanged(self) -> str:
        """What stands for a change of nothing."""
        return self("no change")

    def tenths(self, probability: float) -> str:
        """A probability in percent with one decimal: for parts that add up."""
        return f"{unsigned(100 * probability, 1)}%"

    def share(self, points: float) -> str:
        """A part of a probability, in percentage points with one decimal."""
        return f"{signed(100 * points, 1)}{self._unit('percentage points')[1]}"

    # ---------------------------------------------------------------------- of rates and amounts
    def points(self, value: float) -> str:
        """A spread or a gap in percentage points: ``+1.05 pp``."""
        return f"{signed(value, 2)}{self._unit('percentage points')[1]}"

    def gap(self, value: float, digits: int = 2) -> str:
        """A gap in percentage points without its sign: ``1.05 pp``."""
        return f"{unsigned(abs(value), digits)}{self._unit('percentage points')[1]}"

    def rate(self, value: float) -> str:
        """An interest rate in percent, ``1.75%``; halves go up, as those of the eighths do."""
        return f"{hundredths(value)}%"

    def amount(self, value: float, unit: str, digits: int) -> str:
        """A level with its unit, ``4.2%`` or ``6,543 bn USD``; ``value`` is in ``unit``."""
        scale, words = self._unit(unit)
        write = signed if unit in _SIGNED else unsigned
        return f"{write(value * scale, digits)}{words}"

    def change(self, value: float | None, unit: str, digits: int) -> str:
        """A change in ``unit`` with its sign; percent becomes percentage points."""
        if value is None:
            return NONE
        scale, words = self._unit("percentage points" if unit.startswith("percent") else unit)
        return f"{signed(value * scale, digits)}{words}"

    # ---------------------------------------------------------------------------------- of words
    def count(self, number: int, one: str, many: str) -> str:
        """``1 inversion``, ``3 inversions``; in a language that has but one form, that.

        Args:
            number: how many; stands where the words have ``{n}``.
            one: the words in English for a single one, such as ``{n} inversion``.
            many: those for any other number, such as ``{n} inversions``.
        """
        forms = self.words.get(one)
        if forms is None:
            form = one if number == 1 else many
        else:
            form = forms[0] if len(forms) == 1 or number == 1 else forms[1]
        return form.format(n=f"{number:,}")

    def listed(self, words: Iterable[str]) -> str:
        """``a``, ``a and b``, ``a, b and c``."""
        return format_list(list(words), locale=self._style.list_locale)

    @property
    def tag(self) -> str:
        """The language as BCP 47 writes it: ``en``, ``zh-CN``."""
        return self.language.replace("_", "-")

    @property
    def _style(self) -> _Style:
        return _STYLES[self.language]

    def _unit(self, unit: str) -> tuple[float, str]:
        return self._style.scales.get(unit, (1, f" {unit}"))

    def _written(self, when: date, pattern: str) -> str:
        return format_date(when, pattern, locale=self._style.locale)

    def _date(self, found: re.Match[str]) -> str:
        """A date as ISO 8601 writes it in our words; what only looks like one as it stands."""
        year, number, of_month = found.groups()
        try:
            when = date(int(year), int(number), int(of_month or 1))
        except ValueError:
            return found[0]
        return self.day(when) if of_month else self.month(when)


_NEGATIVE: Final = re.compile(r"(?<=[\s\u3000-\u9fff\uff00-\uffef])-(?=\d)")
_ISO: Final = re.compile(r"(?<![\w.-])(\d{4})-(\d\d)(?:-(\d\d))?(?![\d-])", re.ASCII)


@cache
def of(language: str) -> Wording:
    """The wording of a language.

    Args:
        language: one of :data:`LANGUAGES`.

    Raises:
        ConfigError: there is no such language.
        RenderError: its file is missing.
    """
    if language not in LANGUAGES:
        known = " or ".join(LANGUAGES)
        raise ConfigError(f"the digest has no language {language!r}: give {known}")
    return EN if language == EN.language else Wording(language, _translations(language))


EN: Final = Wording("en")


def _translations(language: str) -> Mapping[str, Sequence[str]]:
    """What ``templates/locale`` has for a language, by the words in English."""
    from babel.messages.pofile import read_po

    path = files.templates() / "locale" / f"{language}.po"
    try:
        with path.open("rb") as file:
            messages = read_po(file, locale=language)
    except OSError as err:
        raise RenderError(f"{path} cannot be read: install recession-monitor again") from err
    found: dict[str, Sequence[str]] = {}
    for message in messages:
        one = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else [*(message.string or ())]
        if one and forms and all(forms) and not message.fuzzy:
            found[one] = forms
    return found


def whole_percent(probability: float) -> int:
    """A probability in whole percent, halves rounded up."""
    return math.floor(100 * probability + 0.5)


def signed(value: float, digits: int) -> str:
    """A number with its sign; a value that rounds to zero has none."""
    size = f"{abs(value):,.{digits}f}"
    if float(size.replace(",", "")) == 0:
        return size
    return f"{MINUS if value < 0 else '+'}{size}"


def unsigned(value: float, digits: int) -> str:
    """A number with a sign only where it is negative."""
    return signed(value, digits).removeprefix("+")


def hundredths(value: float) -> str:
    """A rate without its unit; the middle of a target range is a multiple of an eighth."""
    return unsigned(math.floor(100 * value + 0.5) / 100, 2)


def capital(text: str) -> str:
    """Words that begin a line."""
    return text[:1].upper() + text[1:]


def clean(text: str, limit: int = LONGEST) -> str:
    """Foreign text on one line, without control characters that a terminal would obey.

    Args:
        text: from a publisher, a file or an older version.
        limit: characters that are kept; an ellipsis stands for the rest.
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(printable.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
