"""`headwater ask` to the first printed word, against a bare script on the same server."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.benchmarks.user_environment import user_environment

ROUNDS = 9

_PROGRAM = "import sys; from headwater.__main__ import main; sys.exit(main())"  # what pip installs
_BARE = """
import json, sys
sys.modules["click"] = None  # here for the linters; where Headwater is installed it is not
import httpx
with httpx.stream("POST", sys.argv[1] + "/chat/completions", json={
    "model": "m", "stream": True, "messages": [{"role": "user", "content": "q"}]}) as response:
    for line in response.iter_lines():
        if line.startswith("data: ") and line != "data: [DONE]":
            choices = json.loads(line[6:])["choices"]
            print(choices[0]["delta"].get("content") or "", end="", flush=True)
"""
_STREAM = b"".join(
    b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n' for _ in range(5)
) + (b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(_STREAM)))
        self.end_headers()
        self.wfile.write(_STREAM)

    def log_message(self, *_: object) -> None:
        pass


def measure() -> dict[str, float]:
    """Return the medians in seconds of ours and the bare script's, taken in turn, and the ratio."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        with tempfile.TemporaryDirectory() as folder:
            ask = ["-c", _PROGRAM, "ask", "--data-dir", folder, "--base-url", base]
            ask += ["--model", "m", "q"]
            bare = ["-c", _BARE, base]
            _seconds(ask)
            _seconds(bare)
            ours, floor = [], []
            for _ in range(ROUNDS):
                floor.append(_seconds(bare))
                ours.append(_seconds(ask))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    ratio = statistics.median(a / b for a, b in zip(ours, floor, strict=True))
    return {
        "ratio": ratio,
        "ours_seconds": statistics.median(ours),
        "bare_seconds": statistics.median(floor),
    }


def _seconds(arguments: list[str]) -> float:
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, env=user_environment()
    ) as process:
        assert process.stdout is not None
        first = process.stdout.read(4)
        seconds = time.perf_counter() - begun
        process.stdout.read()
    assert first == b"word", f"{arguments[:2]} said {first!r}"
    return seconds
