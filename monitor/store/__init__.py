"""What was known when: SQLite, append-only and bitemporal. The only SQL of the house.

An observation is ``(series, period, known_from) -> value``. A row is written only where what was
believed changes, so the same pull twice adds nothing and a revision adds one row; what arrives
late finds its place in time. No observation is ever updated or deleted.

``vintages`` has the rules, without SQL; ``observations``, ``quarantine`` and ``ledger`` have the
tables; ``schema`` opens, migrates and says what went wrong.
"""

from __future__ import annotations

from monitor.store.ledger import Ledger, RunRecord
from monitor.store.observations import Observations, Vintage
from monitor.store.quarantine import Quarantine, Quarantined
from monitor.store.schema import SCHEMA
from monitor.store.vintages import Recorded

__all__ = ["SCHEMA", "Quarantined", "Recorded", "RunRecord", "Store", "Vintage"]


class Store(Observations, Quarantine, Ledger):
    """One open database. Use as a context manager.

    Every method raises :class:`monitor.errors.StoreError` when SQLite cannot do its work; the
    message names the file and the setting.
    """
