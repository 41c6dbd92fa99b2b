"""The tables of the scoreboard: which row of the backtest stands where, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any, Final

from monitor.digest import sentences
from monitor.digest.blocks import Column, Table
from monitor.digest.wording import EN, NONE, capital, clean, unsigned, whole_percent
from monitor.domain import HEADLINE_HORIZON
from monitor.model import background, factor, lag, pool

Document = Mapping[str, Any]
Row = Mapping[str, Any]

POOL: Final = pool.ID
NYFED: Final = factor.ID

MEMBERS: Final = sentences.MEMBERS | {POOL: "Our pool", NYFED: "NY Fed, published"}
"""Name of each member, short enough for the table of a terminal."""

_CONSTANT, _SLOPE = (unsigned(part, 4) for part in factor.COEFFICIENTS)
_MEANINGS: Final = {
    POOL: "the clock, and the background in so far as its alarm is false; the digest's headline",
    lag.ID: "time since the curve inverted; an alarm may be false, and it fades",
    lag.END_ID: "the same from the end of the inversion",
    background.ID: "the spread now and six months before, learned where no true alarm was running",
    NYFED: f"Φ(a + b spread) with a = {_CONSTANT} and b = {_SLOPE}, frozen since "
    f"{factor.ESTIMATED_THROUGH.year}, published for the month in twelve months",
    "probit": "the same form, fitted to what was known",
    "probit_lag6": "the spread and the spread six months before",
    "wright": "the spread and the federal funds rate",
    "logit": "many indicators, shrunk towards their mean",
    "climatology": "the share of past months with the event",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A score as a column.

    Attributes:
        field: its name in a row of the document.
        name: its heading.
        digits: after the decimal point.
        interval: digits of its interval where the table has room for one, or 0.
        headline: whether the first screen tells it.
    """

    field: str
    name: str
    digits: int = 3
    interval: int = 0
    headline: bool = False


MEASURES: Final = (
    Measure("brier", "Brier", interval=3, headline=True),
    Measure("log_score", "log score", headline=True),
    Measure("auroc", "AUROC", interval=2, headline=True),
    Measure("pr_auc", "PR-AUC", headline=True),
    Measure("calibration_slope", "slope", 2),
    Measure("max_probability", "highest", 2),
)
_DETAIL: Final = (
    Measure("brier_reliability", "reliability"),
    Measure("brier_resolution", "resolution"),
    Measure("brier_uncertainty", "uncertainty"),
    Measure("brier_within", "within bins"),
    Measure("brier_skill", "skill", 2),
    Measure("calibration_intercept", "intercept", 2),
    Measure("ece", "ECE"),
)
_DIGITS: Final = {measure.field: measure.digits for measure in (*MEASURES, *_DETAIL)}


# ----------------------------------------------------------------------------------------- the rows
class Rows:
    """The scores of a document, found by member, window, target and horizon.

    Attributes:
        windows: those to be shown: of the ones to be quoted all that our pool has a score in, else
            whatever other it has one in; none if no outcome is settled.
        members: identifiers, the pool first.
        targets: what was forecast, in the order of the document.
        horizons: in months, in ascending order.
    """

    def __init__(self, document: Document) -> None:
        self.members: Sequence[str] = document["members"]
        self._rows: dict[tuple[str, str, int, str], Row] = {
            (row["member"], row["target"], row["horizon"], row["window"]): row
            for row in document["rows"]
        }
        named = (*document["windows"], *dict.fromkeys(row["window"] for row in document["rows"]))
        scored = [name for name in dict.fromkeys(named) if self.ours(name)]
        quoted = [name for name in scored if name in document["windows"]]
        self.windows: Sequence[str] = quoted or scored
        self.targets = list(dict.fromkeys(row["target"] for row in document["rows"]))
        self.horizons = sorted({row["horizon"] for row in document["rows"]})

    @property
    def newest(self) -> str:
        """The window that reaches furthest, which is the one to quote; empty without any."""
        return self.windows[-1] if self.windows else ""

    def find(
        self, member: str, window: str, target: str = "start", horizon: int = HEADLINE_HORIZON
    ) -> Row:
        """One row; empty where the document has none."""
        return self._rows.get((member, target, horizon, window), {})

    def ours(self, window: str) -> Row:
        """The pool's row of the headline."""
        return self.find(self.members[0], window)

    def theirs(self, window: str) -> Row:
        """The row of the New York Fed's published coefficients."""
        return self.find(NYFED, window)

    def table(self, target: str, horizon: int, window: str) -> list[Row]:
        """One row for each member that has one, the pool first."""
        found = (self.find(name, window, target, horizon) for name in self.members)
        return [row for row in found if row]


