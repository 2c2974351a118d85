"""What the services beside the exchange share: how they run, how they answer, and how they go wrong."""
