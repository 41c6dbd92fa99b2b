"""One run at a time, and a ledger of how each ended."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from monitor.errors import BUG, INTERRUPTED, Busy, MonitorError, StoreError
from monitor.store import Store


@dataclass(slots=True)
class Outcome:
    """How a run ends; the run itself fills it in.

    Attributes:
        exit_code: what the process returns.
        as_of: day of the assessment, if one was made.
    """

    exit_code: int = 0
    as_of: date | None = None


@contextmanager
def running(
    path: Path, verb: str, clock: Callable[[], datetime], *, dry_run: bool = False
) -> Iterator[tuple[Store, Outcome]]:
    """The store, for one run that writes: locked, and noted in the ledger however it ends.

    Args:
        path: file of the database.
        verb: what is being done.
        clock: gives the instant.
        dry_run: work on a copy in memory, so that neither lock nor note is needed.

    Raises:
        Busy: another run holds the lock.
    """
    if dry_run:
        with Store.open(path, scratch=True) as store:
            yield store, Outcome()
        return
    with _locked(path), Store.open(path) as store:
        number = store.begin_run(verb, clock())
        outcome = Outcome()
        try:
            yield store, outcome
        except BaseException as err:
            outcome.exit_code = _exit_code(err)
            raise
        finally:
            store.end_run(number, clock(), outcome.exit_code, outcome.as_of)


def _exit_code(err: BaseException) -> int:
    if isinstance(err, MonitorError):
        return err.exit_code
    return INTERRUPTED if isinstance(err, KeyboardInterrupt) else BUG


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a")
    except OSError as err:
        raise StoreError(
            f"{path} ([store] path): {err.strerror}: {err.filename}; make the folder writable for"
            " this user or set another path"
        ) from err
    with file:
        try:
            # The kernel releases it when the process ends, however it ends.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another run holds {lock}: wait for it to end, then try again") from None
        yield
