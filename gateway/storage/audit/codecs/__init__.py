"""How each kind of record becomes the columns of a row, and back.

Responsible for the layouts of the contents, of every version. Refuses to know how rows are kept.
"""
