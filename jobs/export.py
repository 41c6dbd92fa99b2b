"""Everything that is stored, as a file that other programs read."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from monitor.errors import ConfigError, RenderError
from monitor.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Final = ("series", "period", "known_from", "value", "source", "fetched_at")
"""Identifier, period, first day known, value or nothing, publisher, instant of the answer."""

_BATCH = 50_000

Row = tuple[str, str, str, float | None, str, str]


def export(store: Store, out: Path, *, dry_run: bool = False) -> int:
    """Write every value of every vintage, in order of series, period and day known.

    Args:
        store: what is stored.
        out: the file, whose name ends in ``.csv``, ``.csv.gz`` or ``.parquet``. It appears only
            when it is complete.
        dry_run: write nothing.

    Returns:
        How many rows there are.

    Raises:
        ConfigError: the name ends in something else, or what writes Parquet is not installed.
        RenderError: the file cannot be written.
    """
    write, unfinished = _writer(out), out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with closing(store.export()) as rows:
            if dry_run:
                return sum(1 for _ in rows)
            out.parent.mkdir(parents=True, exist_ok=True)
            count = write(unfinished, rows)
        unfinished.replace(out)
    except OSError as err:
        raise RenderError(f"{out} cannot be written: {err.strerror}") from err
    finally:
        # Where it could not be made it cannot be taken away; the first error is the one to tell.
        with suppress(OSError):
            unfinished.unlink()
    return count


def _writer(out: Path) -> Callable[[Path, Iterator[Row]], int]:
    for ending, write in ((".csv", _csv), (".csv.gz", _gzip), (".parquet", _parquet)):
        if out.name.endswith(ending):
            return write
    raise ConfigError(f"{out}: let the name end in .csv, .csv.gz or .parquet")


def _csv(path: Path, rows: Iterator[Row]) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        return _lines(file, rows)


def _gzip(path: Path, rows: Iterator[Row]) -> int:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        return _lines(file, rows)


def _lines(file: TextIO, rows: Iterator[Row]) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    while batch := list(islice(rows, _BATCH)):
        writer.writerows(batch)
        count += len(batch)
    return count


def _parquet(path: Path, rows: Iterator[Row]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ConfigError(
            "Parquet needs pyarrow: pip install 'recession-monitor[parquet]', or write .csv"
        ) from None
    schema = pa.schema(
        [(name, pa.float64() if name == "value" else pa.string()) for name in COLUMNS]
    )
    count = 0
    with pq.ParquetWriter(path, schema) as file:
        while batch := list(islice(rows, _BATCH)):
            file.write_table(_table(batch, schema))
            count += len(batch)
    return count


def _table(batch: list[Row], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    columns = zip(*batch, strict=True)
    return pa.table([pa.array(c, t.type) for c, t in zip(columns, schema, strict=True)], schema)
