"""What a page may load and do, said to the browser in the headers of its answer.

Nothing comes from another address, nothing written in a page runs, and no script makes markup out
of a text unless its page names the Trusted Types policy that does so (CSP level 3; W3C Trusted
Types).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageRules:
    """What one page needs beyond the rest.

    ``trusted_types`` names policies that its scripts may make, ``compiles_wasm`` lets it compile
    the code reader, ``camera`` lets it ask for the camera, ``works_offline`` lets it start a
    worker.
    """

    trusted_types: tuple[str, ...] = ()
    compiles_wasm: bool = False
    camera: bool = False
    works_offline: bool = False


PLAIN = PageRules()

_OWN, _NONE = "'self'", "'none'"


def headers_of(rules: PageRules) -> Mapping[str, str]:
    """The headers under which a page of these ``rules`` is sent. No page is stored: what it shows
    may be about a person."""
    return {
        "content-security-policy": _content_policy(rules),
        "permissions-policy": _permissions(rules),
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
    }


def _content_policy(rules: PageRules) -> str:
    wasm = " 'wasm-unsafe-eval'" if rules.compiles_wasm else ""
    directives = [
        "default-src 'none'",
        f"script-src 'self'{wasm}",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        f"worker-src {_OWN if rules.works_offline else _NONE}",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        f"trusted-types {' '.join(rules.trusted_types) or _NONE}",
    ]
    return "; ".join(directives)


def _permissions(rules: PageRules) -> str:
    camera = "(self)" if rules.camera else "()"
    return f"camera={camera}, microphone=(), geolocation=(), usb=(), payment=()"
