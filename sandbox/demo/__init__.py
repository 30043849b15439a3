"""The story of mutual recognition, played with real processes over real HTTP.

Responsible for the steps, what each should come to, and telling it. Refuses to look inside the hub:
it asks as clients do, and reads the hub's files only to check what it stored.
"""
