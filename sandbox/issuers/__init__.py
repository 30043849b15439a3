"""The reference issuers: the code systems of a city, a province and the nation, as programs.

Responsible for the servers, their wire formats, signatures and misbehavior. Refuses to share code
with the product: they test the adapters and the keys, so encoders and signing are written here a
second time.
"""
