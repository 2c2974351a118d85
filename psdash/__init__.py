"""psdash: a read-only terminal dashboard for prediction markets."""

__version__ = "0.1.0"
