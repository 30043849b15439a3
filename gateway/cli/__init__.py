"""The command line: one small module for each command or group, all listed in ``main``.

Responsible for options, prompts, output and exit statuses. Refuses to take personal data as an
argument, and to decide anything itself: a command calls the wing that does.
"""
