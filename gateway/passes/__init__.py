"""Passes that holders carry, and the signed lists that say their color to gates offline.

Responsible for issuing a pass on a receipt, for the color of each under the policy of its region,
and for publishing the lists. Refuses to ask issuers, and to know documents beyond the moment of
issue.
"""
