"""Recognition policies as data: a file, its checks, its publication, and what a draft changes.

Responsible for a policy leaving this room only whole: read, checked, covered and tested. Refuses to
judge a real traveler.
"""
