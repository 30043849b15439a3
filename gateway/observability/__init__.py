"""What operators see: events, figures and probes, none of which names a person."""
