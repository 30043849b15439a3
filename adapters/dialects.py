"""The code systems that the hub can ask: a closed table from a name in the settings to a dialect.

Responsible for the list. Refuses to fall back: a name that is not in it is an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tongxing.adapters.anhui import ANHUI, ANHUI_TEXT
from tongxing.adapters.beijing import BEIJING
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import Dialect
from tongxing.adapters.docking import Docked, System
from tongxing.adapters.nanjing_jurong import NANJING_JURONG
from tongxing.adapters.national import National, RequestSigner
from tongxing.adapters.shanghai import SHANGHAI
from tongxing.adapters.sukangma import Sukangma
from tongxing.adapters.zhejiang import ZHEJIANG
from tongxing.adapters.zhenjiang import Zhenjiang


@dataclass(frozen=True, slots=True)
class HubIdentity:
    """How one issuer knows the hub: ``issuer`` is its id in the trust list; it gave ``token`` and
    ``customer_number`` to the hub. ``signer`` is the hub's SM2 key of the moment."""

    issuer: str
    token: Credential = field(repr=False)
    customer_number: str
    signer: Callable[[], RequestSigner] = field(repr=False)


def _zhenjiang(hub: HubIdentity) -> Dialect:
    return Zhenjiang(issuer=hub.issuer)


def _sukangma(hub: HubIdentity) -> Dialect:
    return Sukangma(issuer=hub.issuer, token=hub.token)


def _national(hub: HubIdentity) -> Dialect:
    return National(
        issuer=hub.issuer,
        customer_number=hub.customer_number,
        signer=hub.signer,
    )


def docked(system: System) -> Callable[[HubIdentity], Dialect]:
    """A row for a system of the docking format, which knows the hub only by its credential."""
    return lambda hub: Docked(system, issuer=hub.issuer)


DIALECTS: Mapping[str, Callable[[HubIdentity], Dialect]] = {
    "zhenjiang": _zhenjiang,
    "sukangma": _sukangma,
    "national": _national,
    "anhui": docked(ANHUI),
    "anhui-text": docked(ANHUI_TEXT),
    "beijing": docked(BEIJING),
    "zhejiang": docked(ZHEJIANG),
    "shanghai": docked(SHANGHAI),
    "nanjing-jurong": docked(NANJING_JURONG),
}
