"""A gate without a browser: from codes that a scanner reads to lines that a turnstile reads.

Responsible for what the gate knows without the hub, for what it says of a code, and for what it
keeps until the hub has it. Refuses to compute a color, and to know HTTP: ``asked_hub`` is what it
needs of a hub. Imports little, because a gate starts in a moment: no word of ``schema``.
"""
