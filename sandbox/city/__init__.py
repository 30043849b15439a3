"""The Zhenjiang code's whole life: from a first declaration to the end of its validity and on.

Pure rules (``declaration``, ``stages``, ``life``, ``trace``), books in one SQLite file (``store``
and what is written on it), and desks at which holders, communities and districts turn up.
"""
