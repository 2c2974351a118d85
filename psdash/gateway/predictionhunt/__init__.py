"""Prediction Hunt's gateway: other venues' prices, books and signals on one socket, and its lookups."""
