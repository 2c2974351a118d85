"""The last hop: what reaches the terminal. Knows bytes and cells, nothing of markets."""
