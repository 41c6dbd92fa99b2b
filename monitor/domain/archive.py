"""The digests that have been written, as the index of an archive knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, Protocol, get_args

Edition = Literal["daily", "weekly", "monthly"]
"""How often a digest comes, and so how far back it compares."""

EDITIONS: Final[tuple[Edition, ...]] = get_args(Edition)


@dataclass(frozen=True, slots=True)
class Kept:
    """One digest of an archive.

    Attributes:
        day: day of the assessment.
        edition: its edition.
        language: of its words, as BCP 47 writes it: ``en``, ``zh-CN``.
        page: name of its page.
        forms: names of its other forms that exist, by what follows the last dot: ``txt``, ``eml``
            and ``json``. The JSON document is the same for all languages.
    """

    day: date
    edition: Edition
    language: str
    page: str
    forms: Mapping[str, str]


class Shelf(Protocol):
    """Where digests stand, to be looked at."""

    @property
    def kept(self) -> Sequence[Kept]:
        """All digests, in order of their day; those of one day in the order of editions."""

    def read(self, name: str) -> bytes:
        """Content of one file; nothing where there is none."""

    def written(self, name: str) -> int:
        """When a file was written last, in nanoseconds of its own clock; 0 where there is none."""
