"""The programmes by which the Federal Reserve changed size and make-up of its balance sheet.

The table ``monitor/data/programmes.csv`` is kept by hand: a line a fact, each with where it is
from. ``verified`` names the document, which was read in a copy or as others quote it; ``memory``
says that none was; ``judgement`` is our own word for the thing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import groupby
from typing import Final, Literal, get_args

from monitor.domain import RegimeKind, Said
from monitor.errors import SourceMalformed

Form = Literal["price", "quantity", "duration swap", "bills", "repo", "run-off", "loans"]

REVIEWED: Final = date(2026, 7, 31)
"""Day up to which the table of programmes is complete, as far as we know."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme of the Federal Reserve that changed size or make-up of its balance sheet.

    Attributes:
        id: stable identifier, such as ``qe1``.
        name: as printed.
        kind: the regime it makes.
        form: how it works; a yield cap works by a price, QE by a quantity or by exchanging short
            for long.
        announced: day of the announcement.
        first: first day of operations.
        last: last day on which it was in force, or ``None`` while it is.
        terms: what was announced on the first day, amounts in USD.
        words: words of the directive that tell its purpose, or empty.
        later: what became of it, with days; not known when it began.
        basis: for each of the other attributes where it is from: ``verified: `` and the document,
            ``memory`` where none was looked up, ``judgement`` where it is ours.
    """

    id: str
    name: str
    kind: RegimeKind
    form: Form
    announced: date
    first: date
    last: date | None
    terms: str
    words: str
    later: str
    basis: Mapping[str, str]

    @property
    def begins(self) -> date:
        """Day from which it counts: of its announcement, but a run-off when it sets in."""
        return self.first if self.kind == "qt" else self.announced

    @property
    def from_memory(self) -> tuple[str, ...]:
        """Attributes of which something was remembered and not looked up."""
        return tuple(name for name, basis in self.basis.items() if "memory" in basis)

    def in_force(self, day: date) -> bool:
        """Whether it was announced, had begun to count and had not ended on ``day``."""
        return self.begins <= day and not self.ended(day)

    def ended(self, day: date) -> bool:
        """Whether its last day lay before ``day``."""
        return self.last is not None and self.last < day


@lru_cache(maxsize=1)
def programmes() -> tuple[Programme, ...]:
    """The history of programmes from 1942 on, in order of their announcement.

    Raises:
        SourceMalformed: the table in the package is missing or damaged.
    """
    try:
        with (files("monitor") / "data" / "programmes.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
        found = [
            _programme(name, list(cells))
            for name, cells in groupby(rows, lambda it: it["programme"])
        ]
    except (OSError, KeyError, ValueError, csv.Error) as err:
        raise SourceMalformed(f"bundled programmes.csv: {err!r}") from err
    return tuple(found)


def _programme(name: str, rows: Sequence[Mapping[str, str]]) -> Programme:
    value = {row["field"]: row["value"] for row in rows}
    basis = {row["field"]: row["basis"] for row in rows}
    if len(value) < len(rows) or not all([*value.values(), *basis.values()]):
        raise ValueError(f"{name}: a field is twice there or empty")
    if value["kind"] not in get_args(RegimeKind) or value["form"] not in get_args(Form):
        raise ValueError(f"{name}: {value['kind']} by {value['form']}")
    return Programme(
        id=name,
        # No literals: their translations are kept beside the others, and looked up as they stand.
        name=Said(value["name"]),
        kind=value["kind"],  # type: ignore[arg-type] # is one of them, as was just seen
        form=value["form"],  # type: ignore[arg-type]
        announced=date.fromisoformat(value["announced"]),
        first=date.fromisoformat(value["first"]),
        last=date.fromisoformat(value["last"]) if "last" in value else None,
        terms=Said(value["terms"]),
        words=value.get("words", ""),
        later=value.get("later", ""),
        basis=basis,
    )


def running(as_of: date, kind: RegimeKind | None = None) -> tuple[Programme, ...]:
    """Programmes in force on a day, the newest last: ``running(day, "qe")`` is whether QE runs.

    After :data:`REVIEWED` what was in force then is taken to be in force still.

    Args:
        as_of: the day.
        kind: only those of this kind.

    Raises:
        SourceMalformed: the table in the package is missing or damaged.
    """
    return tuple(it for it in in_force(programmes(), as_of) if kind in (None, it.kind))


def in_force(table: Iterable[Programme], day: date) -> tuple[Programme, ...]:
    """Those of a table that are in force on a day, the newest last."""
    return tuple(sorted((it for it in table if it.in_force(day)), key=lambda it: it.begins))
