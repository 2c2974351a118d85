"""The own account: orders, fills, positions. Pure, the same way as `market`."""
