"""The command line: parse, call, print. What loads slowly is imported where it is needed."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from monitor import __version__
from monitor.domain import EDITIONS, SCHEMA, SPREADS, Basis, Edition
from monitor.errors import BUG, DEGRADED, INTERRUPTED, ConfigError, MonitorError

if TYPE_CHECKING:
    from jobs.pipeline import Scored
    from monitor.config import Language, Settings
    from monitor.store import Store

_log = logging.getLogger("recession-monitor")


@dataclass(frozen=True, slots=True)
class Call:
    """What every verb is called with.

    Attributes:
        config: settings file, or ``None`` for the usual places.
        as_of: day asked for, or ``None`` for today.
        as_json: one JSON document on standard output.
        dry_run: everything but commit and send.
        quiet: no words on standard output.
        verbose: how many levels more to log.
    """

    config: Path | None
    as_of: date | None
    as_json: bool
    dry_run: bool
    quiet: bool
    verbose: int

    def only_today(self, why: str) -> None:
        """Refuse a past day where the verb speaks of now."""
        if self.as_of:
            raise ConfigError(f"--as-of {self.as_of}: {why}; leave the option out")

    def settings(self) -> Settings:
        """Read the settings, and set up the log by them."""
        from jobs.log import to_stderr
        from monitor.config import load

        settings = load(self.config, os.environ)
        to_stderr(settings, self.verbose)
        return settings

    def answer(self, document: dict[str, Any], *words: str) -> None:
        """Print the answer: the document, or the same in words."""
        if self.as_json:
            click.echo(json.dumps(document, indent=1))
        elif not self.quiet:
            click.echo("\n".join(words))


def _now() -> datetime:
    return datetime.now(UTC)


def _day(_context: click.Context, option: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        name = option.opts[-1]
        raise ConfigError(f"{name} {text!r} is not a day: write it as YYYY-MM-DD") from None


def _month(_context: click.Context, option: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(f"{text}-01")
    except ValueError:
        name = option.opts[-1]
        raise ConfigError(f"{name} {text!r} is not a month: write it as YYYY-MM") from None


def _language(_context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    from monitor.config import language

    try:
        return None if text is None else language(text)
    except ValueError as err:
        raise ConfigError(f"{option.opts[-1]} {text!r} {err}") from None


_AS_TOLD = (
    click.option(
        "--edition", type=click.Choice(EDITIONS), help="Instead of the setting [digest] edition."
    ),
    click.option(
        "--language", metavar="CODE", callback=_language,
        help="en or zh_CN, instead of the setting [digest] language.",
    ),
)  # fmt: skip


def _told(function: Callable[..., int]) -> Callable[..., int]:
    """Give a verb the options of how a digest is told."""
    for option in reversed(_AS_TOLD):
        function = option(function)
    return function


_COMMON = (
    click.option("--config", type=click.Path(path_type=Path), help="Settings file."),
    click.option(
        "--as-of", metavar="DATE", callback=_day, help="Use only what was known on that day."
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
    click.option("--dry-run", is_flag=True, help="Everything but commit and send."),
    click.option("-q", "--quiet", is_flag=True, help="Print no words, only what --json asks for."),
    click.option("-v", "--verbose", count=True, help="Log more on standard error."),
)


def _verb(function: Callable[..., int]) -> Callable[..., int]:
    """Give a verb the common options, gathered into one :class:`Call`."""

    @wraps(function)
    def gathered(**options: Any) -> int:  # noqa: ANN401 - whatever options the verb has
        common = {name: options.pop(name) for name in Call.__dataclass_fields__}
        return function(Call(**common), **options)

    for option in reversed(_COMMON):
        gathered = option(gathered)
    return gathered


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="recession-monitor")
@click.pass_context
def cli(context: click.Context) -> None:
    """Recession risk of the United States, from official data as it was known.

    `recession-monitor run` is the line for cron.

    \b
    Exit codes:  0 done                     3 done, but on stale, missing or revised data
                 1 bug or broken store      4 no assessment or no data possible
                 2 usage or settings        5 delivery incomplete
                                           75 another run holds the lock
    """  # noqa: D301 - \b is click's mark for text not to be reflowed
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
        context.exit(2)


@cli.command()
@_told
@_verb
def run(call: Call, *, edition: Edition | None, language: Language | None) -> int:
    """Pull, score, and write the digest. Safe to repeat: the line for cron.

    The digest goes into the archive as a page, as text, as a mail and as JSON.
    """
    from jobs import pipeline
    from jobs.runner import running

    settings, now = call.settings(), _now()
    as_of = pipeline.day(call.as_of, settings, now)
    verb = "run" if as_of == pipeline.day(None, settings, now) else "replay"
    with running(settings.store.path, verb, _now, dry_run=call.dry_run) as (store, outcome):
        from monitor.documents import document

        done = pipeline.run(
            store,
            settings,
            now,
            as_of,
            dry_run=call.dry_run,
            language=language or settings.digest.language,
            edition=edition or settings.digest.edition,
        )
        outcome.as_of = done.assessment.as_of
        outcome.exit_code = DEGRADED if done.assessment.degraded else 0
    call.answer(
        {
            "schema": SCHEMA,
            "exit_code": outcome.exit_code,
            "page": done.page and str(done.page),
            "pull": done.pull.document(),
            "assessment": document(done.assessment),
        },
        done.rendered.text,
        *(finding.message for finding in done.pull.findings if finding.code == "offline"),
        f"Page: {done.page}" if done.page else "Dry run: nothing was stored or written.",
    )
    return outcome.exit_code


@cli.command()
@click.argument("series", nargs=-1)
@click.option("--since", metavar="DATE", callback=_day, help="First period to ask for.")
@_verb
def pull(call: Call, series: tuple[str, ...], *, since: date | None) -> int:
    """Fetch and record SERIES, or everything of which something new can have come.

    A series that is named is asked for whatever is stored of it: its whole history, or from
    --since on if the years before have been received.
    """
    from jobs.pull import pull as pull_now
    from jobs.runner import running
    from monitor.catalog import specs

    call.only_today("a pull records what publishers say today")
    if since and not series:
        raise ConfigError("--since: name the series it is for, as in `pull DGS10 --since DATE`")
    settings, named = call.settings(), specs(series)
    if since and since > (today := _now().astimezone(settings.digest.zone).date()):
        raise ConfigError(f"--since {since} lies in the future: give a day up to today, {today}")
    with running(settings.store.path, "pull", _now, dry_run=call.dry_run) as (store, outcome):
        done = pull_now(store, settings, _now(), named, since)
        degraded = any(finding.severity != "info" for finding in done.findings)
        outcome.exit_code = DEGRADED if degraded else 0
    call.answer(done.document() | {"exit_code": outcome.exit_code}, *done.words())
    return outcome.exit_code


@cli.command()
@click.argument("series")
@click.option("--since", metavar="DATE", callback=_day, help="First period to print.")
@click.option("--vintages", is_flag=True, help="Every value a period has had, not only the last.")
@_verb
def history(call: Call, series: str, *, since: date | None, vintages: bool) -> int:
    """Print the values of SERIES as they were known on a day."""
    from jobs import pipeline
    from monitor.catalog import specs

    settings, now = call.settings(), _now()
    (spec,) = specs([series])
    as_of = pipeline.day(call.as_of, settings, now)
    with _reading(call, settings) as store:
        answer = pipeline.history(store, spec, as_of, now, since=since, vintages=vintages)
    call.answer(
        answer,
        f"{spec.id}: {spec.title}, {spec.unit}, as known on {as_of}",
        *(
            f"{row['period']}  {'none' if row['value'] is None else row['value']:>12}"
            f"  known from {row['known_from']}  {row['source']}"
            + ("  stands in for an earlier vintage" if row["stand_in"] else "")
            for row in answer["values"]
        ),
        *([] if answer["values"] else [f"Nothing was known of it: `pull {spec.id}` asks for it."]),
    )
    return 0


@cli.command()
@click.option("--strict-vintages", is_flag=True, help="Withhold values of unknown vintage.")
@_verb
def score(call: Call, *, strict_vintages: bool) -> int:
    """Print the assessment of a day from what is stored."""
    assessment = _scored(call, call.settings(), strict=strict_vintages).assessment

    from jobs import tables
    from monitor.documents import document

    answer = document(assessment)
    recession, curve = answer["recession"], answer["inversion"]
    call.answer(
        answer,
        f"As of {answer['as_of']}: probability that {recession['target']}",
        *(
            f"{horizon:>4} months  {value:6.1%}   80 % interval"
            f" {recession['interval'][horizon][0]:.1%} to {recession['interval'][horizon][1]:.1%}"
            for horizon, value in recession["probability"].items()
        ),
        f"Band: {recession['band']}. Spread {curve['spread']} in {curve['month']}:"
        f" {curve['value']:+.2f} percentage points.",
        *tables.fed(answer),
        *(finding["message"] for finding in answer["findings"]),
    )
    return DEGRADED if assessment.degraded else 0


@cli.command()
@_verb
def policy(call: Call) -> int:
    """Print the odds of cut, hold and hike, of the lower bound and of QE, and the reasons."""
    from jobs import pipeline, tables

    settings, now = call.settings(), _now()
    as_of = pipeline.day(call.as_of, settings, now)
    with _reading(call, settings) as store:
        answer = pipeline.policy(store, settings, as_of, now)
    call.answer(answer, *tables.policy(answer))
    return DEGRADED if answer["degraded"] else 0


@cli.command()
@click.option(
    "--programmes", "with_programmes", is_flag=True,
    help="Also the table of programmes: dates, amounts, and where each is from.",
)  # fmt: skip
@_verb
def regimes(call: Call, *, with_programmes: bool) -> int:
    """Print what kind of growth or shrinkage the balance sheet went through, and why."""
    from jobs import pipeline, tables

    settings, now = call.settings(), _now()
    as_of = pipeline.day(call.as_of, settings, now)
    with _reading(call, settings) as store:
        answer = pipeline.regimes(store, as_of, now, with_programmes=with_programmes)
    call.answer(answer, *tables.regimes(answer))
    return 0


@cli.command()
@click.option("--spread", type=click.Choice(list(SPREADS)), help="Which spread.")
@click.option("--basis", type=click.Choice(get_args(Basis)), help="Means over months, or closes.")
@click.option("--min-months", type=click.IntRange(1, 24), help="Inverted months that count.")
@click.option(
    "--merge-gap", "merge_gap_months", type=click.IntRange(0, 36),
    help="Pauses that end no inversion.",
)  # fmt: skip
@click.option(
    "--no-merge-across", "merge_across_recessions", flag_value=False, default=None,
    help="Bridge no pause that holds a peak or a trough.",
)  # fmt: skip
@click.option(
    "--max-lag", "max_lag_months", type=click.IntRange(1, 60), help="Months until a peak, at most."
)
@click.option("--sensitivity", is_flag=True, help="The same count under eight definitions.")
@_verb
def episodes(call: Call, *, sensitivity: bool, **given: Any) -> int:  # noqa: ANN401 - of EpisodeRule
    """Print the inversions with their lags and outcomes."""
    from jobs import pipeline, tables

    settings, now = call.settings(), _now()
    chosen = {name: value for name, value in given.items() if value is not None}
    if sensitivity and chosen:
        raise ConfigError("--sensitivity: its definitions are fixed; leave the other options out")
    rule = replace(settings.model.episode_rule, **chosen)
    as_of = pipeline.day(call.as_of, settings, now)
    with _reading(call, settings) as store:
        if sensitivity:
            answer = pipeline.sensitivity(store, as_of, now)
            call.answer(answer, *tables.sensitivity(answer))
        else:
            answer = pipeline.episodes(store, rule, as_of, now)
            call.answer(answer, *tables.episodes(answer))
    return 0


@cli.command()
@click.option(
    "--event", "events", metavar="DATE|NAME", multiple=True,
    help="Instead: how far yields moved around this day or programme: QE1, QE2, MEP, QE3, taper,"
    " organic, QE4, RMP. Repeatable.",
)  # fmt: skip
@click.option(
    "--window", type=click.Choice(["1", "2"]), default="2", show_default=True,
    help="From the close before to that of the day (1), or to the next one (2).",
)  # fmt: skip
@_verb
def channels(call: Call, *, events: tuple[str, ...], window: str) -> int:
    """Print the seven channels of asset purchases, or moves around announcements."""
    from jobs import pipeline, tables

    if window == "1" and not events:
        raise ConfigError("--window is that of an announcement: name one with --event")
    settings, now = call.settings(), _now()
    as_of = pipeline.day(call.as_of, settings, now)
    with _reading(call, settings) as store:
        if not events:
            answer = pipeline.channels(store, as_of, now)
            call.answer(answer, *tables.channels(answer))
            return 0
        answer = pipeline.announcements(store, events, 1 if window == "1" else 2, as_of, now)
    call.answer(answer, *tables.announcements(answer))
    return 0 if all(event["changes_bp"] for event in answer["events"]) else DEGRADED


@cli.command()
@click.option(
    "--from",
    "first",
    metavar="MONTH",
    callback=_month,
    default="1970-01",
    show_default=True,
    help="First month to forecast from.",
)
@click.option("--to", "last", metavar="MONTH", callback=_month, help="Last one; else the newest.")
@click.option(
    "--members", "named", metavar="NAMES", multiple=True, help="Only these, and the pool."
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for scoreboard.json, .csv and .html, and forecasts.csv.",
)
@click.option(
    "--robustness", is_flag=True, help="Instead: what the scores of the pool hang on; minutes."
)
@click.option(
    "--policy", "of_policy", is_flag=True,
    help="Instead: the odds of cut, hold and hike, from 1995-01 on.",
)  # fmt: skip
@_verb
def backtest(
    call: Call,
    *,
    first: date,
    last: date | None,
    named: tuple[str, ...],
    out: Path | None,
    robustness: bool,
    of_policy: bool,
) -> int:
    """Forecast every month from what was known then, and score what was said."""
    from jobs import backtest as walking
    from jobs import pipeline
    from monitor.digest import scoreboard

    settings, now = call.settings(), _now()
    as_of = pipeline.day(call.as_of, settings, now)
    request = walking.Request(first, last, walking.members(named), walking.processors())
    rule = settings.model.episode_rule
    if of_policy:
        from jobs import policy_backtest, tables

        if robustness or named or out:
            raise ConfigError(
                "--policy scores the odds of policy, has members of its own and writes no files:"
                " leave out --robustness, --members and --out"
            )
        options = settings.policy.options
        with _reading(call, settings) as store, _bar(call) as progress:
            answer = policy_backtest.run(
                store, rule, options, as_of, now, request=request, progress=progress
            )
        call.answer(answer, *tables.policy_backtest(answer))
        return 0
    if robustness:
        from monitor.model.robustness import text

        if named or out or last or first != walking.FIRST_ORIGIN:
            raise ConfigError(
                "--robustness walks all months with the pool alone and writes no files: leave out"
                " --from, --to, --members and --out"
            )
        with _reading(call, settings) as store, _bar(call) as progress:
            told = walking.robustness(
                store, as_of, now, processes=request.processes, progress=progress
            )
        call.answer(told, text(told).rstrip("\n"))
        return 0
    with _reading(call, settings) as store, _bar(call) as progress:
        result = walking.run(store, rule, as_of, now, request=request, progress=progress)
    written = [] if out is None or call.dry_run else walking.write(result, out)
    call.answer(
        result.document,
        scoreboard.text(result.document).rstrip("\n"),
        *(f"Written: {path}" for path in written),
    )
    return 0


@cli.command()
@click.option(
    "--format", "kind", type=click.Choice(["text", "page", "html", "eml", "subject"]),
    default="text", show_default=True,
    help="Rendition to print: text, a web page (page or html), a mail (eml), or its subject.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="File to write instead of printing.")
@_told
@_verb
def digest(
    call: Call, *, kind: str, out: Path | None, edition: Edition | None, language: Language | None
) -> int:
    """Print or write the digest of a day from what is stored."""
    from jobs import pipeline
    from monitor.delivery.site import write_one
    from monitor.documents import document

    settings = call.settings()
    spoken, often = language or settings.digest.language, edition or settings.digest.edition
    scored = _scored(call, settings, edition=often)
    assessment, rendered = scored.assessment, pipeline.render(scored, spoken, often)
    words = {"text": rendered.text, "subject": rendered.subject}.get(kind, rendered.html)
    content = words.encode()
    if kind == "eml":
        content = pipeline.message(scored, settings, spoken, often)
    answer = {"schema": SCHEMA, "subject": rendered.subject, "out": out and str(out)}
    answer |= {"edition": often, "language": spoken, "assessment": document(assessment)}
    if out is not None and not call.dry_run:
        write_one(out, content)
        call.answer(answer, f"Digest: {out}")
    elif kind == "eml" and not (call.as_json or call.quiet):
        # As it is: the lines of a mail end in a carriage return and a line feed.
        sys.stdout.buffer.write(content)
    else:
        call.answer(answer, words)
    return DEGRADED if assessment.degraded else 0


@cli.command()
@click.option("--max-age", metavar="AGE", help="Exit with 3 if the last digest is older: 36h, 2d.")
@_verb
def status(call: Call, *, max_age: str | None) -> int:
    """Print when the last digest was made, and how old each series is. Loads nothing heavy."""
    from jobs import health

    call.only_today("the status is that of now")
    limit = _age(max_age)
    settings = call.settings()
    report = health.status(settings, _now(), limit)
    call.answer(report.document(), *report.words())
    return DEGRADED if report.too_old else 0


@cli.command()
@click.option("--online", is_flag=True, help="Ask every publisher for something small, too.")
@_verb
def check(call: Call, *, online: bool) -> int:
    """Check settings, store, bundled history and the folder of digests."""
    from jobs import health

    call.only_today("what is checked is the machine as it is now")
    settings, now = call.settings(), _now()
    results = health.check(settings, now)
    if online:
        results += health.check_online(settings, now)
    document = {
        "schema": SCHEMA,
        "ok": all(result.ok for result in results),
        "checks": [
            {"check": result.name, "ok": result.ok, "message": result.message} for result in results
        ],
    }
    call.answer(document, *(f"{'ok ' if r.ok else 'BAD'} {r.name}: {r.message}" for r in results))
    return max(result.exit_code for result in results)


@cli.group()
def db() -> None:
    """Look after the database."""


@db.command("export")
@click.argument("out", type=click.Path(path_type=Path))
@_verb
def db_export(call: Call, out: Path) -> int:
    """Write every value of every vintage to OUT: CSV, CSV.GZ or Parquet by its name."""
    from jobs.export import export
    from jobs.pull import seed

    call.only_today("every vintage is written, with the day it was known from")
    settings = call.settings()
    with _reading(call, settings) as store:
        seed(store, _now())
        rows = export(store, out, dry_run=call.dry_run)
    call.answer({"schema": SCHEMA, "out": str(out), "rows": rows}, f"{rows} rows: {out}")
    return 0


@db.command("quarantine")
@click.argument("number", type=int, required=False)
@click.option("--series", help="Only what was said of this series.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@_verb
def db_quarantine(call: Call, number: int | None, *, series: str | None, limit: int) -> int:
    """List what publishers said and we did not believe; with NUMBER print that answer itself."""
    from jobs import tables
    from monitor.catalog import specs

    call.only_today("the list is that of now")
    settings = call.settings()
    name = specs([series])[0].id if series else None
    with _reading(call, settings) as store:
        if number is not None:
            raw = store.quarantined_raw(number)
            if call.as_json:
                text = raw.decode("utf-8", "backslashreplace")
                call.answer({"schema": SCHEMA, "id": number, "body": text})
            else:
                sys.stdout.buffer.write(raw)
            return 0
        found = store.quarantine(limit=limit, series=name)
    call.answer(
        {"schema": SCHEMA, "quarantine": [tables.quarantined(item) for item in found]},
        *tables.quarantine(found),
    )
    return 0


@cli.group()
def config() -> None:
    """Look at the settings."""


@config.command("show")
@_verb
def config_show(call: Call) -> int:
    """Print every setting in force, with secrets masked."""
    from jobs import tables

    call.only_today("settings are those of now")
    settings = call.settings()
    values = settings.model_dump(mode="json")
    key = "***" if settings.fred_api_key else None
    words = [f"# from {settings.origin}", *tables.toml(values)]
    words.append(f"# FRED_API_KEY {'is set' if key else 'is not set'}")
    call.answer(
        {"schema": SCHEMA, "origin": settings.origin, **values, "FRED_API_KEY": key}, *words
    )
    return 0


# --------------------------------------------------------------------------------------- the parts
def _scored(
    call: Call, settings: Settings, *, strict: bool = False, edition: Edition = "daily"
) -> Scored:
    from jobs import pipeline

    now = _now()
    as_of = pipeline.day(call.as_of, settings, now)
    with _reading(call, settings) as store:
        return pipeline.score(store, settings, as_of, now, strict=strict, edition=edition)


@contextmanager
def _reading(call: Call, settings: Settings) -> Iterator[Store]:
    from monitor.store import Store

    with Store.open(settings.store.path, scratch=call.dry_run) as store:
        yield store


@contextmanager
def _bar(call: Call) -> Iterator[Callable[[str, int, int], None]]:
    """A function that shows how far the work is, on a terminal and nowhere else."""
    if call.quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, total: bar.update(
            task, description=what, completed=done, total=total
        )


def _age(text: str | None) -> timedelta | None:
    from monitor.config import duration

    if text is None:
        return None
    try:
        return duration(text)
    except ValueError as err:
        raise ConfigError(f"--max-age {text!r}: {err}") from None


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Whatever goes wrong is told in one line on standard error, and with ``--json`` as a document
    on standard output.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        # Not click's own main(), which swallows a broken pipe and answers an interrupt itself.
        with cli.make_context("recession-monitor", list(arguments)) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as err:
        code = err.exit_code
    except click.ClickException as err:
        code = _failed(arguments, "usage", err.format_message(), err.exit_code)
    except MonitorError as err:
        code = _failed(arguments, type(err).__name__, str(err), err.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = _failed(arguments, "interrupted", "interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone, as with `| head`: nothing is left to be told to anyone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as err:  # noqa: BLE001 - the outermost edge: a bug must not look like success
        _log.debug("traceback", exc_info=True)
        message = f"a bug: {type(err).__name__}: {err}; run again with -vv for the traceback"
        code = _failed(arguments, "bug", message, BUG)
    sys.exit(code)


def _failed(arguments: list[str], kind: str, message: str, code: int) -> int:
    line = " ".join(message.split())
    if "--json" in arguments:
        error = {"class": kind, "message": line, "exit_code": code}
        click.echo(json.dumps({"schema": SCHEMA, "error": error}))
    click.echo(f"recession-monitor: {line}", err=True)
    return code
