"""A site whose certificate nobody vouches for is not believed; the same site, once vouched for, is."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from cls_analysis.errors import FetchFailed
from cls_analysis.sources.fetching import Address, download
from cls_analysis.sources.fetching.transfer import Network

BODY = b"CODGEO;NB\n52269;1\n"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An HTTPS site on loopback with a certificate made for it: its address, and the certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl IS ABSENT: no certificate can be made, TLS is not tried here")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "site.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *more], check=True, capture_output=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/file.csv", certificate
    server.shutdown()
    server.server_close()


def test_a_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_written(site, tmp_path: Path) -> None:
    url, _ = site
    network = Network(connect=2, read=2, total=10, tries=1, sleep=lambda _: None)
    with pytest.raises(FetchFailed, match=r"(?i)certificate"):
        download(Address(url), tmp_path / "file.csv", network=network)
    assert not (tmp_path / "file.csv").exists()


def test_the_same_site_is_believed_by_a_client_that_knows_its_certificate(site, tmp_path: Path) -> None:
    url, certificate = site
    known = ssl.create_default_context(cafile=str(certificate))
    network = Network(
        connect=2, read=2, total=10, tries=1, client=lambda timeout: httpx.Client(verify=known, timeout=timeout)
    )
    download(Address(url), tmp_path / "file.csv", network=network)
    assert (tmp_path / "file.csv").read_bytes() == BODY
