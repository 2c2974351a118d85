"""The exchange itself: what may be traded, who holds what, and how orders meet."""
