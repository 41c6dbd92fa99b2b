"""A process that has loaded what the verbs load, and of which every question is answered by a fork.

What a user waits for most of the time is Python's start; tests of what a verb says need not.
Each line of standard input is a question: a folder, an environment, arguments, and two files for
what is written. The answer is the exit code and the seconds of the processor.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from importlib import import_module
from typing import Any, NoReturn

HEAVY = (
    "jobs.pipeline", "jobs.policy_backtest", "jobs.tables", "monitor.digest.render", "numpy",
    "pandas", "scipy.optimize", "scipy.special", "scipy.stats", "sklearn.linear_model",
)  # fmt: skip


def answer(asked: dict[str, Any]) -> NoReturn:
    """Become the program, as if it had been started."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = ["jobs", *asked["arguments"]]
    runpy.run_module("jobs", run_name="__main__", alter_sys=True)
    sys.exit(0)


def main() -> None:
    for name in HEAVY:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            answer(json.loads(line))
        _, status, used = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        sys.stdout.write(json.dumps([code, used.ru_utime + used.ru_stime]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
