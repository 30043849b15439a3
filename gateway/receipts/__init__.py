"""Receipts: what the hub signs of an answer, and what can be done with one later.

Responsible for the claims, for reading them when somebody hands a receipt back, and for making the
decision again from them. Refuses to sign and to verify: ``keys`` does.
"""
