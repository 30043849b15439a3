"""GraphQL: what may be asked, by whom, and how an error reads.

Responsible for documents before they run, for authorization and for the resolvers. Refuses to know
of HTTP, of issuers' formats and of files.
"""
