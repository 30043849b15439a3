"""From the checked inquiry to the signed answer.

Responsible for the order of the steps: the intent on record, the issuers asked, the evidence
judged, the outcome on record, the answer signed. Refuses to know HTTP and who may ask.
"""
