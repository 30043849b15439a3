"""From the checked inquiry to the signed answer.

Responsible for the order of the steps: record the intent, ask the issuers, judge the evidence,
record the outcome, sign the answer; the only wing that asks issuers about a traveler. Refuses to
know HTTP, GraphQL and which client may ask what.
"""
