"""Bodies that no publisher ever sent, through every adapter: typed errors or sound rows.

A body is made on loopback or was recorded, then mutated: bytes flipped, cut, doubled or moved,
tokens put in, numbers and dates driven to extremes, two bodies spliced. Hypothesis chooses the
seed of each batch and repeats the same batches every time.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import random
import re
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import screen
from monitor.catalog import SERIES
from monitor.domain import Fetch, Want, Withheld
from monitor.errors import SourceError, SourceRejected, SourceUnavailable
from monitor.sources import Answer
from monitor.sources.bls import Bls
from monitor.sources.board import Board
from monitor.sources.csvdir import CsvDir
from monitor.sources.fred import Fred, parse_metadata, parse_refusal
from monitor.sources.fredgraph import Fredgraph
from monitor.sources.http import Body
from monitor.sources.nyfed import NyFed
from monitor.sources.treasury import Treasury
from monitor.store import Store

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from loopback import Figures, Habits, Request
from loopback import bls as bls_wire
from loopback import board as board_wire
from loopback import fred as fred_wire
from loopback import fredgraph as fredgraph_wire
from loopback import nyfed as nyfed_wire
from loopback import treasury as treasury_wire
from loopback.wire import Page

WIRE = Path(__file__).parents[2].parent / "shared" / "data" / "wire"
NOW = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("America/New_York"))
TODAY = NOW.date()
KEY = "0123456789abcdef0123456789abcdef"
SINCE = date(2026, 1, 1)
WEEK = timedelta(days=7)

CURVE = "/resource-center/data-chart-center/interest-rates"
NOMINAL = "daily_treasury_yield_curve"
JSON = "application/json"

IN_A_BATCH = 100
BODIES = 100
MOST_REQUESTS = 60
"""So many answers an adapter may ask for one series before it is said to turn in circles."""


# ---------------------------------------------------------------------------------------- the seeds
@dataclass(frozen=True)
class Target:
    """An adapter, and what it hears.

    Attributes:
        publisher: its name.
        series: what is wanted of it.
        seeds: makes the sound bodies.
        kind: content type, or the ending of a file.
        calm: part of an address whose answer is left alone, and that answer, so that the next
            question is reached.
        vintages: whether vintages are wanted.
        whole: whether the whole history is wanted, or what is new this year.
    """

    publisher: str
    series: tuple[str, ...]
    seeds: Callable[[], Sequence[bytes]]
    kind: str
    calm: tuple[str, Callable[[], bytes]] | None = None
    vintages: bool = False
    whole: bool = True

    @property
    def wants(self) -> tuple[Want, ...]:
        since = None if self.whole else SINCE
        vintages = date(1776, 7, 4) if self.vintages else None
        return tuple(Want(SERIES[name], since, vintages) for name in self.series)


@cache
def _figures() -> Figures:
    return Figures(TODAY)


def _made(answer: Callable[..., Any], path: str, posted: object = None, **query: str) -> bytes:
    """A body as a publisher on loopback makes it."""
    body = json.dumps(posted).encode() if posted else b""
    request = Request("POST" if posted else "GET", path, query, body)
    found = answer(request, _figures(), Habits())
    reply = found.reply() if isinstance(found, Page) else found
    if reply.status != 200:
        pytest.fail(f"{path} gives no seed: {reply.body!r}")
    return bytes(reply.body)


def _recorded(name: str, lines: int | None = None) -> tuple[bytes, ...]:
    """A recorded body where there is one, or its first lines."""
    path = WIRE / name
    return (
        (b"".join(path.read_bytes().splitlines(keepends=True)[:lines]),) if path.is_file() else ()
    )


@cache
def _fred(path: str, **query: str) -> bytes:
    usual = {"series_id": "UNRATE", "api_key": KEY, "file_type": "json"}
    return _made(fred_wire.answer, f"/fred/series{path}", **{**usual, **query})


def _archived() -> Sequence[bytes]:
    ever = {"realtime_start": "1776-07-04", "realtime_end": "9999-12-31"}
    return (
        _fred("/observations", observation_start="2025-11-01", **ever),
        _fred(
            "/observations", observation_start="2024-12-01", observation_end="2025-03-01", **ever
        ),
    )


def _shown() -> Sequence[bytes]:
    name = "fred_api/test_fred_university_of_michigan_fetcher_urllib3_v2__0.body.json"
    return _fred("/observations", observation_start=f"{SINCE}"), *_recorded(name)


def _file(series: str) -> bytes:
    return _made(fredgraph_wire.answer, "/graph/fredgraph.csv", id=series, cosd="2026-01-01")


def _files() -> Sequence[bytes]:
    return (
        _file("UNRATE,CPIAUCSL"),
        *_recorded("fredgraph/fredgraph_OLDSTYLE_RECPROUSM156N_2023.body.csv", 15),
        *_recorded("fredgraph/alfredgraph_UNRATE_vintage_20260330.body.csv", 15),
    )


def _feed() -> Sequence[bytes]:
    query = {"data": NOMINAL, "field_tdr_date_value_month": "202611"}
    head, *entries = _made(treasury_wire.answer, f"{CURVE}/pages/xml", **query).split(b"<entry>")
    five = b"".join(b"<entry>" + entry for entry in entries[:5])
    recorded = _recorded("treasury/home_treasury_gov_fixture_202608.body.xml")
    return head + five + b"</feed>", *recorded


def _curves() -> Sequence[bytes]:
    path = f"{CURVE}/daily-treasury-rates.csv/all/202611"
    lines = _made(treasury_wire.answer, path, type=NOMINAL).splitlines(keepends=True)
    recorded = _recorded("treasury/home_treasury_gov_csv_excerpt_202607.body.csv")
    return b"".join(lines[:9]), *recorded


def _bureau() -> Sequence[bytes]:
    question = {"seriesid": ["LNS14000000", "CUSR0000SA0"], "startyear": "2026", "endyear": "2026"}
    return (
        _made(bls_wire.answer, "/publicAPI/v2/timeseries/data/", question),
        *_recorded("bls/v2_post_APU0000701111_2022.body.json"),
        *_recorded("bls/error_quota.body.json"),
    )


def _rates() -> Sequence[bytes]:
    span = {"startDate": "2026-11-10", "endDate": "2026-11-22"}
    return (
        _made(nyfed_wire.answer, "/api/rates/unsecured/effr/search.json", **span),
        *_recorded("nyfed/sofr_search_20240601_20240606.body.json"),
    )


def _portfolio() -> Sequence[bytes]:
    whole = json.loads(_made(nyfed_wire.answer, "/api/soma/summary.json"))
    last = {"soma": {"summary": whole["soma"]["summary"][-6:]}}
    recorded = _recorded("nyfed/soma_agency_debts_asof_20190102.body.json")
    return json.dumps(last).encode(), *recorded


def _package() -> Sequence[bytes]:
    (rel, series), *_ = board_wire.PACKAGES
    query = {"rel": rel, "series": series, "filetype": "csv", "lastobs": "6"}
    return (_made(board_wire.answer, "/datadownload/Output.aspx", **query),)


def _premium() -> Sequence[bytes]:
    head, *lines = _made(board_wire.answer, board_wire.EBP).splitlines(keepends=True)
    return (b"".join((head, *lines[-9:])),)


def _exports() -> Sequence[bytes]:
    long = b"series,date,value,known_from\nUNRATE,2026-08-01,4.1,2026-09-04\nUNRATE,2026-09,4.2,\n"
    return (
        _file("UNRATE"),
        long,
        *_recorded("fredgraph/alfredgraph_UNRATE_vintage_20260330.body.csv", 15),
    )


def _tables() -> Sequence[bytes]:
    """The same as Parquet."""
    import pandas as pd

    months = pd.date_range("2026-01-01", periods=9, freq="MS")
    wide = pd.DataFrame({"date": months, "UNRATE": [4.3, 4.4, None, 4.3, 4.3, 4.2, 4.1, 4.1, 4.2]})
    long = pd.DataFrame(
        {"series": ["UNRATE"] * 2, "period": ["2026-08", "2026-09"], "value": [4, 5]}
    )
    packed = [io.BytesIO(), io.BytesIO()]
    for frame, file in zip((wide, long), packed, strict=True):
        frame.to_parquet(file)
    return [file.getvalue() for file in packed]


TARGETS = {
    "fred": Target("fred", ("UNRATE",), _shown, JSON),
    "fred vintages": Target(
        "fred", ("UNRATE",), _archived, JSON,
        ("vintagedates", lambda: _fred("/vintagedates")), vintages=True),
    "fred vintage dates": Target(
        "fred", ("UNRATE",), lambda: [_fred("/vintagedates")], JSON,
        ("observations", lambda: _archived()[0]), vintages=True),
    "fredgraph": Target("fredgraph", ("UNRATE", "CPIAUCSL"), _files, "text/csv"),
    "fredgraph zip": Target(
        "fredgraph", ("UNRATE", "DGS10"), lambda: [_file("UNRATE,DGS10")], "application/zip"),
    "treasury feed": Target("treasury", ("DGS2", "DGS10"), _feed, "text/xml", whole=False),
    "treasury file": Target("treasury", ("DGS2", "DGS10"), _curves, "text/csv", whole=False),
    "bls": Target("bls", ("UNRATE", "CPIAUCSL"), _bureau, JSON, whole=False),
    "nyfed rates": Target("nyfed", ("EFFR", "DFEDTARU"), _rates, JSON),
    "nyfed portfolio": Target("nyfed", ("SOMA_BILLS", "SOMA_MBS"), _portfolio, JSON),
    "board package": Target("board", ("DGS2", "DGS10"), _package, "text/csv"),
    "board premium": Target("board", ("EBP",), _premium, "text/csv"),
    "csvdir": Target("csvdir", ("UNRATE",), _exports, "UNRATE.csv"),
    "csvdir packed": Target(
        "csvdir", ("UNRATE",), lambda: [gzip.compress(_file("UNRATE"), mtime=0)], "UNRATE.csv.gz"),
    "csvdir parquet": Target("csvdir", ("UNRATE",), _tables, "UNRATE.parquet"),
}  # fmt: skip

BUILD: Mapping[str, Callable[[Any], Any]] = {
    "fred": lambda client: Fred(client, "", KEY),
    "fredgraph": lambda client: Fredgraph(client, ""),
    "treasury": lambda client: Treasury(client, ""),
    "bls": lambda client: Bls(client, "", None),
    "nyfed": lambda client: NyFed(client, ""),
    "board": lambda client: Board(client, ""),
}


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    """The sound bodies of a target, the first of them of the series wanted."""
    return tuple(TARGETS[name].seeds())


# ------------------------------------------------------------------------------------ the mutations
NUMBERS = (
    b"NaN", b"nan", b"Infinity", b"-inf", b"1e400", b"-1e400", b"1e-400", b"1e308", b"-1e308",
    b"0", b"-0", b"-0.0", b"00", b"1e9", b"-999", b"999999999999", b"9" * 400, b"0." + b"0" * 400,
    b"1_000", b"1,000", b"4,5", b"0x10", b"+4.5", b" 4.5 ", b"4.5%", b"1e", b"--1", b".", b"-",
    b"4..5", b"true", b"null", b"[]", b"{}", b'""', b"\xef\xbc\x94", b"\xd9\xa4", b"ND", b"N/A",
    b"4.5e0", b"1e3", b"\xc2\xb2",
)  # fmt: skip
DAYS = (
    b"9999-12-31", b"0001-01-01", b"0000-00-00", b"2026-02-30", b"2026-11-29", b"2026-11-30",
    b"2027-01-01", b"1026-09-01", b"1776-07-04", b"1899-12-31", b"20260901", b"2026-9-1",
    b"2026-W36-1", b"2026-09-15", b"2026-09-05", b"2026-09", b"today", b"", b"99999-01-01",
    b"02/30/2026", b"13/01/2026", b"01/02/1026", b"11/29/2026", b"2026-11-22T00:00:00Z",
    b"\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-01-01", b"-2026-01-01",
)  # fmt: skip
TOKENS = (
    b",", b'"', b"'", b"\n", b"\r\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", b"<", b">", b"&",
    b"&lt;", b"{", b"}", b"[", b"]", b":", b";", b"\t", b"\\", b"\\u0000", b"\\ud800", b"\xc2\x85",
    b"\xe2\x80\xa8", b"<!--", b"]]>", b"<![CDATA[", b"<?x ?>", b"<!DOCTYPE a>", b"&#0;", b"&a;",
    b'"value":', b'"date":', b'"count":9', b'"limit":1', b'"count":-1', b'"offset":5', b"M13",
    b"M00", b"Q01", b"null", b"true", b"1e400", b"=cmd|' /C calc'!A0", b"PK\x03\x04", b"[" * 300,
    b"revised", b'"revisionIndicator": "[r]"', b"observation_date", b"DATE", b"UNRATE_20260330",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DAY = re.compile(rb"\d{4}-\d\d-\d\d|\d\d?/\d\d?/\d{4}")
_LINE = re.compile(rb"[^\n]*\n|\{[^{}]*\}|<entry>.*?</entry>", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9]+")

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _spot(chance: random.Random, body: bytes) -> int:
    return chance.randrange(len(body) + 1)


def _slice(chance: random.Random, body: bytes) -> tuple[int, int]:
    start = _spot(chance, body)
    return start, min(len(body), start + chance.choice((1, 1, 2, 5, 20, 200)))


def _flip(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    if not body:
        return body
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def _random_byte(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    place = _spot(chance, body)
    return body[:place] + bytes([chance.randrange(256)]) + body[place + chance.randrange(2) :]


def _cut(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    return body[: _spot(chance, body)]


def _without(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _slice(chance, body)
    return body[:start] + body[end:]


def _doubled(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _slice(chance, body)
    return body[:end] + body[start:end] * chance.choice((1, 1, 3, 50)) + body[end:]


def _inserted(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    place = _spot(chance, body)
    return body[:place] + chance.choice(TOKENS) + body[place:]


def _spliced(chance: random.Random, body: bytes, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    return body[: _spot(chance, body)] + other[_spot(chance, other) :]


def _swapped(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    found = [*_LINE.finditer(body)]
    if len(found) < 2:
        return body
    one, two = sorted(chance.sample(found, 2), key=re.Match.start)
    if one.end() > two.start():
        return body
    between = body[one.end() : two.start()]
    return body[: one.start()] + two[0] + between + one[0] + body[two.end() :]


def _row_doubled(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    return _replaced(
        chance, body, _LINE, lambda row: row + (b"," if row[:1] == b"{" else b"") + row
    )


def _row_gone(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    return _replaced(chance, body, _LINE, lambda _row: b"")


def _number(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    return _replaced(chance, body, _NUMBER, lambda _old: chance.choice(NUMBERS))


def _another_number(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    def changed(old: bytes) -> bytes:
        return chance.choice((old + b"0", old[:-1] or b"1", b"-" + old, old + b"e3", b"1" + old))

    return _replaced(chance, body, _NUMBER, changed)


def _day(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    return _replaced(chance, body, _DAY, lambda _old: chance.choice(DAYS))


def _word(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    words = _WORD.findall(body) or [b"x"]
    return _replaced(chance, body, _WORD, lambda _old: chance.choice(words))


def _replaced(
    chance: random.Random, body: bytes, what: re.Pattern[bytes], by: Callable[[bytes], bytes]
) -> bytes:
    found = [*what.finditer(body)]
    if not found:
        return body
    one = chance.choice(found)
    return body[: one.start()] + by(one[0]) + body[one.end() :]


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _random_byte, _cut, _without, _doubled, _inserted, _spliced, _swapped, _row_doubled,
    _row_gone, _number, _number, _another_number, _day, _day, _word,
)  # fmt: skip


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed after one to four mutations; of a zip mostly what is packed in it."""
    body = chance.choice(seeds)
    if body.startswith(b"PK") and chance.random() < 0.7:
        return _repacked(chance, body)
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        body = chance.choice(MUTATIONS)(chance, body, seeds)
    return body


