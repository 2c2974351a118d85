"""What makes the project's pictures and documents; nothing here ships with the program."""
