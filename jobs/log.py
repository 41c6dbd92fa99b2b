"""The log: on standard error, as text or JSON, with every secret masked."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from monitor.config import Settings
from monitor.sources.redaction import RedactingFilter

_LEVELS = ("error", "warning", "info", "debug")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": super().format(record),
        }
        return json.dumps(line)


def to_stderr(settings: Settings, verbose: int) -> None:
    """Send the log to standard error.

    Args:
        settings: level, format, and the secrets to mask.
        verbose: how many levels more than the settings say.
    """
    handler = logging.StreamHandler()
    as_json = settings.logging.format == "json"
    handler.setFormatter(_Json() if as_json else logging.Formatter("%(levelname)s %(message)s"))
    key = settings.fred_api_key
    handler.addFilter(RedactingFilter([key.get_secret_value()] if key else []))
    level = min(_LEVELS.index(settings.logging.level) + verbose, len(_LEVELS) - 1)
    logging.basicConfig(level=_LEVELS[level].upper(), handlers=[handler], force=True)
