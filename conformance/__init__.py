"""The conformance kit: whether a region's endpoint, or somebody's hub, does what the pages say.

Responsible for the checks, each with its clause and what to mend, for playing the other party, and
for the reports. Refuses to be imported by what it judges, and to name a person: a report has the
labels of the test persons and nothing else of them.
"""

SUMMARIES = {"conformance": "符合性检查 Whether an issuer, or a hub, does what the pages say"}
"""What the command is for. Loading this loads no command."""
