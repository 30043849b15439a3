"""What the workers of a hub tell each other over Redis, and may lose at any moment.

Responsible for the connection, for the bounds of time within which it must answer, and for the hub
going on as if it were not there while it does not. Refuses to know what is shared: names and values
come sealed.
"""
