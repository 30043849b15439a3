"""An issuer is tried: the kit plays the hub, with the hub's own dialects and guarded client.

Responsible for what is asked, what was seen, and the checks of it. Refuses to judge while it asks,
and to ask while it judges.
"""
