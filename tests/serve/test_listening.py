"""Sockets of a server: every address of a name, free ports, and what is refused."""

import resource
import socket

import pytest

from lmkit.core.errors import LmkitError, UsageError
from lmkit.serve.listening import allow_many_connections, listening_sockets, url_of


@pytest.fixture
def opened():
    """Open sockets that are closed at the end."""
    found = []

    def listen(host, port=0):
        found.extend(listening_sockets(host, port))
        return found

    yield listen
    for each in found:
        each.close()


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_a_free_port_is_taken_and_named(opened):
    [listening] = opened("127.0.0.1")
    port = listening.getsockname()[1]
    assert port > 0
    assert url_of("127.0.0.1", listening) == f"http://127.0.0.1:{port}/"
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def test_all_addresses_of_a_name_have_one_port(opened):
    ports = {each.getsockname()[1] for each in opened("localhost")}
    assert len(ports) == 1


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_an_address_of_ipv6_is_in_brackets(opened):
    [listening] = opened("::1")
    assert url_of("::1", listening) == f"http://[::1]:{listening.getsockname()[1]}/"


def test_a_port_that_is_taken_is_a_sentence(opened):
    [listening] = opened("127.0.0.1")
    port = listening.getsockname()[1]
    with pytest.raises(LmkitError, match=rf"port {port} of 127\.0\.0\.1 is taken"):
        listening_sockets("127.0.0.1", port)


@pytest.mark.parametrize("host", ["", "/run/a.sock", "a" * 300, "\0"])
def test_what_is_no_address_is_refused(host):
    with pytest.raises(UsageError, match="no address of this machine"):
        listening_sockets(host, 0)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1"):
        listening_sockets("192.0.2.1", 0)


def test_the_number_of_connections_is_raised_to_what_is_allowed():
    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        allow_many_connections(300)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (300, hard)
        allow_many_connections(10)  # never less than before
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (300, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
