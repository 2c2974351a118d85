"""Market state: pure. No I/O, no clock of its own, no Textual."""
