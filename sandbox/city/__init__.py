"""The Zhenjiang code's whole life, from a first declaration through expiry and renewal.

Responsible for the city's rules and its books: what a declaration means, how a code changes, what
a trace list reveals. Refuses to know HTTP, signatures and misbehavior; ``issuers`` has those.
"""