def _repacked(chance: random.Random, body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(packed, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        for name, content in files.items():
            if chance.random() < 0.6:
                content = chance.choice(MUTATIONS)(chance, content, [*files.values()])  # noqa: PLW2901
            new.writestr(name, content)
    return packed.getvalue()


# --------------------------------------------------------------------------------------- the checks
class Says:
    """A client that hears one body, whatever it asks."""

    def __init__(self, told: Target, body: Body) -> None:
        self._calm = told.calm
        self._kind = told.kind
        self._body = body
        self.requests = 0

    def get(self, url: str, *_: object, **__: object) -> Body:
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            raise SourceUnavailable("the deadline passed")
        if self._calm and self._calm[0] in url:
            return Body(url, 200, self._kind, self._calm[1](), framed=True)
        return self._body

    def post(self, url: str, _json: object) -> Body:
        return self.get(url)


def heard(told: Target, body: Body, folder: Path) -> tuple[list[Answer], int]:
    """What an adapter makes of a body, and how many requests that took."""
    if told.publisher == "csvdir":
        (folder / told.kind).write_bytes(body.content)
        return list(CsvDir(folder).fetch(told.wants, NOW)), 0
    client = Says(told, body)
    return list(BUILD[told.publisher](client).fetch(told.wants, NOW)), client.requests


def framed(told: Target, content: bytes, chance: random.Random) -> Body:
    """A body with the headers it came with, which may be wrong too."""
    status = chance.choice((200,) * 14 + (400, 404))
    kind = told.kind if chance.random() < 0.95 else chance.choice(("text/html", "", "image/png"))
    url = "http://publisher.example/"
    return Body(url, status, kind, content, framed=chance.random() < 0.9)


def unsound(fetch: Fetch) -> Iterator[str]:
    """What is wrong with an answer that was read."""
    rows = fetch.observations
    if not rows or not fetch.statements:
        yield "no rows, or no statement"
    if len({(row.period, row.known_from) for row in rows}) < len(rows):
        yield "a period twice"
    for row in rows:
        if row.value is not None and (type(row.value) is not float or not math.isfinite(row.value)):
            yield f"{row.value!r} is no finite number"
        if not date(1700, 1, 1) <= row.period <= TODAY + WEEK:
            yield f"the period {row.period}"
        if row.known_from > TODAY:
            yield f"known from {row.known_from}"
    for statement in fetch.statements:
        if not (statement.since <= statement.until <= TODAY and statement.first <= statement.last):
            yield f"the statement {statement}"
    first = min(statement.first for statement in fetch.statements)
    last = max(statement.last for statement in fetch.statements)
    if (
        rows
        and not first <= min(row.period for row in rows) <= max(row.period for row in rows) <= last
    ):
        yield "a row outside its statement"


def check(told: Target, body: Body, folder: Path) -> list[Answer]:
    """Hear a body, and return what was made of it if that is sound."""
    try:
        answers, asked = heard(told, body, folder)
    except Exception as err:
        raise AssertionError(f"{err!r} left the adapter for {body.content!r}") from err
    fetches = [fetch for answer in answers for fetch in answer.fetches]
    errors = {name: err for answer in answers for name, err in answer.failed.items()}
    wrong = [words for fetch in fetches for words in unsound(fetch)]
    said = {fetch.series for fetch in fetches} | errors.keys()
    wrong += [f"nothing is said of {name}" for name in set(told.series) - said]
    for problem in errors.values():
        if not isinstance(problem, SourceError) or not 0 < len(str(problem)) < 1000:
            wrong.append(f"the error {problem!r}")
        elif not str(problem).isprintable():
            wrong.append(f"the message {str(problem)!r}")
    if asked > MOST_REQUESTS:
        wrong.append(f"{asked} requests")
    if wrong:
        problems = "; ".join(dict.fromkeys(wrong))
        raise AssertionError(f"{problems}: {body.status} {body.content_type} {body.content!r}")
    return answers


# ---------------------------------------------------------------------------------------- the tests
repeated = settings(
    # A quarter of the profile: 2,500 bodies of each publisher, always the same ones.
    max_examples=settings.default.max_examples // 4,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_themselves_are_read(name: str, tmp_path: Path) -> None:
    told = TARGETS[name]
    body = Body("http://publisher.example/", 200, told.kind, seeds(name)[0], framed=True)
    answers = check(told, body, tmp_path)
    assert {fetch.series for answer in answers for fetch in answer.fetches} == set(told.series)


@pytest.mark.parametrize("name", TARGETS)
@repeated
@given(seed=st.integers(0, 2**32 - 1))
def test_thousands_of_bodies_give_typed_errors_or_sound_rows(
    name: str, seed: int, tmp_path: Path
) -> None:
    chance, told = random.Random(seed), TARGETS[name]
    for _ in range(IN_A_BATCH):
        content = mutated(chance, seeds(name))
        check(told, framed(told, content, chance), tmp_path)


@repeated
@given(seed=st.integers(0, 2**32 - 1))
def test_what_fred_says_of_a_series_is_read_or_refused(seed: int) -> None:
    chance, sound = random.Random(seed), [_fred("")]
    for _ in range(IN_A_BATCH):
        content = mutated(chance, sound)
        try:
            said = parse_metadata(Body("", 200, JSON, content, framed=True))
        except SourceError:
            continue
        assert said.last_updated.tzinfo is UTC, content


@repeated
@given(seed=st.integers(0, 2**32 - 1))
def test_every_refusal_of_fred_is_a_typed_error(seed: int) -> None:
    words = ("series does not exist", "api_key is not set", "maximum number of vintage dates")
    sound = [json.dumps({"error_code": 400, "error_message": said}).encode() for said in words]
    chance = random.Random(seed)
    for _ in range(IN_A_BATCH):
        content = mutated(chance, sound)
        refusal = parse_refusal(Body("", 400, JSON, content, framed=True))
        assert isinstance(refusal, SourceRejected), content
        assert str(refusal).isprintable(), content
        assert len(str(refusal)) < 1000, content


# --------------------------------------------------------------------------------- into a store
def bad_rows(store: Store, names: Iterable[str]) -> Iterator[str]:
    """Rows of a store that no publisher can have meant."""
    for name in names:
        spec, seen = SERIES[name], set()
        for row in store.vintages(name):
            key = (row.period, row.known_from)
            if key in seen:
                yield f"{name} {key} twice"
            seen.add(key)
            low, high = spec.bounds
            if row.value is not None and not low <= row.value <= high:
                yield f"{name} {row.period} is {row.value}"
            if not spec.starts <= row.period <= TODAY + WEEK or row.known_from > TODAY:
                yield f"{name} {row.period} known from {row.known_from}"
            if spec.frequency == "monthly" and row.period.day != 1:
                yield f"{name} {row.period} is no month"


def take(store: Store, told: Target, answers: Sequence[Answer]) -> None:
    """Record answers as a pull does: screened, and only what is believed."""
    for answer in answers:
        accepted = []
        for fetch in answer.fetches:
            verdict = screen.screen(
                SERIES[fetch.series],
                fetch,
                store.believed(fetch.series, TODAY),
                store.doubted(fetch.series, before=TODAY),
                TODAY,
            )
            store.withhold(verdict.withheld)
            accepted += [verdict.accepted] if verdict.accepted else []
        store.record(accepted)
        store.withhold(
            Withheld(name, told.publisher, NOW, "unreadable", str(err), raw=err.raw)
            for name, err in answer.failed.items()
        )


@pytest.mark.parametrize("known", [True, False], ids=["after a sound answer", "at first"])
@pytest.mark.parametrize("name", TARGETS)
def test_hundreds_of_bodies_put_no_bad_row_into_a_store(
    name: str, known: bool, tmp_path: Path
) -> None:
    told, chance = TARGETS[name], random.Random(name)
    with Store.open(tmp_path / "monitor.db", scratch=True) as store:
        for number in range(BODIES):
            if number % 20 == 0 and known:
                body = Body(
                    "http://publisher.example/", 200, told.kind, seeds(name)[0], framed=True
                )
                take(store, told, check(told, body, tmp_path))
            content = mutated(chance, seeds(name))
            answers, _ = heard(told, framed(told, content, chance), tmp_path)
            take(store, told, answers)
        assert list(bad_rows(store, told.series)) == []
