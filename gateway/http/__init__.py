"""HTTP: what comes in over the wire and how an answer leaves.

Responsible for media types, sizes, statuses and headers. Refuses to know what a traveler is.
"""
