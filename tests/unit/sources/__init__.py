"""The registry of sources, and sessions with several."""
