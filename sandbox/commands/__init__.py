"""The commands that only a sandbox needs; the packaging adds them to the command line.

Responsible for options and for what a visitor reads. Refuses to be imported by the rest of the
sandbox.
"""
