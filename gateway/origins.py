"""On whose behalf something is done: what a trace of a request begins with.

A question to an issuer leaves in a task that belongs to no request, with the questions of others.
So the requests that wait for it are carried along. Refuses to know what a trace is: without traces
nothing is set here.
"""

from contextvars import ContextVar

ORIGINS: ContextVar[tuple[object, ...]] = ContextVar("tongxing.origins", default=())
"""Of the running task: the request that it works for; or all that wait for its issuer."""
