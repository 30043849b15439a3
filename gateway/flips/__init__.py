"""Mass flips: many people turned red by one issuer, under one basis, within an hour.

In June 2022 officials turned 1,317 bank depositors red; no hub can know whether such reds are
right. Responsible for noticing, for the alarm that coordinators see and for keeping the digests of
the evidence. Refuses to change an answer: what an issuer signed is passed on as it is.
"""

from gateway.flips.alarms import FlipAlarms, FlipWatch
from gateway.flips.flip import Flip, flips_of
from gateway.flips.sqlite_store import SqliteFlipStore
from gateway.flips.store import AlarmPage, FlipStore, Raised

__all__ = [
    "AlarmPage",
    "Flip",
    "FlipAlarms",
    "FlipStore",
    "FlipWatch",
    "Raised",
    "SqliteFlipStore",
    "flips_of",
]
