"""Sessions with sources: one of them, or several at once as one."""
