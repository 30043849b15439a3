"""Makes what a hub needs before it can start: keys, a trust list, clients, a settings file.

For the sandbox federation only. A real hub's root keys are made elsewhere, by other people.
"""
