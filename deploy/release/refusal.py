"""Why there is no release."""


class NoRelease(Exception):
    """The text says what to do first."""
