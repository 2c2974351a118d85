"""What can be watched: one file a source, and the list of them.

A source is registered here and nowhere else: its wire, its gateway and its simulator are its own rooms, and the
dashboard, the command line and the settings learn of it from `registry` (docs/architecture.md, "Add a source").
"""
