"""The dialect of each issuer: one of the hub's own, a plugin, or one that is declared in a file.

Responsible for one that does not load: its issuer is not asked, and all others are.
"""

import asyncio
from functools import partial

from tongxing.adapters.dialect import Dialect
from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.followed_dialect import FollowedDialect
from tongxing.adapters.guarded_dialect import GuardedDialect, NotLoadedDialect
from tongxing.adapters.plugin_entries import installed, load_plugin
from tongxing.gateway.operation.declared_dialects import DeclaredDialects
from tongxing.gateway.operation.plugin_trials import try_plugin
from tongxing.gateway.operation.watch import Watch

OF_PLUGINS = "DIALECT"
"""Among the faults of an issuer (``tongxing_issuer_faults_total``): its plugin failed."""


async def dialect_of(
    name: str, hub: HubIdentity, watch: Watch, declared: DeclaredDialects | None
) -> Dialect:
    """Raises ValueError if nobody offers a dialect of that name."""
    if name in DIALECTS:
        return DIALECTS[name](hub)
    if installed(name):
        return await _of_plugin(name, hub, watch)
    if declared is not None:
        return FollowedDialect(hub.issuer, partial(_declared, name, hub, declared))
    raise ValueError(f"{name} is not the name of a dialect")


async def _of_plugin(name: str, hub: HubIdentity, watch: Watch) -> Dialect:
    on_fault = partial(watch.issuer_fault, hub.issuer, OF_PLUGINS)
    try:
        await try_plugin(name)
        made = load_plugin(name).make(hub)
        return GuardedDialect(made, hub.issuer, on_fault)
    except DialectRefused as refused:
        fault = refused.fault
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException:  # noqa: BLE001 - whatever a plugin raises, if it wants to end the hub
        fault = DialectFault.CONTRACT_BROKEN
    watch.dialect_refused(hub.issuer, name, fault)
    return NotLoadedDialect(hub.issuer)


def _declared(name: str, hub: HubIdentity, declared: DeclaredDialects) -> Dialect:
    found = declared.find(name)
    return NotLoadedDialect(hub.issuer) if found is None else found.plugin.make(hub)
