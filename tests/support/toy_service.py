"""The service of the toy source: one price, by HTTP, on loopback. `python -P -m tests.support.toy_service`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "toy_0123456789"
PRICE = {"bid": "0.41", "ask": "0.44"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_known = self.headers.get("X-API-Key") == KEY
        body = json.dumps(PRICE if is_known else {}).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's word
        return


def main(_argv: Sequence[str] | None = None) -> int:
    """Serve until stdin ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"127.0.0.1:{server.server_port}"
    sys.stdout.write(f"PSDASH_REST_URL=http://{at}\nPSDASH_WS_URL=ws://{at}\nPSDASH_API_KEY={KEY}\n")
    sys.stdout.flush()
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