def written(row: Row, field: str, interval: int = 0) -> str:
    """A score, with its interval in brackets if digits are given for it."""
    value = row.get(field)
    if value is None:
        return NONE
    said = unsigned(value, _DIGITS[field])
    span = row["interval"].get(field) if interval else None
    return f"{said} ({span[0]:.{interval}f} to {span[1]:.{interval}f})" if span else said


def member(name: str) -> str:
    """A member in a few words; its identifier where we have none."""
    return MEMBERS.get(name, clean(name))


def notes(rows: Rows) -> Iterator[str]:
    """What each member is, and what the columns are."""
    for name in rows.members:
        if name in _MEANINGS:
            yield f"{member(name)}: {_MEANINGS[name]}."
    for name, one in product(rows.members, rows.windows):
        months, all_months = rows.find(name, one).get("n"), rows.ours(one).get("n")
        if months and months != all_months:
            yield (
                f"{member(name)} is scored on {months} of {all_months} months of {window(one)}: on "
                "the others it had nothing to say, so that its scores are not quite comparable."
            )
    yield (
        "Brier is the mean squared error, log score the mean negative log likelihood of forecasts "
        "clipped to 1% and 99%: less is better. AUROC and PR-AUC only rank months: more is better. "
        "A slope below 1 means forecasts too bold, above 1 too timid. In brackets 90% intervals "
        "from blocks of 48 months drawn again."
    )


def window(name: str) -> str:
    """A window as it is printed, with the dash of a range."""
    return clean(name).replace("-", "\N{EN DASH}")


def span(start: date, end: date) -> str:
    """From one month to another, or the one month."""
    return EN.month(start) if start == end else f"{EN.month(start)} to {EN.month(end)}"


# ------------------------------------------------------------------------------------ score tables
def wide(rows: Rows, target: str = "start") -> Table:
    """Every member at twelve months, each score in all windows side by side, for the page.

    A heading has the window on a line of its own.
    """
    pairs = list(product(MEASURES, rows.windows))
    return Table(
        f"{HEADLINE_HORIZON} months. {_basis(rows, target)}",
        (Column("Member"), *(_number(f"{capital(m.name)}\n{window(w)}") for m, w in pairs)),
        tuple(
            (
                member(name),
                *(written(rows.find(name, w, target), m.field, m.interval) for m, w in pairs),
            )
            for name in rows.members
            if any(rows.find(name, w, target) for w in rows.windows)
        ),
        layout="stack",
    )


def _basis(rows: Rows, target: str) -> str:
    """How many months and events each window rests on."""
    said = []
    for name in rows.windows:
        row = rows.find(rows.members[0], name, target)
        if row:
            events = EN.count(row["events"], "{n} recession", "{n} recessions")
            said.append(
                f"{window(name)}: {sentences.months(EN, row['n'])}, "
                f"{row['positives']} with the event, {events}"
            )
    return f"{'; '.join(said)}." if said else ""


def narrow(rows: Rows, name: str) -> Table:
    """Every member at twelve months in one window, for a terminal."""
    columns = [Column("Member")]
    for measure in MEASURES:
        if measure.field == "max_probability":
            continue
        columns.append(_number(capital(measure.name.removesuffix(" score"))))
        if measure.interval:
            columns.append(_number("90%"))
    cells = [
        (
            member(row["member"]),
            *(
                cell
                for measure in MEASURES
                if measure.field != "max_probability"
                for cell in _split(row, measure)
            ),
        )
        for row in rows.table("start", HEADLINE_HORIZON, name)
    ]
    title = f"A start within {HEADLINE_HORIZON} months, {window(name)}"
    return Table(title, tuple(columns), tuple(cells))


def _split(row: Row, measure: Measure) -> Iterator[str]:
    """A score, and its interval in a cell of its own."""
    yield written(row, measure.field)
    if measure.interval:
        ends = row["interval"].get(measure.field)
        dash = "\N{EN DASH}"
        yield dash.join(f"{end:.{measure.interval}f}" for end in ends) if ends else NONE


