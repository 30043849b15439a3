"""GraphQL: what a client may ask for, at what cost, and how an error reads.

Responsible for documents before they run, for authorization, for execution and for the resolvers,
one file for each capability. Refuses to know HTTP, issuers' formats and files.
"""
