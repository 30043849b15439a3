"""Makes what a hub needs before it can start, and runs the issuers beside it.

Responsible for keys, a trust list, clients, a settings file and child processes of the sandbox.
Refuses to know the story that is played on them. A real hub's root keys are made elsewhere, by
other people.
"""
