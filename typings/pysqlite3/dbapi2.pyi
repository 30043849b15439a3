# The library is built from the source of this module of Python, and has no annotations of its own.
from sqlite3.dbapi2 import *  # noqa: F403 - whatever that module has
