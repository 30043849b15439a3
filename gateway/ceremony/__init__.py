"""The ceremony: how people with root keys come from a draft to a trust list or to other root keys.

Responsible for drafts, for what is to be signed being shown and weighed, and for private keys on
tokens. Refuses to know of travelers, of a running hub and of its database: signers have neither.
"""
