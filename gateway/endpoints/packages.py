"""Where the packages are that pages need."""

from pathlib import Path

NODE_MODULES = Path(__file__).resolve().parents[2] / ".build" / "npm" / "node_modules"
"""Set-up puts them there; without them a page says what is missing."""
