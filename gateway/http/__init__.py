"""HTTP: how a request comes in and how its answer leaves.

Responsible for tokens, media types, sizes, statuses, headers and event streams. Refuses to know
policies, stores and dialects: what it needs of them is handed in.
"""
