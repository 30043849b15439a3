"""A mixed load over many workers, a fault every two seconds, and an account of what was answered.

``python -m tests.soak --minutes 60 --workers 4`` starts all of it itself: PostgreSQL, Redis, the
issuers, the hub and its clients. It judges by what it knows without the hub: what the issuers hold
of each person, what each client was told, and what was done to whom at which moment.
"""
