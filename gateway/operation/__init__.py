"""What operators see and do: events, metrics, files that are followed, the doctor's checks.

Responsible for keeping the hub going and for showing how it is. Refuses to know travelers.
"""
