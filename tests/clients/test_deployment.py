"""Proxies and the unit of systemd as docs/how-to/serve.md has them, where their programs are."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import KEY, NAME, ROOT, bench_module

GUIDE = (ROOT / "docs" / "how-to" / "serve.md").read_text(encoding="utf-8")
BEARER = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
EXPOSURE = 20  # tenths, as systemd-analyze counts; the unit has 1.8
NGINX = "daemon off;\npid {0}/pid;\nerror_log stderr;\n{1}events {{}}\nhttp {{\naccess_log off;\n"
CADDY = "{{\nadmin off\nauto_https disable_redirects\nstorage file_system {0}\n}}\n"


def block(language: str, start: str) -> str:
    """Return the block of the guide that begins so."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (found,) = [text for text in blocks if text.startswith(start)]
    return str(found)


def needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and a certificate for the name of the guide."""
    needs("openssl")
    folder = tmp_path_factory.mktemp("certificate")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-keyout", "privkey.pem", "-out", "fullchain.pem"]
    command += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def nginx(folder: Path, certificate: Path, port: int, server: str) -> list[str]:
    """Write the configuration of the guide with other addresses; return the command."""
    text = block("nginx", "server {").replace("listen 443", f"listen 127.0.0.1:{port}")
    text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(certificate))
    text = text.replace("http://127.0.0.1:8000", server)
    user = "user root;\n" if os.getuid() == 0 else ""
    whole = NGINX.format(folder, user) + text + "}\n"
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, certificate: Path, port: int, server: str) -> list[str]:
    """Write the configuration of the guide with other addresses; return the command."""
    tls = f"tls {certificate}/fullchain.pem {certificate}/privkey.pem"
    text = block("text", NAME).replace(f"{NAME} {{", f"https://{NAME}:{port} {{\n{tls}", 1)
    text = text.replace("127.0.0.1:8000", server.removeprefix("http://"))
    (folder / "Caddyfile").write_text(CADDY.format(folder) + text, encoding="utf-8")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@pytest.fixture(scope="module", params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest,
    certificate: Path,
    locked_server: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[int, Path]]:
    """A proxy before the server that wants a key: its port, and the certificate."""
    needs(request.param.__name__)
    folder = tmp_path_factory.mktemp("proxy")
    port = bench_module("server_process").free_port()
    command = request.param(folder, certificate, port, locked_server)
    environment = {**os.environ, "HOME": str(folder)}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "said").read_text(encoding="utf-8")
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, certificate / "fullchain.pem"
    finally:
        process.terminate()
        process.wait(30)


def connection(proxy: tuple[int, Path]) -> http.client.HTTPConnection:
    """Connect over TLS, by the name of the guide."""
    port, certificate = proxy
    context = ssl.create_default_context(cafile=str(certificate))
    made = http.client.HTTPConnection(NAME, port, timeout=60)
    plain = socket.create_connection(("127.0.0.1", port), timeout=60)
    made.sock = context.wrap_socket(plain, server_hostname=NAME)
    return made


def asked(
    proxy: tuple[int, Path], method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    with closing(connection(proxy)) as made:
        made.request(method, path, body, headers)
        answer = made.getresponse()
        return answer.status, answer.read()


def test_a_proxy_passes_questions_on_and_refusals_back(proxy: tuple[int, Path]) -> None:
    assert asked(proxy, "GET", "/health") == (200, b'{"status":"ok"}')
    assert asked(proxy, "GET", "/v1/models")[0] == 401
    assert asked(proxy, "GET", "/v1/models", **BEARER)[0] == 200
    assert asked(proxy, "POST", "/v1/next", b'{"text": "the cat"}', **BEARER)[0] == 200
    large = json.dumps({"prompt": "a" * (1 << 20)}).encode()
    assert asked(proxy, "POST", "/tokenize", large, **BEARER)[0] == 413


def test_a_proxy_answers_no_other_name_and_no_other_origin(proxy: tuple[int, Path]) -> None:
    status, content = asked(proxy, "GET", "/health", Host="evil.example")
    assert status >= 400 or not content  # nginx passes the name on, Caddy answers with nothing
    evil, own = "https://evil.example", f"https://{NAME}"
    assert asked(proxy, "GET", "/v1/models", **BEARER, Origin=evil)[0] == 403
    assert asked(proxy, "GET", "/v1/models", **BEARER, Origin=own)[0] == 200


def rows(server: str) -> float:
    """Return how many texts the server writes now."""
    port = int(server.rpartition(":")[2])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as made:
        made.request("GET", "/metrics", headers=BEARER)
        found = re.search(rb"^lmkit_rows (\S+)", made.getresponse().read(), re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_a_stream_comes_through_as_it_is_written(
    proxy: tuple[int, Path], locked_server: str
) -> None:
    body = {"prompt": "the", "max_tokens": 1024, "words": 1024, "n": 128, "stream": True}
    with closing(connection(proxy)) as made:
        made.request("POST", "/v1/completions", json.dumps(body), BEARER)
        answer = made.getresponse()
        assert answer.readline().startswith(b"data: {")
        assert rows(locked_server) > 0  # the rest is yet to be written
    for _ in range(600):  # a client that leaves the proxy leaves the server too
        if rows(locked_server) == 0:
            break
        time.sleep(0.1)
    assert rows(locked_server) == 0


def test_the_proxy_of_several_replicas_is_configured_rightly(
    certificate: Path, tmp_path: Path
) -> None:
    needs("nginx")
    port = bench_module("server_process").free_port()
    command = nginx(tmp_path, certificate, port, "http://lmkit")
    text = (tmp_path / "nginx.conf").read_text(encoding="utf-8")
    whole = text.replace("server {", block("nginx", "upstream") + "server {", 1)
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_unit_is_valid_and_gives_few_rights(tmp_path: Path) -> None:
    needs("systemd-analyze")
    installed = str(Path(sys.executable).with_name("lmkit"))
    text = block("ini", "[Unit]").replace("/opt/lmkit/.venv/bin/lmkit", installed)
    unit = tmp_path / "lmkit.service"
    unit.write_text(text, encoding="utf-8")
    for asked_of in (["verify"], ["security", "--offline=true", f"--threshold={EXPOSURE}"]):
        command = ["systemd-analyze", *asked_of, str(unit)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
