"""The embedded exchange. Stands apart: imports nothing of psdash but itself."""
