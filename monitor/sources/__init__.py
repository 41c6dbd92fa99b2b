"""Publishers: who is asked for a series, in which order, and what came of it.

Importing this package costs nothing; what asks over the network is imported by :func:`live`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from monitor.catalog import BUNDLED
from monitor.domain import Fetch, SeriesSpec
from monitor.errors import SourceError

if TYPE_CHECKING:
    from monitor.config import SourceSettings
    from monitor.sources.http import Backoff


class Publisher(Protocol):
    """Someone who can be asked for a series."""

    @property
    def name(self) -> str:
        """The name that stands in :attr:`monitor.domain.SeriesSpec.publishers`."""

    def fetch(self, spec: SeriesSpec, now: datetime) -> Fetch:
        """What the publisher says of a series at the instant ``now``.

        The calendar day of ``now``, in the time zone it carries, is the latest day from which a
        value can count as known. The instant in the answer is in UTC.

        Raises:
            SourceError: there is no usable answer; nothing else is raised.
        """


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of asking for one series.

    Attributes:
        series: identifier of the series.
        fetch: the first usable answer, or ``None``.
        errors: why the publishers asked before did not deliver, in order; empty together with no
            ``fetch`` if there was nobody to ask.
    """

    series: str
    fetch: Fetch | None
    errors: tuple[SourceError, ...]


def live(
    settings: SourceSettings, fred_api_key: str | None, *, backoff: Backoff | None = None
) -> dict[str, Publisher]:
    """The publishers on the network, by name; none if ``settings.offline``.

    They share one client, which serves one pull: it remembers which hosts did not answer and
    counts ``settings.deadline`` from the first request. Make new ones for each pull.

    Args:
        settings: addresses, proxy, time-outs.
        fred_api_key: the key; without one ``fred`` is left out, which changes nothing but the
            number of requests we may make: ``fredgraph`` has the same figures.
        backoff: how long to wait before trying again, if not the usual time.
    """
    if settings.offline:
        return {}
    # Imported here because requests takes a tenth of a second, which `status` need not wait for.
    from monitor.sources.fred import Fred
    from monitor.sources.fredgraph import Fredgraph
    from monitor.sources.http import Backoff, Client
    from monitor.sources.treasury import Treasury

    client = Client(
        timeout=settings.timeout,
        deadline=settings.deadline,
        proxy=settings.proxy,
        secrets=(fred_api_key,) if fred_api_key else (),
        backoff=backoff or Backoff(),
    )
    publishers: list[Publisher] = [
        Fredgraph(client, settings.fredgraph.url),
        Treasury(client, settings.treasury.url),
    ]
    if fred_api_key:
        publishers.append(Fred(client, settings.fred.url, fred_api_key))
    return {publisher.name: publisher for publisher in publishers}


def ask(
    specs: Iterable[SeriesSpec], publishers: Mapping[str, Publisher], now: datetime
) -> Iterator[Attempt]:
    """Ask for each series in turn; the first publisher of its list that delivers is believed.

    Args:
        specs: the series.
        publishers: who can be asked, by name. ``bundled`` is not asked even if present.
        now: instant of the pull, in the time zone whose calendar day counts.

    Returns:
        One attempt for each series, as soon as it is decided. One that fails stops no other.
    """
    for spec in specs:
        yield _attempt(spec, publishers, now)


def _attempt(spec: SeriesSpec, publishers: Mapping[str, Publisher], now: datetime) -> Attempt:
    errors: list[SourceError] = []
    for name in spec.publishers:
        if name == BUNDLED or name not in publishers:
            continue
        try:
            return Attempt(spec.id, publishers[name].fetch(spec, now), tuple(errors))
        except SourceError as err:
            errors.append(err)
    return Attempt(spec.id, None, tuple(errors))
