"""What stands on the screen, a pane a file, with the pure logic of each beside it."""
