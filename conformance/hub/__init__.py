"""A hub is tried: the kit plays the issuers, lets them misbehave, and asks as a client would.

Responsible for what is asked, what was seen, and the checks of it. Refuses to look into the hub:
only what a client sees is judged.
"""
