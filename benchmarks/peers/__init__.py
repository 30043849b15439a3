"""Who is measured beside the hub. ``table`` lists them, ``installing`` fetches them, ``starting``
runs one; the rest is each peer's own program or configuration."""
