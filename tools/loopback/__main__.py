"""The publishers on this machine, to try the product without a network.

    python tools/loopback                                      serve until Ctrl-C
    python tools/loopback -- recession-monitor run             serve while a command runs
    python tools/loopback --fault fred:429,retry_after=120,times=2 --fault fredgraph:web_page

The settings that point the product here are printed as lines NAME=value, and are given to the
command. Figures after the end of the bundled history, and those of series that the bundle may not
carry, are INVENTED: nothing that this program says is news.

A fault is written PUBLISHER[/SERIES]:FAULT[,option=value...]; --list-faults names them. While the
server runs, POST /control/fail?fault=... adds one, POST /control/heal takes all away, and
GET /control/requests counts what was asked.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

if __package__ != "loopback":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loopback import FAULTS, Fault, Habits, Server
from loopback.faults import parsed

DEMO_KEY = "loopbackloopbackloopbackloopback"
"""Any 32 lower-case letters and digits will do; these are no secret."""


def main(arguments: list[str] | None = None) -> int:
    """Run the program.

    Returns:
        0, or the exit code of the command that was run.
    """
    chosen = _parser().parse_args(arguments)
    if chosen.list_faults:
        print("\n".join(FAULTS))
        return 0
    habits = Habits(old_header=chosen.old_header, per_minute=chosen.per_minute)
    with Server(today=chosen.today, habits=habits, port=chosen.port) as server:
        for fault in chosen.fault:
            server.add(fault)
        settings = server.settings()
        if not chosen.no_key:
            settings["FRED_API_KEY"] = DEMO_KEY
        _announce(server, settings, toml=chosen.print_config)
        if chosen.command:
            environment = {**os.environ, **settings}
            # The command is what the user wrote on the command line.
            code = subprocess.run(chosen.command, env=environment, check=False).returncode  # noqa: S603
            print(f"{server.requests} requests were answered.", file=sys.stderr)
            return code
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{server.requests} requests were answered.", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "loopback", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="first of six ports; 0: any free ones")
    parser.add_argument("--today", type=date.fromisoformat, help="day of the figures, YYYY-MM-DD")
    parser.add_argument("--fault", type=_fault, action="append", default=[], help="see above")
    parser.add_argument("--list-faults", action="store_true", help="name all faults and end")
    parser.add_argument("--per-minute", type=int, default=120, help="FRED's limit; 0: none")
    parser.add_argument("--no-key", action="store_true", help="give the command no key of FRED")
    parser.add_argument("--old-header", action="store_true", help="fredgraph as before 2024-11")
    parser.add_argument("--print-config", action="store_true", help="print the settings as TOML")
    parser.add_argument("command", nargs="*", help="run this with the settings, then end")
    return parser


def _fault(text: str) -> Fault:
    try:
        return parsed(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from None


def _announce(server: Server, settings: dict[str, str], *, toml: bool) -> None:
    invented = [name for name in server.figures if server.figures[name].invented_from]
    out = sys.stdout
    for name, value in settings.items():
        if not toml:
            print(f"{name}={value}", file=out)
        elif name.endswith("__URL"):
            publisher = name.removeprefix("RECESSION_MONITOR_SOURCES__").removesuffix("__URL")
            print(f'[sources.{publisher.lower()}]\nurl = "{value}"', file=out)
    out.flush()
    print(
        f"Serving {len(list(server.figures))} series as of {server.today}. Figures after the end of"
        f" the bundled history are invented ({len(invented)} series); they are no news.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
