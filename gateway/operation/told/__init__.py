"""The figures, by what they are about. Each file declares its own and says how they are counted.

Responsible for names by Prometheus' conventions: the unit at the end, base units, ``_total`` for
what only grows; and for labels whose values are closed lists or come from the operator's own files.
Refuses labels that grow with people, clients or time.
"""
