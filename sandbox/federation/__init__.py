"""The rest of the country: as many more issuers as are wanted, in a few processes.

Responsible for issuers of the docking format that the hub is connected to and that mostly do not
know a traveler. Refuses to import the product, and to know the town's people.
"""
