"""The story of mutual recognition, played with real processes over real HTTP."""
