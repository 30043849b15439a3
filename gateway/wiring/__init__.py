"""How the parts of a hub are put together.

Responsible for what each part is given: a file for each group of parts. Refuses to know what a part
does.
"""
