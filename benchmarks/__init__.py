"""How fast the hub is, beside what it cannot avoid and beside what one would write without it.

Responsible for the figures of docs/performance.md: real processes, real HTTP, ratios made in one
run and printed with their parts. Refuses to be part of the program: nothing imports it.
"""
