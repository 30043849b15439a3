"""The hub: a GraphQL service that answers whether a traveler may pass, and why.

Responsible for the service itself. Refuses to speak any issuer's format: ``adapters`` does that.
"""
