"""A Prediction Hunt of our own on loopback (its protocol note §8): the socket, the lookups, and its own truth.

It imports nothing of psdash but the simulator's clock and lifeline, so that a mistake in the client's reading of the
protocol is not mirrored by what it is tested against. The same events are listed by several venues whose prices
follow one truth with their own errors, so that the arbitrage in it is real.
"""
