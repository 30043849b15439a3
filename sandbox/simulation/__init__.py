"""The first five days of the Zhenjiang code, 1 to 5 March 2020, lived through by its rules.

What people do is drawn from a seed; what the city finds is found by the city, and counted there.
"""
