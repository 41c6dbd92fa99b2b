"""The publishers on this machine: their true wire formats, paging and errors, and every fault.

For tests, and to try the product without a network. The figures are the bundled history; after
its end, and for series that the bundle may not carry, they are invented, deterministic and round.
They are no news of anything.
"""

from .faults import BODIES, FAULTS, FIGURES, ON_THE_WAY, PUBLISHERS, Fault
from .figures import Figures
from .server import Asked, Server
from .wire import Habits, Reply, Request

__all__ = [
    "BODIES",
    "FAULTS",
    "FIGURES",
    "ON_THE_WAY",
    "PUBLISHERS",
    "Asked",
    "Fault",
    "Figures",
    "Habits",
    "Reply",
    "Request",
    "Server",
]
