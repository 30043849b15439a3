"""The figures of a period as files for people: one page that needs no other file, and tables.

Responsible for how figures are drawn and written down. Refuses to count, to know where figures come
from, and to put anything into the page that runs or that is fetched.
"""
