"""PredictStreet, protocol version 2 (protocol note §2-§8)."""
