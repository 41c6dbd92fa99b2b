"""Sentences that models and checks write, so that a digest can say them in another language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Self


class Said(str):
    """An English sentence that remembers how it was put together.

    It is the sentence, as a ``str``: documents, logs and comparisons see no more than that. A
    digest in another language looks up the template and puts the same figures into the words it
    finds. A sentence that comes back from a document is a plain ``str`` and stays English.

    Attributes:
        template: the words, with a named field in braces for every figure.
        values: what stands in the fields: numbers as they are printed, days and months as ISO
            8601 writes them, or other sentences.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, str]

    def __new__(cls, template: str, /, **values: str | float) -> Self:
        """The sentence that ``template`` gives with ``values``.

        Args:
            template: must be a literal where it is called, so that it can be collected for
                translation.
            **values: by the name of the field. A number is written as ``str`` writes it; what
                needs a certain number of decimals comes as text.
        """
        fields = {
            name: value if isinstance(value, str) else str(value) for name, value in values.items()
        }
        said = super().__new__(cls, template.format_map(fields) if fields else template)
        said.template = template
        said.values = fields
        return said

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, str]]:
        """How a copy in another process is made."""
        return (self.template,), dict(self.values)


def phrase(text: str) -> str:
    """The same words, collected for translation; for templates that are used elsewhere."""
    return text


def joined(link: str, parts: Iterable[str]) -> str:
    """Some parts as one sentence; a single part as it is.

    Args:
        link: a phrase in which ``{one}`` stands for what comes first and ``{other}`` for what
            follows, such as ``{one}; {other}``.
        parts: at least one.
    """
    return reduce(lambda one, other: Said(link, one=one, other=other), parts)
