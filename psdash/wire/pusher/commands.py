"""What a client says (part C3). `data` is sent as an object: one server dies of the string form (part C2)."""

from pydantic_core import to_json


def _frame(event: str, data: dict[str, str]) -> str:
    return to_json({"event": event, "data": data}).decode()


def subscribe(channel: str, auth: str | None = None, channel_data: str | None = None) -> str:
    """Join a channel; `auth` for private and presence ones, `channel_data` (passed on byte for byte) for presence."""
    data = {"channel": channel}
    if auth is not None:
        data["auth"] = auth
    if channel_data is not None:
        data["channel_data"] = channel_data
    return _frame("pusher:subscribe", data)


def unsubscribe(channel: str) -> str:
    """Leave a channel; there is no reply."""
    return _frame("pusher:unsubscribe", {"channel": channel})


def ping() -> str:
    """Are you there? Either side may ask."""
    return _frame("pusher:ping", {})


def pong() -> str:
    """The answer, at once."""
    return _frame("pusher:pong", {})