def horizons(rows: Rows, target: str = "start", *, short: bool = False) -> Table:
    """The pool beside the New York Fed's coefficients at every horizon.

    Args:
        rows: the scores.
        target: what is forecast.
        short: only the newest window, for a terminal.
    """
    sides = [(rows.members[0], "pool"), (NYFED, "NY Fed")]
    windows = rows.windows[-1:] if short else rows.windows
    columns = list(product(("brier", "auroc"), windows, sides))
    names = {measure.field: measure.name for measure in MEASURES}
    return Table(
        "By horizon; the extension of the New York Fed's twelve months to others is ours, with a "
        f"constant hazard{f'; {window(windows[0])}' if short else ''}",
        (
            Column("Horizon"),
            *(
                _number(f"{names[field]} {side[1]}" + ("" if short else f"\n{window(name)}"))
                for field, name, side in columns
            ),
        ),
        tuple(
            (
                f"{horizon} months",
                *(
                    written(rows.find(side[0], name, target, horizon), field)
                    for field, name, side in columns
                ),
            )
            for horizon in rows.horizons
        ),
        layout="stack",
    )


def by_horizon(rows: Rows, name: str) -> Table:
    """Brier score and AUROC of every member at every horizon in one window."""
    columns = list(product(("brier", "auroc"), rows.horizons))
    heads = {"brier": "Brier", "auroc": "AUROC"}
    return Table(
        f"A start within each horizon, {window(name)}",
        (Column("Member"), *(_number(f"{heads[field]} {h}m") for field, h in columns)),
        tuple(
            (
                member(one),
                *(written(rows.find(one, name, horizon=h), field) for field, h in columns),
            )
            for one in rows.members
        ),
        layout="stack",
    )


def calibration(rows: Rows, name: str) -> Table:
    """The parts of the Brier score, its skill and the calibration, of every member."""
    return Table(
        f"The Brier score of {HEADLINE_HORIZON} months is reliability less resolution plus "
        "uncertainty plus the part within bins; skill is against climatology",
        (Column("Member"), *(_number(capital(measure.name)) for measure in _DETAIL)),
        tuple(
            (member(row["member"]), *(written(row, measure.field) for measure in _DETAIL))
            for row in rows.table("start", HEADLINE_HORIZON, name)
        ),
        layout="stack",
    )


# ------------------------------------------------------------------------------------ other tables
def recessions(episodes: Sequence[Row]) -> Table:
    """Every recession with its warning."""
    return Table(
        "Recessions and when our pool warned of them",
        (
            Column("Start"),
            Column("Announced"),
            Column("Warned from"),
            _number("Months of lead"),
            _number("Warned of 12"),
            Column("Verdict"),
        ),
        tuple(
            (
                _month(row["recession_start"]),
                _month(row["announced"]),
                _month(row["first_warning"]),
                NONE if row["lead_months"] is None else str(row["lead_months"]),
                str(row["warned_months"]),
                "missed" if row["missed"] else "warned",
            )
            for row in episodes
        ),
    )


def false_alarms(alarms: Sequence[Row]) -> Table:
    """Every run of warnings that no recession followed."""
    return Table(
        "Warnings that no recession followed; open where twelve months are not over",
        (Column("From"), Column("To"), _number("Months"), _number("Highest"), Column("Verdict")),
        tuple(
            (
                _month(row["start"]),
                _month(row["end"]),
                str(row["months"]),
                EN.percent(row["max_probability"]),
                "open" if row.get("open") else "false alarm",
            )
            for row in alarms
        ),
    )


def bands(found: Sequence[Row]) -> Table:
    """How often a recession started within twelve months of a month in each band."""
    return Table(
        f"Months in each band of our pool, and those followed by a start within {HEADLINE_HORIZON} "
        "months; the interval takes months for independent, which they are not",
        (
            Column("Band"),
            _number("From"),
            _number("Months"),
            _number("Followed"),
            _number("Share"),
            _number("80% interval"),
        ),
        tuple(
            (
                clean(row["band"]),
                f"{whole_percent(row['floor'])}%",
                str(row["months"]),
                str(row["starts"]),
                _share(row["rate"]),
                NONE if row["low"] is None else f"{_share(row['low'])} to {_share(row['high'])}",
            )
            for row in found
        ),
    )


def _share(rate: float | None) -> str:
    """An observed share, which unlike a forecast may be none or all."""
    return NONE if rate is None else f"{whole_percent(rate)}%"


def _month(text: str | None) -> str:
    return EN.month(date.fromisoformat(f"{text[:7]}-01")) if text else NONE


def _number(title: str) -> Column:
    return Column(title, numeric=True)
