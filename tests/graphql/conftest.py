"""The hubs and issuers of the acceptance tests."""

from tests.acceptance.conftest import (
    city,
    coordinator,
    hub,
    issuers,
    new_layout,
    production_hub,
    template,
    urls,
)

__all__ = [
    "city",
    "coordinator",
    "hub",
    "issuers",
    "new_layout",
    "production_hub",
    "template",
    "urls",
]
