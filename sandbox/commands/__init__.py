"""The commands that only a sandbox needs; the packaging adds them to the command line."""
