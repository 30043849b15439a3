"""How each code system talks: one pure dialect per system over one guarded HTTP client.

Responsible for asking issuers and for turning what they signed into canonical health codes.
Refuses to decide anything about a traveler. Import the modules: ``adapters.adapter`` (ask and
read), ``adapters.dialects`` (the closed table), ``adapters.http_client``.
"""
