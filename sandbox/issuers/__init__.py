"""The reference issuers: a city, a province and the nation as programs of their own.

They stand for the code systems that a hub talks to, and share nothing with the adapters and the
keys that they are there to test: encoders, signing and stores are written here a second time.
"""
