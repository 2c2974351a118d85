"""The venue's protocol over the exchange: both gateways, REST, and the truth that tests ask for."""
