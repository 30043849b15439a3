"""The first five days of the Zhenjiang code, 1 to 5 March 2020, played against the city's rules.

Responsible for what people do, drawn from a seed. Refuses to know what the city finds: the city
finds it and counts it.
"""
