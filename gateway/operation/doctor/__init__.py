"""What a hub needs, checked one by one before it is needed."""
