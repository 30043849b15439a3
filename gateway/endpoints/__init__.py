"""What answers at each address of a hub, made from its parts.

Responsible for what each endpoint is given. Refuses to know how a part was opened, and what an
endpoint does.
"""
