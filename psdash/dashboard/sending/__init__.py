"""What leaves the screen because a person asked: rows to the clipboard, tables to a file, both as CSV."""
