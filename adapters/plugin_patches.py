"""What a plugin has to leave as it is: the modules of the hub, and the classes in them.

Responsible for a plugin that puts something of its own in the place of something of the hub: every
other dialect would be read by it. Looked at is what each name stands for, and not what is inside
of that: this finds a mistake, and not an author who hides one.
"""

import sys
from collections.abc import Iterator, Mapping
from types import ModuleType

Names = Mapping[str, Mapping[str, object]]
"""What each name stands for, by the module or the class that has it."""

_HUB = "tongxing"


def names_of_the_hub() -> Names:
    """Those of the modules that are loaded."""
    return dict(_held())


def changed_since(before: Names) -> str | None:
    """A name that stands for something else than ``before``, or for nothing, or None."""
    now = names_of_the_hub()
    for where, names in before.items():
        for name, meant in names.items():
            if now.get(where, {}).get(name) is not meant:
                return f"{where}.{name}"
    return None


def _held() -> Iterator[tuple[str, Mapping[str, object]]]:
    for name, module in [*sys.modules.items()]:
        if name.partition(".")[0] != _HUB:
            continue
        names = {key: each for key, each in vars(module).items() if not _is_loaded_later(each)}
        yield name, names
        for each in names.values():
            if isinstance(each, type) and each.__module__ == name:
                yield f"{name}.{each.__qualname__}", dict(vars(each))


def _is_loaded_later(value: object) -> bool:
    return isinstance(value, ModuleType)
