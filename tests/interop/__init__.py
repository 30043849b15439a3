"""The hub against what other people's software makes of it (``make interop``)."""
