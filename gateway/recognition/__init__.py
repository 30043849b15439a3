"""Recognition: what a receiving place makes of the health codes of other places.

Responsible for policies as data and for the decision, a pure function of evidence, policy,
circumstances and time. Refuses to talk to issuers, to check signatures and to keep records.
"""
