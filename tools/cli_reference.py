"""Write docs/cli.md: the help of every verb, as the program prints it.

``python tools/cli_reference.py > docs/cli.md``; a test fails when the page is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from jobs.cli import cli

WIDTH = 100


def reference() -> str:
    """The whole page."""
    intro = (
        "# Command line\n\n"
        "Printed by `python tools/cli_reference.py`. Exit codes are in the first block; the JSON\n"
        'documents carry `"schema": 1`, and fields are only ever added to them.\n'
    )
    return intro + "".join(
        f"\n## `{name}`\n\n```\n{help_text}\n```\n"
        for name, help_text in _helps(cli, "recession-monitor")
    )


def _helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for child, below in sorted(command.commands.items()):
            yield from _helps(below, f"{name} {child}")


if __name__ == "__main__":
    print(reference(), end="")
