"""Dialects that other distributions bring: which are installed, and how one is loaded.

Responsible for one name at a time: nothing of a plugin is imported unless its name is asked for.
A name that is taken is refused, and so is whatever does not keep the contract of all dialects.
Refuses to bound how long that takes: code that never returns is tried in a process of its own first
(``plugin_trial``).
"""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

from tongxing.adapters.contract import require_contract
from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin import DIALECTS_GROUP, Plugin


def installed(name: str) -> Sequence[EntryPoint]:
    """The entry points of that name, without loading any."""
    return list(entry_points(group=DIALECTS_GROUP, name=name))


def shadowed() -> Sequence[str]:
    """The names of plugins that are never loaded, because dialects of the hub have them."""
    return [entry.name for entry in entry_points(group=DIALECTS_GROUP) if entry.name in DIALECTS]


def load_plugin(name: str) -> Plugin:
    """Import the one plugin of that name and hold it to the contract. Raises DialectRefused."""
    found = installed(name)
    if name in DIALECTS or len({_distribution(each) for each in found}) > 1:
        by = "the hub itself" if name in DIALECTS else ", ".join(map(_distribution, found))
        raise DialectRefused(name, DialectFault.NAME_TAKEN, f"by {by}")
    try:
        plugin: Plugin = found[0].load()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise DialectRefused(name, DialectFault.IMPORT_FAILED, type(error).__name__) from None
    require_contract(name, plugin)
    return plugin


def _distribution(entry: EntryPoint) -> str:
    """A folder whose metadata are gone has no name."""
    named: str | None = None if entry.dist is None else entry.dist.name
    return entry.value if named is None else named
