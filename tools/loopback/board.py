"""The Board of Governors: the data download of H.15 and H.4.1, and the excess bond premium."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from .figures import FOREVER, Figures, Series
from .wire import Habits, Page, Reply, Request, Sheet, csv, decimal

EBP = "/econres/notes/feds-notes/ebp_csv.csv"

_DOWNLOAD = "/datadownload/Output.aspx"
_MATURITIES = {
    "M01": "1M", "M03": "3M", "M06": "6M",
    **{f"Y{n:02}": f"{n}" for n in (1, 2, 3, 5, 7, 10, 20, 30)},
}  # fmt: skip
_REAL = (5, 7, 10, 20, 30)
_HELD = {
    "H41/H41/RESPPMA_N.WW": "WALCL",
    "H41/H41/RESPPALGUO_N.WW": "TREAST",
    "H41/H41/RESPPALGUOB_N.WW": "WSHOBL",
    "H41/H41/RESPPALGASMO_N.WW": "WSHOMCB",
}
PACKAGES: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("H15", "bf17364827e38702b42a58cf8eaa3f78"): {
        f"H15/H15/RIFLGFC{label}_N.B": f"DGS{name}O" if name.endswith("M") else f"DGS{name}"
        for label, name in _MATURITIES.items()
    },
    ("H15", "0b98a66d3ff5e1ea0fbf88adc59b387f"): {
        f"H15/H15/RIFLGFCY{n:02}_XII_N.B": f"DFII{n}" for n in _REAL
    },
    ("H15", "d7e27b7b09a3a7feae95b9c61781fcd8"): {
        "H15/H15/RIFSPFF_N.M": "FEDFUNDS",
        "H15/H15/RIFSGFSM03_N.M": "TB3MS",
        "H15/H15/RIFSGFSM06_N.M": "TB6MS",
        **{f"H15/H15/RIFLGFC{label}_N.M": f"GS{name}" for label, name in _MATURITIES.items()},
        **{f"H15/H15/RIFLGFCY{n:02}_XII_N.M": f"FII{n}" for n in _REAL},
    },
    ("H15", "c5025f4bbbed155a6f17c587772ed69e"): {"H15/H15/RIFSPFF_N.D": "DFF"},
    ("PRATES", "c27939ee810cb2e929a920a6bd77d9f6"): {
        "PRATES/PRATES_POLICY_RATES/RESBM_N.D": "IORB",
    },
    ("H41", "ccfdc0c8cb86be87af324da79a6f8826"): _HELD,
    ("H41", "3ab1b33ad80c27bc5cc4f8122b7a6440"): _HELD,
    ("H41", "bf254044496631c2a1c54617dd265a95"): {"H41/H41/RESH4R_XAW_N.WW": "WRESBAL"},
}
"""For each package the Board's unique identifiers, and ours. The first of H.15 and all of H.4.1
have been seen in use elsewhere; what the others hold is an assumption."""

_NO_DATA = "ND"


def answer(request: Request, figures: Figures, habits: Habits) -> Page | Reply:
    """What the Board says to a request for a file; an unknown package is a page not found."""
    del habits
    if request.path == EBP:
        return Page((_premium(figures),), _premium_file)
    names = PACKAGES.get((request.query.get("rel", ""), request.query.get("series", "")))
    if request.path != _DOWNLOAD or names is None or request.query.get("filetype") != "csv":
        return Reply(b"<html><body>Page not found</body></html>", "text/html", 404)
    known = {label: figures[name] for label, name in names.items() if name in figures}
    tables = {label: _table(series, figures) for label, series in known.items()}
    first = _day(request.query.get("from", ""), date.min)
    last = _day(request.query.get("to", ""), FOREVER)
    days = sorted({day for table in tables.values() for day in table if first <= day <= last})
    if newest := request.query.get("lastobs"):
        days = days[-int(newest) :]
    digits = None if request.query["rel"] == "H41" else 2
    rows = tuple(
        (day, tuple(decimal(table.get(day), digits) or _NO_DATA for table in tables.values()))
        for day in days
    )
    sheet = Sheet("Time Period", tuple(tables), rows, tuple(range(len(tables))))
    return Page((sheet,), partial(_file, request.query["rel"], known))


def _table(series: Series, figures: Figures) -> dict[date, float | None]:
    if series.spec.frequency == "daily":
        return dict(figures.published(series.spec.id, timedelta(days=1)))
    return dict(series.latest)


def _day(text: str, usual: date) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date() if text else usual  # noqa: DTZ007 - a day


def _file(release: str, known: Mapping[str, Series], sheets: Sequence[Sheet]) -> Reply:
    (sheet,) = sheets
    unit, multiplier, currency = (
        ("Currency", "1000000", "USD") if release == "H41" else ("Percent:_Per_Year", "1", "NA")
    )
    titles = [known[name].spec.title if name in known else name for name in sheet.columns]
    short = [name.rsplit("/", 1)[-1] for name in sheet.columns]
    lines = [
        ("Series Description", *titles),
        ("Unit:", *(unit for _ in sheet.columns)),
        ("Multiplier:", *(multiplier for _ in sheet.columns)),
        ("Currency:", *(currency for _ in sheet.columns)),
        ("Unique Identifier: ", *sheet.columns),
        (sheet.key, *short),
    ]
    header = "".join(",".join(f'"{cell}"' for cell in line) + "\r\n" for line in lines)
    monthly = any(series.spec.frequency == "monthly" for series in known.values())
    table = csv(sheet, day=_month if monthly else date.isoformat, end="\r\n").split("\r\n", 1)[1]
    headers = {"Content-Disposition": f'attachment; filename="FRB_{release}.csv"'}
    return Reply((header + table).encode(), "text/csv", headers=headers, validated=True)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _premium(figures: Figures) -> Sheet:
    """The excess bond premium by month, oldest first."""
    days = [day for day, _ in figures["EBP"].latest] if "EBP" in figures else []
    premium = dict(figures["EBP"].latest) if days else {}
    rows = tuple((day, ("0.9", decimal(premium[day]), "0.1")) for day in days)
    return Sheet("date", ("gz_spread", "ebp", "est_prob"), rows, (1,))


def _premium_file(sheets: Sequence[Sheet]) -> Reply:
    text = csv(sheets[0], day=lambda day: f"{day.month}/{day.day}/{day.year}")
    return Reply(text.encode(), "text/csv", validated=True)
