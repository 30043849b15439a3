"""The town: invented people, their documents, and what each issuer holds about them.

Responsible for making the same people from the same seed at every start. Refuses to know how an
issuer answers, signs or misbehaves.
"""
