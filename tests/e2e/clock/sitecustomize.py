"""Put the clock of the program forward or back; Python runs this file at its start.

The program reads the clock in one place, which is replaced when that is imported. A clock that is
shifted below Python, by libfaketime, is none for it: `time.sleep` fails there, and locks that
wait for a time wait for ever.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PLACE, NAME = "jobs.cli", "_now"
AHEAD = "TESTS_CLOCK_AHEAD"


class Shifted:
    """Finds that one module as ever, and shifts its clock when it has been executed."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == PLACE else None
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            from datetime import timedelta

            execute(module)
            now, ahead = getattr(module, NAME), timedelta(seconds=float(os.environ[AHEAD]))
            setattr(module, NAME, lambda: now() + ahead)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # of this one object
        return spec


if AHEAD in os.environ:
    sys.meta_path.insert(0, Shifted)
