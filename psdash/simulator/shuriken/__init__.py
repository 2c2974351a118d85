"""A Shuriken of our own on loopback (its protocol note): sessions, a Pusher socket, streams, lookups, its own truth.

It imports nothing of psdash but the simulator's clock and lifeline.
"""
