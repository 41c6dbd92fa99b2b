"""Publishers: who is asked for a series, in which order, and what came of it.

Importing this package costs nothing; what asks over the network is imported by :func:`live`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from monitor.domain import Fetch, Receipt, Want
from monitor.errors import SourceError

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.sources.http import Backoff, Client


@dataclass(frozen=True, slots=True)
class Answer:
    """What a publisher said to one request, or to a few that belong together.

    Attributes:
        fetches: the values, at most one a series.
        failed: for each series that this answer should have brought and did not, why.
        unchanged: series whose last answer to the same request still stands, so that there is
            nothing to read.
        receipts: how to recognise this answer again. They may be kept once every fetch beside
            them is stored, and not before: a publisher that then says "unchanged" would
            otherwise keep the values from us for ever.
    """

    fetches: tuple[Fetch, ...] = ()
    failed: Mapping[str, SourceError] = field(default_factory=dict)
    unchanged: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()


class Publisher(Protocol):
    """Someone who can be asked for series."""

    @property
    def name(self) -> str:
        """The name that stands in :attr:`monitor.domain.SeriesSpec.publishers`."""

    @property
    def house(self) -> str:
        """Who stands behind it: two publishers of one house are no second opinion."""

    def fetch(self, wants: Sequence[Want], now: datetime) -> Iterator[Answer]:
        """What the publisher says of some series at the instant ``now``.

        It uses as few requests as it can. The calendar day of ``now``, in the time zone it
        carries, is the latest day from which a value can count as known. The instant in each
        fetch is in UTC. Every series that was wanted is in at least one answer, and may be in
        several that complete each other.

        No exception leaves this method: what goes wrong is in :attr:`Answer.failed`.
        """


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and what it cost.

    Attributes:
        publisher: name of who answered.
        answer: what was said.
        seconds: how long it took.
        requests: how many requests went out for it, repeated ones included.
    """

    publisher: str
    answer: Answer
    seconds: float
    requests: int


@dataclass(frozen=True, slots=True)
class Publishers:
    """Everyone who can be asked during one pull.

    Attributes:
        by_name: the publishers.
        client: the client they share, or ``None`` if none of them needs the network.
    """

    by_name: Mapping[str, Publisher]
    client: Client | None = None

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return self.client.requests if self.client else 0


def live(
    settings: Settings,
    recall: Callable[[str], Receipt | None] = lambda _request: None,
    *,
    backoff: Backoff | None = None,
) -> Publishers:
    """Everyone who can be asked with these settings; on the network nobody if they say offline.

    They share one client, which serves one pull: it remembers which hosts did not answer and
    counts ``settings.sources.deadline`` from the first request. Make new ones for each pull.

    Args:
        settings: addresses, proxy, time-outs and keys. Without a key ``fred`` is left out:
            ``fredgraph`` has the same figures, but no vintages. BLS answers without one too.
        recall: the receipt kept for an address, if there is one.
        backoff: how long to wait before trying again, if not the usual time.
    """
    chosen = settings.sources
    found: list[Publisher] = []
    if chosen.csvdir.path is not None:
        from monitor.sources.csvdir import CsvDir

        found.append(CsvDir(chosen.csvdir.path))
    if chosen.offline:
        return Publishers({publisher.name: publisher for publisher in found})
    # Imported here because requests takes a tenth of a second, which `status` need not wait for.
    from monitor.sources.bls import Bls
    from monitor.sources.board import Board
    from monitor.sources.fred import Fred
    from monitor.sources.fredgraph import Fredgraph
    from monitor.sources.http import Backoff, Client
    from monitor.sources.nyfed import NyFed
    from monitor.sources.treasury import Treasury

    fred_key, bls_key = settings.secret("fred"), settings.secret("bls")
    client = Client(
        hosts=chosen.hosts,
        timeout=chosen.timeout,
        deadline=chosen.deadline,
        proxy=chosen.proxy,
        trust_environment=chosen.trust_environment,
        per_minute={chosen.fred.host: chosen.fred.per_minute},
        secrets=tuple(filter(None, (fred_key, bls_key))),
        recall=recall,
        backoff=backoff or Backoff(),
    )
    if fred_key:
        found.append(Fred(client, chosen.fred.url, fred_key))
    found += [
        Fredgraph(client, chosen.fredgraph.url),
        Treasury(client, chosen.treasury.url),
        Bls(client, chosen.bls.url, bls_key),
        NyFed(client, chosen.nyfed.url),
        Board(client, chosen.board.url),
    ]
    return Publishers({publisher.name: publisher for publisher in found}, client)


Take = Callable[[Reply], Collection[str]]
"""Is given each reply as it comes, and says which series are thereby settled."""

Chain = Callable[[Want], Sequence[str]]
"""Names of publishers to put a series to, in order."""


def ask(
    wants: Iterable[Want],
    publishers: Publishers,
    now: datetime,
    take: Take,
    *,
    chain: Chain | None = None,
) -> None:
    """Put each series to the publishers of its list in turn, until one settles it.

    All series that stand before the same publisher are put to it together. One that fails stops
    no other.

    Args:
        wants: the series.
        publishers: who can be asked. Names that are not among them are passed over.
        now: instant of the pull, in the time zone whose calendar day counts.
        take: see :data:`Take`.
        chain: names to ask for a series; usually the list of the catalogue.
    """
    chain = chain or _usual_chain
    open_: list[tuple[Want, list[str]]] = [
        (want, [name for name in chain(want) if name in publishers.by_name]) for want in wants
    ]
    while open_ := [(want, left) for want, left in open_ if left]:
        settled: set[str] = set()
        for name in dict.fromkeys(left[0] for _, left in open_):
            group = [want for want, left in open_ if left[0] == name]
            for reply in _timed(publishers, name, group, now):
                settled.update(take(reply))
        open_ = [(want, left[1:]) for want, left in open_ if want.spec.id not in settled]


def _usual_chain(want: Want) -> Sequence[str]:
    return want.spec.publishers


def _timed(
    publishers: Publishers, name: str, wants: Sequence[Want], now: datetime
) -> Iterator[Reply]:
    started, sent = time.monotonic(), publishers.requests
    for answer in publishers.by_name[name].fetch(wants, now):
        seconds, requests = time.monotonic() - started, publishers.requests - sent
        yield Reply(name, answer, seconds, requests)
        started, sent = time.monotonic(), publishers.requests
