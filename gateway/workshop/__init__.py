"""The policy workshop: what a draft changes, before anybody lives under it.

Responsible for comparing two policies, for judging the same travelers under both and for saying
how a refused file is mended. Refuses to decide what comes into force.
"""
