"""What was known of some series on any day, from one reading of the rows. Pure.

A backtest asks for hundreds of days. The rows of a series are read once into arrays of what was
believed of each period and from which day on; the panel of a day is then cut out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.domain import Panel, Provenance, SeriesSpec, TurningPoint
from monitor.store import vintages
from monitor.store.vintages import Line, Standing

Days = npt.NDArray[np.datetime64]
Places = npt.NDArray[np.intp]

_MONTH: Final = np.timedelta64(1, "M")


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """All that was ever believed of one series.

    Attributes:
        spec: the series.
        index: the periods in order.
        first: place of the first of each period's values among all values.
        count: number of values that each period has had.
        known_from: day from which each value was believed; in order within a period.
        values: the values, NaN where the publisher said that there is none.
        sources: publisher of each value.
        archives: statements of archives of vintages: what these do not mention, nobody knew.
    """

    spec: SeriesSpec
    index: pd.DatetimeIndex
    first: Places
    count: Places
    known_from: Days
    values: npt.NDArray[np.float64]
    sources: Sequence[str]
    archives: Sequence[Standing]

    @classmethod
    def read(
        cls,
        spec: SeriesSpec,
        lines: Iterable[tuple[str, Line]],
        standings: Mapping[int, Standing],
        archives: Sequence[Standing],
    ) -> Timeline:
        """Take in the rows of a series.

        Args:
            spec: the series.
            lines: the rows of each period, in order; see :func:`monitor.store.vintages.lines`.
            standings: the statements by number.
            archives: see the attribute.
        """
        changes = [(period, vintages.changes(line, standings)) for period, line in lines]
        rows = [row for _, line in changes for row in line]
        periods = [period for period, _ in changes]
        count = np.array([len(line) for _, line in changes], dtype=np.intp)
        return cls(
            spec=spec,
            index=pd.DatetimeIndex(periods, name="period"),
            first=np.cumsum(count) - count,
            count=count,
            known_from=np.array([row.known_from for row in rows], dtype="datetime64[D]"),
            values=np.array([row.value for row in rows], dtype=np.float64),
            sources=[standings[row.statement].source for row in rows],
            archives=archives,
        )

    def on(self, day: date, *, strict: bool) -> tuple[pd.Series[float], Provenance] | None:
        """What was known on a day, or ``None``; see ``Store.panel``."""
        today = np.datetime64(day, "D")
        begun = int(np.searchsorted(self.index.to_numpy(), today, side="right"))
        place, stand_in = self._believed(today)
        place, stand_in = place[:begun], stand_in[:begun]
        shown = np.flatnonzero(~stand_in | self._replaceable(day, begun, strict=strict))
        # Releases come in the order of their periods: only the newest can be still to come.
        while shown.size and stand_in[shown[-1]] and self._released(shown[-1]) > day:
            shown = shown[:-1]
        if not shown.size:
            return None
        newest = shown[-1]
        since = self.known_from[place[newest]].astype(object)
        provenance = Provenance(
            source=self.sources[place[newest]],
            known_from=self._released(newest) if stand_in[newest] else since,
            stand_ins=int(stand_in[shown].sum()),
        )
        # Mostly all periods are shown, and a slice of an index costs nothing.
        index = self.index[: shown.size] if newest + 1 == shown.size else self.index[shown]
        values = self.values[place[shown]]
        if self.spec.revised and self.spec.relative:
            values = values * self._level(place[shown], stand_in[shown], shown)
        return pd.Series(values, index, name=self.spec.id), provenance

    def _level(
        self, place: Places, stand_in: npt.NDArray[np.bool_], shown: Places
    ) -> npt.NDArray[np.float64]:
        """By what to multiply values so that stand-ins stand at the level of what they follow.

        A value of a later vintage stands on that vintage's base year and benchmark; only its growth
        since the last period known on the day says what would have been seen then.
        """
        factor = np.ones(place.size)
        known = np.flatnonzero(~stand_in)
        if not known.size:
            return factor
        last = known[-1]
        after = np.arange(last + 1, place.size)
        later = self.known_from[place[after]]
        for vintage in np.unique(later):
            then, unknown = self._believed(vintage)
            before = np.nan if unknown[shown[last]] else self.values[then[shown[last]]]
            ratio = self.values[place[last]] / before if before else np.nan
            if np.isfinite(ratio) and ratio > 0:
                factor[after[later == vintage]] = ratio
        return factor

    def turns(self, day: date, last: TurningPoint | None) -> list[TurningPoint]:
        """The turning points that a chronology of zeros and ones shows after the last one known."""
        place, unknown = self._believed(np.datetime64(day, "D"))
        known = np.flatnonzero(~unknown)
        months = self.index.to_numpy("datetime64[M]")[known]
        state, known_from = self.values[place[known]], self.known_from[place[known]]
        # From 0 to 1 or back; NaN is neither.
        turning = (np.abs(np.diff(state)) == 1) & (np.diff(months) == _MONTH)
        found: list[TurningPoint] = []
        for before in turning.nonzero()[0]:
            point = TurningPoint(
                "trough" if state[before] else "peak",
                months[before].astype("datetime64[D]").astype(object),
                known_from[before + 1].astype(object),
            )
            if last is None or (last.month < point.month and last.kind != point.kind):
                found.append(point)
                last = point
        return found

    def _released(self, period: np.intp) -> date:
        return self.spec.usual_release(self.index[int(period)].date())

    def _believed(self, today: np.datetime64) -> tuple[Places, npt.NDArray[np.bool_]]:
        """For each period the place of its value on a day, and whether it had none yet.

        Where it had none, the place is that of its earliest value, which may stand in.
        """
        if not self.first.size:
            return self.first, np.zeros(0, dtype=bool)
        known = np.add.reduceat((self.known_from <= today).astype(np.intp), self.first)
        return self.first + np.maximum(known - 1, 0), known == 0

    def _replaceable(self, day: date, begun: int, *, strict: bool) -> npt.NDArray[np.bool_]:
        """For which of the first periods the earliest value may stand in for one not stored."""
        allowed = np.full(begun, not (strict and self.spec.revised))
        today, periods = day.isoformat(), self.index[:begun].to_numpy()
        for archive in self.archives:
            if archive.since <= today <= archive.until:
                # The archive of that day is stored, and it did not have the period.
                span = np.datetime64(archive.first), np.datetime64(archive.last)
                allowed &= ~((periods >= span[0]) & (periods <= span[1]))
        return allowed


@dataclass(frozen=True, slots=True, eq=False)
class Chronicle:
    """What was known of some series on every day; it can be sent to another process.

    Attributes:
        timelines: the series.
        announced: the turning points announced by NBER's committee, in order of their month.
        recessions: the monthly chronology, which shows turning points that nobody entered.
    """

    timelines: tuple[Timeline, ...]
    announced: tuple[TurningPoint, ...]
    recessions: Timeline = field(repr=False)

    def panel(self, as_of: date, *, strict: bool = False) -> Panel:
        """All that was known on one day; see ``Store.panel``."""
        known = {line.spec.id: line.on(as_of, strict=strict) for line in self.timelines}
        points = [point for point in self.announced if point.announced <= as_of]
        points += self.recessions.turns(as_of, points[-1] if points else None)
        return Panel(
            as_of,
            {name: found[0] for name, found in known.items() if found},
            {name: found[1] for name, found in known.items() if found},
            tuple(points),
        )
