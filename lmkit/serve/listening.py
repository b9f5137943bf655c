"""Sockets that a server listens on, and the address to reach it by."""

import errno
import os
import resource
import socket

from lmkit.core.errors import LmkitError, UsageError

BACKLOG = 2048  # connections that wait to be taken
FILES = 1 << 16  # open files and connections wanted of the system
_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # an address of a kind the machine lacks


def listening_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on every address that a name stands for.

    Args:
        host: An address or a name of this machine.
        port: The port; 0 takes one that is free.

    Returns:
        At least one socket; all have the same port.

    Raises:
        UsageError: If the name stands for no address of this machine.
        LmkitError: If the port is taken, or this user may not open it.
    """
    addresses = _addresses(host, port)
    found: list[socket.socket] = []
    for family, address in addresses:
        taken = found[0].getsockname()[1] if found else port
        try:
            found.append(socket.create_server((address, taken), family=family, backlog=BACKLOG))
        except OSError as error:
            if error.errno in _ABSENT and len(addresses) > 1:
                continue
            for own in found:
                own.close()
            raise _refused(error, host, port) from None
    return found


def url_of(host: str, listening: socket.socket) -> str:
    """Return the address to type for a socket of a host."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listening.getsockname()[1]}/"


def allow_many_connections(wanted: int = FILES) -> None:
    """Let this process open as many files as it may, up to a number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    absent = UsageError(f"{host!r} is no address of this machine; give one, e.g. 127.0.0.1 or ::1")
    if not host:  # which would stand for every address
        raise absent
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        raise absent from None
    return list(dict.fromkeys((family, str(address[0])) for family, *_, address in found))


def _refused(error: OSError, host: str, port: int) -> LmkitError:
    if error.errno == errno.EADDRINUSE:
        return LmkitError(f"port {port} of {host} is taken by another program; choose another port")
    if error.errno == errno.EACCES:
        return LmkitError(f"port {port} may not be opened by this user; choose one above 1023")
    why = os.strerror(error.errno or 0)
    return UsageError(f"cannot listen on {host} ({why}); give an address of this machine")
