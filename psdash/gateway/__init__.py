"""Connections, subscriptions, book sync and REST: the only room with sockets."""
