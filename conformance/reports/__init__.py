"""What a run came to, in the forms in which people and programs read it.

Responsible for the exit status and four forms: text, JUnit, JSON, HTML. Refuses to know what was
asked: it is handed checks and what was seen.
"""
