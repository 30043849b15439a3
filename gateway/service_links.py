"""Variables that others set for a service whose name begins like the hub's settings.

Kubernetes describes every service to every container by variables, and Docker did so for linked
containers. A service that is called ``tongxing`` or ``tongxing-hub`` gets names that begin with the
prefix of the settings. Responsible for telling these from a mistaken setting, by name and value.
"""

import re

_KINDS = (
    (r"SERVICE_HOST", r"[0-9A-Fa-f.:]+"),
    (r"SERVICE_PORT(_[A-Z0-9_]+)?", r"[0-9]+"),
    (r"PORT(_[0-9]+_(TCP|UDP|SCTP))?", r"(tcp|udp|sctp)://\S+"),
    (r"PORT_[0-9]+_(TCP|UDP|SCTP)_PROTO", r"tcp|udp|sctp"),
    (r"PORT_[0-9]+_(TCP|UDP|SCTP)_PORT", r"[0-9]+"),
    (r"PORT_[0-9]+_(TCP|UDP|SCTP)_ADDR", r"[0-9A-Fa-f.:]+"),
    (r"NAME", r"/[^/]+/[^/]+"),
    (r"ENV_\w+", r".*"),
)
_LINKS = [
    (re.compile(rf"TONGXING_([A-Z0-9_]*_)?{name}"), re.compile(value, re.DOTALL))
    for name, value in _KINDS
]


def is_of_a_service(name: str, value: str) -> bool:
    """Whether a variable looks like one of a service. A setting with such a name goes first."""
    return any(key.fullmatch(name) and text.fullmatch(value) for key, text in _LINKS)
