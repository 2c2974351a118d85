"""Shuriken's gateway: tokens, alpha calls and notices of the person's own on one Pusher socket, and its lookups."""
