"""How fast the hub is, beside what it cannot avoid and beside what others would put in its place.

Responsible for the figures of docs/performance.md: real processes, real HTTP, ratios made in one
run and printed with their parts. ``goals`` lists every row, ``measures`` makes them, ``peers`` are
the others. Refuses to be part of the program: nothing imports it.
"""
