"""An OpenAI-compatible server on loopback that lets in one key and remembers who came."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = "The key came through."
MODEL = "trial-model"


class KeyServer:
    """Knows one key; `let_in` holds the path of every request that came with it."""

    def __init__(self, key: str, address: str) -> None:
        self.key = key
        self.address = address
        self.let_in: list[str] = []


@contextmanager
def key_server(key: str) -> Iterator[KeyServer]:
    """Yield the server, listening on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        """Lists one model and answers every question alike."""

        def do_GET(self) -> None:
            if self._is_let_in():
                self._reply("application/json", json.dumps({"data": [{"id": MODEL}]}).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self._is_let_in():
                self._reply("text/event-stream", streamed(ANSWER))

        def log_message(self, *_: object) -> None:
            """Say nothing; a log would hold the key."""

        def _is_let_in(self) -> bool:
            if self.headers.get("Authorization") == f"Bearer {key}":
                known.let_in.append(self.path)
                return True
            self.send_error(401)
            return False

        def _reply(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known = KeyServer(key, f"http://127.0.0.1:{server.server_address[1]}/v1")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield known
        finally:
            server.shutdown()
            thread.join()


def streamed(text: str) -> bytes:
    """Return an answer as the server-sent events of chat completions."""
    events = [
        {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    lines = [f"data: {json.dumps({'model': MODEL, **event})}\n\n" for event in events]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()
