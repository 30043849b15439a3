"""The five days lived through a hub: each deed at the city's own door, each scan a real question.

Responsible for the processes, for gates and telephones, for counting what came of every scan, and
for finding each in the audit log. Refuses to decide what people do; ``five_days`` has that.
"""
