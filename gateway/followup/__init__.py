"""What a receipt is good for later: arrivals at a district, and corrections by an issuer.

Responsible for tying a verified receipt to what follows from it. Refuses to know issuers' formats
and to decide anything about a traveler.
"""
