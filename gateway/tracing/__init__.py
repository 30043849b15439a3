"""Traces for OpenTelemetry: from the client's request through the hub to each issuer.

Responsible for saying how long what took. Refuses to name people, or what clients wrote. Loaded
only if the settings say where traces go.
"""
