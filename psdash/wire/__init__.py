"""What travels: pydantic models, one module a venue protocol. No logic lives here."""
