"""Rebuild or check the bundled history from the original packages.

    python tools/build_history.py --gretl DEB_OR_FOLDER ... --openbb SDIST --out monitor/data
    python tools/build_history.py --gretl DEB_OR_FOLDER --out monitor/data --check

A ``gretl-data`` package of Debian holds the database ``fedstl``: several hundred series as FRED
served them on one day. Four of these packages give four true vintages of the monthly history.
The sdist of ``openbb-fred`` holds FRED's recorded answers for the daily curve. ``docs/data.md``
says where to get both and describes the format of what is written here.

Only series that the catalogue lists as bundled are written; what belongs to third parties is
never among them.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import gzip
import hashlib
import io
import json
import lzma
import re
import sys
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from monitor.catalog import SERIES

FIRST_PERIOD = "1948-01"
MISSING = np.float32(-999)
"""gretl's mark for a value that does not exist."""

HOLE = "."
"""The publisher says that there is no value; FRED writes it so."""

# The turning points are bundled too, but no package has them: FRED does not publish them.
_BUNDLED = [spec for spec in SERIES.values() if {"bundled", "fred"} <= set(spec.publishers)]
MONTHLY = tuple(spec.id for spec in _BUNDLED if spec.frequency != "daily")
DAILY = tuple(spec.id for spec in _BUNDLED if spec.frequency == "daily")
CASSETTE = "test_fred_yield_curve_fetcher_urllib3_v2.yaml"
MANIFEST_HEADER = "known_from,folder,file,sha256"
SHOWN_DIFFERENCES = 20

_FREQUENCIES = {"M": ("monthly", 1), "Q": ("quarterly", 3)}
"""gretl's letter: the word of our catalogue, and the months in a period."""


