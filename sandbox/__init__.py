"""The other side, for the demo and the tests: reference issuers, their town, and the people in it.

Responsible for playing everything that the hub talks to. Refuses to be imported by the product.
"""
