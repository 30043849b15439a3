"""What operators see and do: events, metrics, files that are followed, the doctor.

Responsible for the hub being watched and kept going. Refuses to know travelers.
"""
