"""What coordinators see of interoperation: sums of the audit log, each about ten people or more.

Responsible for what is counted of an entry, for the cells that are kept, and for following the log
behind it. Refuses to know HTTP, GraphQL and who may see what, and to slow an answer: it reads what
is on disk already.
"""
