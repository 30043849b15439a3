"""How policies come into force: files and their signatures, followed while the hub runs.

Refuses to judge what a policy says; ``recognition`` reads and tries it.
"""
