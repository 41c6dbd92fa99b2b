"""The whole exception tree. Each class knows its exit code and whether trying again may help.

A problem with one series or one number is a :class:`monitor.domain.Finding`, a value.
An exception here means that the job as a whole cannot go on.
"""

from __future__ import annotations

from typing import ClassVar, Final

BUG: Final = 1
"""Exit code for what should not have happened, and of errors that name no other."""

DEGRADED: Final = 3
"""Exit code of a run that did its work on data that is stale, missing or revised."""

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as a shell gives it: 128 and the number of the signal."""


class MonitorError(Exception):
    """Base of all errors that the operator is told about in one line.

    The message names what failed (a file, a setting, a publisher) and what to do about it.
    """

    exit_code: ClassVar[int] = BUG
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        """The line itself, where ``str`` would lose that it can be said in another language."""
        line: str = self.args[0] if self.args else ""
        return line


class ConfigError(MonitorError):
    """A setting, an option or an argument is wrong."""

    exit_code = 2


class Busy(MonitorError):
    """Another run holds the lock on the store."""

    exit_code = 75
    retryable = True


class SourceError(MonitorError):
    """A publisher did not deliver a series.

    Attributes:
        raw: the answer as it came over the wire, where there was one that could not be used.
    """

    exit_code = 4

    def __init__(self, message: str, raw: bytes = b"") -> None:
        super().__init__(message)
        self.raw = raw


class SourceUnavailable(SourceError):
    """The publisher could not be reached or answered with a server error."""

    retryable = True


class RateLimited(SourceUnavailable):
    """The publisher asked us to come back later, or the day's quota is used up."""


class SourceRejected(SourceError):
    """The publisher understood the request and refused it."""


class KeyMissing(SourceRejected):
    """The publisher wants a key and was given none."""


class KeyRefused(SourceRejected):
    """The publisher does not know the key it was given."""


class SeriesUnknown(SourceRejected):
    """The publisher has no such series."""


class NoVintages(SourceRejected):
    """The publisher has the series, but keeps no archive of its vintages."""


class SourceMalformed(SourceError):
    """The answer is not in the format the publisher documents."""


class InsufficientData(MonitorError):
    """What was known on the day asked for does not suffice for an assessment."""

    exit_code = 4


class ModelError(MonitorError):
    """A model could not be evaluated on data that should have sufficed."""

    exit_code = 4


class RenderError(MonitorError):
    """A digest could not be rendered or written."""


class DeliveryError(MonitorError):
    """A digest was made but did not reach everyone."""

    exit_code = 5


class StoreError(MonitorError):
    """The database cannot be opened, read or written."""
