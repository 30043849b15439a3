"""What makes the rows, one file for each group of them.

A measure takes a ``Run`` and the rows that are wanted of its group, prints what it saw and returns
those rows. Rounds of the hub, its peers and the floor alternate, because other work on the machine
disturbs whatever it disturbs for a while; a ratio is the median of the rounds' own ratios.
"""
