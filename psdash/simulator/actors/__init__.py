"""Who trades and what happens to them: flow, the demo trader, episodes, recordings, load."""