class PackageError(Exception):
    """A package is not what we take it for; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file of which day a part of the bundle was made from.

    Attributes:
        known_from: day of the snapshot.
        folder: folder of the bundle that it went to.
        file: name of the file inside the package.
        sha256: its checksum, in hexadecimal.
    """

    known_from: date
    folder: str
    file: str
    sha256: str

    def line(self) -> str:
        """The origin as a line of ``vintages.csv``."""
        return f"{self.known_from},{self.folder},{self.file},{self.sha256}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All bundled monthly and quarterly series as they were on one day.

    Attributes:
        origin: where they come from; ``origin.known_from`` is the vintage.
        series: identifier to period (``YYYY-MM``) to the value as text, or ``HOLE``.
    """

    origin: Origin
    series: Mapping[str, Mapping[str, str]]


# ------------------------------------------------------------------------------- gretl's database
def read_gretl(package: Path) -> Snapshot:
    """Decode a ``gretl-data`` package, or a folder into which one was unpacked.

    The day of the snapshot is the modification day (UTC) of ``fedstl.idx``.

    Raises:
        PackageError: the package or the database in it is not of the known form.
    """
    try:
        index, written, values = _from_folder(package) if package.is_dir() else _from_deb(package)
        series = decode(index.decode("utf-8"), values)
    except tarfile.ReadError as err:
        raise PackageError(
            f"{package}: cannot be unpacked here ({err}); "
            "run `dpkg-deb -x` on it and give the folder instead"
        ) from err
    except KeyError as err:
        raise PackageError(f"{package}: holds no file {err}") from None
    except (PackageError, ValueError, EOFError, lzma.LZMAError) as err:
        raise PackageError(f"{package}: {err}") from err
    checksum = hashlib.sha256(values).hexdigest()
    return Snapshot(Origin(written.date(), "monthly", "fedstl.bin", checksum), series)


def _from_folder(folder: Path) -> tuple[bytes, datetime, bytes]:
    found = sorted(folder.rglob("fedstl.idx"))
    if len(found) != 1:
        raise PackageError(f"holds {len(found)} files fedstl.idx instead of one")
    index = found[0]
    written = datetime.fromtimestamp(index.stat().st_mtime, UTC)
    return index.read_bytes(), written, index.with_suffix(".bin").read_bytes()


def _from_deb(package: Path) -> tuple[bytes, datetime, bytes]:
    with tarfile.open(fileobj=io.BytesIO(_data_archive(package.read_bytes()))) as archive:
        members = {Path(member.name).name: member for member in archive if member.isfile()}
        index, values = members["fedstl.idx"], members["fedstl.bin"]
        written = datetime.fromtimestamp(index.mtime, UTC)
        return _content(archive, index), written, _content(archive, values)


def _data_archive(deb: bytes) -> bytes:
    """The member ``data.tar.*`` of a Debian package, which is an ``ar`` archive."""
    if not deb.startswith(b"!<arch>\n"):
        raise PackageError("is not a Debian package")
    offset = 8
    while offset + 60 <= len(deb):
        name = deb[offset : offset + 16].decode("ascii", "replace")
        size = int(deb[offset + 48 : offset + 58])
        offset += 60
        if name.startswith("data.tar"):
            return deb[offset : offset + size]
        offset += size + size % 2
    raise PackageError("has no member data.tar")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file is not None else b""


def decode(index: str, values: bytes) -> dict[str, dict[str, str]]:
    """The bundled series in a gretl database.

    The index has two lines a series, after a comment::

        unrate  Unemployment Rate, %, SA
        M  1948.01 - 2022.09  n = 897

    and the values of all series follow one another as little-endian float32 in the other file.

    Args:
        index: text of ``fedstl.idx``.
        values: content of ``fedstl.bin``.

    Returns:
        Identifier to period (``YYYY-MM``, from 1948-01 on) to value, for the series of the
        catalogue that the database has.

    Raises:
        PackageError: index and values contradict each other or the catalogue.
    """
    numbers = np.frombuffer(values, "<f4")
    lines = [line for line in index.splitlines() if line.strip() and not line.startswith("#")]
    found: dict[str, dict[str, str]] = {}
    offset = 0
    for head, span in zip(lines[::2], lines[1::2], strict=True):
        match = re.fullmatch(r"([A-Z])\s+(\S+)\s+-\s+(\S+)\s+n = (\d+)\s*", span)
        if match is None:
            raise PackageError(f"the index line {span!r} after {head!r} is not understood")
        name = head.split(maxsplit=1)[0].upper()
        count = int(match[4])
        if name in MONTHLY:
            periods = _periods(name, match[1], match[2], match[3], count)
            found[name] = _stated(periods, numbers[offset : offset + count])
        offset += count
    if offset != len(numbers):
        raise PackageError(f"the index counts {offset} values, the database has {len(numbers)}")
    return found


def _periods(name: str, letter: str, start: str, end: str, count: int) -> list[str]:
    """First months of the periods from ``1948.01`` or ``1948.1`` on, as ``YYYY-MM``."""
    frequency, step = _FREQUENCIES.get(letter, ("", 1))
    if frequency != SERIES[name].frequency:
        raise PackageError(f"{name}: frequency {letter} is not that of the catalogue")
    first, last = (
        int(year) * 12 + (int(part) - 1) * step for year, part in (start.split("."), end.split("."))
    )
    months = range(first, last + 1, step)
    if len(months) != count:
        raise PackageError(f"{name}: {start} to {end} is not {count} {frequency} periods")
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]


def _stated(periods: Sequence[str], numbers: npt.NDArray[np.float32]) -> dict[str, str]:
    """Values by period; missing ones are holes inside the range and left out at its ends."""
    present = np.flatnonzero(numbers != MISSING)
    inside = slice(present[0], present[-1] + 1) if len(present) else slice(0)
    return {
        period: HOLE if number == MISSING else shortest(number)
        for period, number in zip(periods[inside], numbers[inside], strict=True)
        if period >= FIRST_PERIOD
    }


def shortest(number: np.float32) -> str:
    """The shortest decimal that stands for this float32 and no other, such as ``2876.6``."""
    return np.format_float_positional(np.float32(number), unique=True, trim="-")


# ----------------------------------------------------------------------------- the monthly tables
def news(known: Mapping[str, str], snapshot: Mapping[str, str]) -> dict[str, str]:
    """What a snapshot adds to what was known: first values, revisions and new holes."""
    return {period: text for period, text in snapshot.items() if known.get(period) != text}


def encode(snapshots: Iterable[Snapshot]) -> dict[str, str]:
    """Tables of changes, one column a vintage.

    Returns:
        Identifier to the text of its file.
    """
    columns: dict[str, dict[str, dict[str, str]]] = {}
    for snapshot in sorted(snapshots, key=lambda one: one.origin.known_from):
        for name, values in snapshot.series.items():
            table = columns.setdefault(name, {})
            table[str(snapshot.origin.known_from)] = news(_known(table.values()), values)
    return {name: _write(columns[name]) for name in MONTHLY if name in columns}


def _known(columns: Iterable[Mapping[str, str]]) -> dict[str, str]:
    known: dict[str, str] = {}
    for column in columns:
        known.update(column)
    return known


def _write(table: Mapping[str, Mapping[str, str]]) -> str:
    periods = sorted(set().union(*table.values()))
    rows = [",".join([period, *(col.get(period, "") for col in table.values())])
            for period in periods]  # fmt: skip
    return "\n".join([",".join(["period", *table]), *rows, ""])


def _read(text: str) -> dict[str, dict[str, str]]:
    """The inverse of ``_write``: vintage to period to cell."""
    header, *rows = (line.split(",") for line in text.splitlines())
    return {
        vintage: {row[0]: row[column] for row in rows if row[column]}
        for column, vintage in enumerate(header[1:], 1)
    }


# --------------------------------------------------------------------------------- the daily curve
def read_openbb(sdist: Path) -> tuple[Origin, str]:
    """Decode FRED's recorded answers for the daily curve.

    Values are FRED's own text. A day on which no maturity has a value is left out.

    Returns:
        The origin, with FRED's ``realtime_start`` as its day, and the text of ``curve.csv``.

    Raises:
        PackageError: the recording is not in the package or not of the known form.
    """
    try:
        with tarfile.open(sdist) as archive:
            member = next(one for one in archive if Path(one.name).name == CASSETTE)
            cassette = _content(archive, member)
        answers = _answers(cassette.decode("utf-8"))
        columns = [
            {row["date"]: row["value"] for row in answers[name]["observations"]
             if row["value"] != HOLE}
            for name in DAILY
        ]  # fmt: skip
        vintages = {answers[name]["realtime_start"] for name in DAILY}
    except StopIteration:
        raise PackageError(f"{sdist}: has no recording {CASSETTE}") from None
    except KeyError as err:
        raise PackageError(f"{sdist}: the recording lacks {err}") from None
    except (tarfile.TarError, OSError, EOFError, binascii.Error, json.JSONDecodeError) as err:
        raise PackageError(f"{sdist}: the recording cannot be decoded: {err}") from err
    if len(vintages) != 1:
        raise PackageError(f"{sdist}: the recordings are of different days: {sorted(vintages)}")
    known_from = date.fromisoformat(vintages.pop())
    days = sorted(set().union(*columns))
    rows = ([day, *(column.get(day, "") for column in columns)] for day in days)
    lines = [",".join(row) for row in rows if any(row[1:])]
    origin = Origin(known_from, "daily", CASSETTE, hashlib.sha256(cassette).hexdigest())
    return origin, "\n".join([",".join(["date", *DAILY]), *lines, ""])


def _answers(cassette: str) -> dict[str, Any]:
    """Answers with observations by series; each body is gzipped JSON, in base64 within YAML."""
    bodies = re.finditer(
        r"^    uri: \S*/observations\?\S*series_id=(\w+)\S*\n"
        r"  response:\n    body:\n      string: !!binary \|\n((?: {8}\S+\n)+)",
        cassette,
        re.MULTILINE,
    )
    return {body[1]: json.loads(gzip.decompress(base64.b64decode(body[2]))) for body in bodies}


# ------------------------------------------------------------------------------- writing, checking
def write(out: Path, snapshots: Sequence[Snapshot], curve: tuple[Origin, str] | None) -> None:
    """Replace the folders of the bundle for which packages are given, and their vintages."""
    made: dict[str, str] = {}
    if snapshots:
        made |= {f"monthly/{name}.csv": text for name, text in encode(snapshots).items()}
    origins = [snapshot.origin for snapshot in snapshots]
    if curve is not None:
        origins.append(curve[0])
        made["daily/curve.csv"] = curve[1]
    replaced = {origin.folder for origin in origins}
    for folder in replaced:
        for old in (out / folder).glob("*.csv"):
            old.unlink()
    kept = [line for line in _manifest(out) if line.split(",")[1] not in replaced]
    lines = sorted([*kept, *(origin.line() for origin in origins)])
    made["vintages.csv"] = "\n".join([MANIFEST_HEADER, *lines, ""])
    for name, text in made.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


def _manifest(out: Path) -> list[str]:
    path = out / "vintages.csv"
    return path.read_text("utf-8").splitlines()[1:] if path.exists() else []


def differences(
    out: Path, snapshots: Sequence[Snapshot], curve: tuple[Origin, str] | None
) -> Iterable[str]:
    """Every place where the bundle is not what the packages say, in words."""
    manifest = _manifest(out)
    origins = [snapshot.origin for snapshot in snapshots]
    origins += [curve[0]] if curve is not None else []
    for origin in origins:
        if origin.line() not in manifest:
            yield f"vintages.csv: lacks the line {origin.line()}"
    for snapshot in snapshots:
        yield from _monthly_differences(out, snapshot)
    if curve is not None:
        path = out / "daily/curve.csv"
        bundled = path.read_text("utf-8") if path.exists() else ""
        yield from _line_differences("daily/curve.csv", bundled, curve[1])


def _monthly_differences(out: Path, snapshot: Snapshot) -> Iterable[str]:
    vintage = str(snapshot.origin.known_from)
    for name in MONTHLY:
        path = out / f"monthly/{name}.csv"
        table = _read(path.read_text("utf-8")) if path.exists() else {}
        if (vintage in table) != (name in snapshot.series):
            where = "the package" if name in snapshot.series else "the bundle"
            yield f"monthly/{name}.csv: vintage {vintage} is only in {where}"
            continue
        if name not in snapshot.series:
            continue
        earlier = _known(column for day, column in table.items() if day < vintage)
        expected = news(earlier, snapshot.series[name])
        bundled = table[vintage]
        for period in sorted(expected.keys() | bundled.keys()):
            cell, wanted = bundled.get(period, ""), expected.get(period, "")
            if cell != wanted:
                yield (
                    f"monthly/{name}.csv: {period} in {vintage} is {cell!r}, "
                    f"by the package {wanted!r}"
                )


def _line_differences(name: str, bundled: str, wanted: str) -> Iterable[str]:
    ours, theirs = (
        {line.partition(",")[0]: line for line in text.splitlines()} for text in (bundled, wanted)
    )
    for day in sorted(ours.keys() | theirs.keys()):
        if ours.get(day) != theirs.get(day):
            yield f"{name}: bundled {ours.get(day)!r}, by the package {theirs.get(day)!r}"


# ------------------------------------------------------------------------------------ command line
def main(arguments: Sequence[str] | None = None) -> int:
    """Build or check; 0 done or equal, 1 the bundle differs, 2 a package cannot be used."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gretl", metavar="DEB_OR_FOLDER", type=Path, nargs="+", default=[])
    parser.add_argument("--openbb", metavar="SDIST", type=Path)
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=Path("monitor/data"))
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args(arguments)
    if not options.gretl and options.openbb is None:
        parser.error("give at least one package: --gretl or --openbb")
    try:
        snapshots = [read_gretl(package) for package in options.gretl]
        curve = read_openbb(options.openbb) if options.openbb is not None else None
    except (PackageError, OSError) as err:
        print(err, file=sys.stderr)
        return 2
    if not options.check:
        write(options.out, snapshots, curve)
        return 0
    found = list(islice(differences(options.out, snapshots, curve), SHOWN_DIFFERENCES))
    for difference in found:
        print(difference)
    if not found:
        print(f"{options.out} agrees with the packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
