"""How widgets are drawn: the paint clock, rows, colours, glyphs, numbers."""
