"""One HTTP server on loopback that stands in for the producers, with every fault a site can show."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

GOOD = ("CODGEO;NB\n" + "".join(f"{i:05d};{i % 97}\n" for i in range(20_000))).encode()
ETAG = '"v1"'


class StandIn(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.ranges: list[str] = []
        self.agents: set[str] = set()
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, str] = {}
        self.cut: set[str] = set()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StandIn

    def log_message(self, *args: object) -> None: ...

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        self.server.asked[path] += 1
        self.server.agents.add(self.headers.get("User-Agent", ""))
        if "Range" in self.headers:
            self.server.ranges.append(self.headers["Range"])
        if path in self.server.faults:
            getattr(self, self.server.faults[path].replace("-", "_"))()
            return None
        if path in self.server.files:
            return self.published(path, self.server.files[path])
        name = path.strip("/").replace("-", "_") or "root"
        getattr(self, name, self.missing)()
        return None

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def published(self, path: str, body: bytes) -> None:
        """A producer's file, resumable; a path of `cut` gives half of what is asked, then the line breaks."""
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        start = 0
        if self.headers.get("If-Range") == tag:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        rest = body[start:]
        sent = rest[: len(rest) // 2] if path in self.server.cut else rest
        more = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        self.send(sent, 206 if start else 200, length=str(len(rest)), ETag=tag, **more)
        if len(sent) != len(rest):
            self.close_connection = True

    def first_time(self) -> bool:
        return self.server.asked[self.path] == 1

    def missing(self) -> None:
        self.send(b"not here", 404)

    def good(self) -> None:
        self.send(GOOD, ETag=ETAG, Content_Type="text/csv")

    def moved(self) -> None:
        self.send(b"", 301, Location="/good")

    def moved_elsewhere(self) -> None:
        port = self.server.server_address[1]
        self.send(b"", 302, Location=f"http://localhost:{port}/good")

    def moved_to_file(self) -> None:
        self.send(b"", 302, Location="file:///etc/hostname")

    def loop(self) -> None:
        self.send(b"", 302, Location="/loop")

    def busy_once(self) -> None:
        if self.first_time():
            self.send(b"", 429, Retry_After="3")
        else:
            self.good()

    def busy_long(self) -> None:
        self.send(b"", 503, Retry_After="86400")

    def broken_once(self) -> None:
        self.send(b"", 500) if self.first_time() else self.good()

    def broken(self) -> None:
        self.send(b"", 500)

    def cut_once(self) -> None:
        """Half the file, then the line is cut; a Range request gets the rest."""
        asked = self.headers.get("Range")
        half = len(GOOD) // 2
        if asked is None:
            self.send(GOOD[:half], length=str(len(GOOD)), ETag=ETAG)
            self.close_connection = True
        elif self.headers.get("If-Range") == ETAG:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send(GOOD[start:], 206, ETag=ETAG, Content_Range=f"bytes {start}-{len(GOOD) - 1}/{len(GOOD)}")
        else:
            self.send(GOOD, ETag=ETAG)

    def cut_and_changed(self) -> None:
        """Cut once; by the next request the file has changed, so a part of the old one must not be kept."""
        if self.first_time():
            self.send(GOOD[: len(GOOD) // 2], length=str(len(GOOD)), ETag=ETAG)
            self.close_connection = True
        else:
            self.send(b"CODGEO;NB\n00001;1\n", ETag='"v2"')

    def resumed_wrong(self) -> None:
        """Cut once, then a 206 that does not start where it was asked to; whole when asked whole."""
        if self.first_time():
            self.send(GOOD[: len(GOOD) // 2], length=str(len(GOOD)), ETag=ETAG)
            self.close_connection = True
        elif "Range" in self.headers:
            self.send(GOOD[7:], 206, ETag=ETAG, Content_Range=f"bytes 7-{len(GOOD) - 1}/{len(GOOD)}")
        else:
            self.good()

    def cut_always(self) -> None:
        self.send(GOOD[:100], length=str(len(GOOD)))
        self.close_connection = True

    def stalled(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD)))
        self.end_headers()
        self.wfile.write(GOOD[:10])
        self.wfile.flush()
        time.sleep(2)
        self.close_connection = True

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD)))
        self.end_headers()
        for start in range(0, len(GOOD), 1000):
            try:
                self.wfile.write(GOOD[start : start + 1000])
                self.wfile.flush()
            except OSError:
                break
            time.sleep(0.05)
        self.close_connection = True

    def html_200(self) -> None:
        self.send(b"\n<!DOCTYPE html><html><body>Maintenance</body></html>", Content_Type="text/csv")

    def empty(self) -> None:
        self.send(b"")

    def encoded(self) -> None:
        self.send(gzip.compress(GOOD), Content_Encoding="gzip")

    def gzipped_file(self) -> None:
        self.send(gzip.compress(GOOD), Content_Type="text/csv")

    def gzip_cut(self) -> None:
        self.send(gzip.compress(GOOD)[:-40], Content_Type="text/csv")

    def gzip_bomb(self) -> None:
        self.send(gzip.compress(b"0" * 30_000_000), Content_Type="text/csv")

    def encoded_bomb(self) -> None:
        self.send(gzip.compress(b"0" * 30_000_000), Content_Encoding="gzip")

    def huge(self) -> None:
        self.send(b"a;b\n", length="99000000000000")

    def endless(self) -> None:
        """No length announced, more than the limit allowed."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        for _ in range(64):
            try:
                self.wfile.write(b"1;2;3\n" * 20_000)
            except OSError:
                break
        self.close_connection = True


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
