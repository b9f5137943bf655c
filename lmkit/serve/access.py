"""Access: the names a server answers to, the pages that may ask it, and its key."""

import base64
import binascii
import hmac
import ipaddress
import socket

from starlette.datastructures import Headers

from lmkit.core.errors import UsageError
from lmkit.serve.errors import ApiError
from lmkit.serve.options import ServeOptions

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # named here, not bound to


def check_address(options: ServeOptions) -> None:
    """Refuse to be reached from elsewhere without a key.

    Raises:
        UsageError: If the address is no loopback address and there is no key.
    """
    if not (is_loopback(options.host) or options.api_key):
        raise UsageError(
            f"{options.host or 'an empty host'} can be reached from other machines, and there is "
            "no key; set LMKIT_API_KEY, or leave --host out"
        )


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine alone."""
    address = _address(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def check_host(hosts: list[str], options: ServeOptions) -> None:
    """Refuse a request that was sent to another name, as a page that rebinds its name does.

    Args:
        hosts: The `Host` headers.
        options: The address bound to, and further names.

    Raises:
        ApiError: If there is not one header, or it has a name that is not of this server.
    """
    name = host_name(hosts[0]) if len(hosts) == 1 else None
    if name is None or not _is_ours(name, options):
        raise ApiError(
            400,
            "the Host header names another server; ask by an address of this one, or start it "
            "with --allow-host NAME",
            code="wrong_host",
        )


def check_origin(headers: Headers, options: ServeOptions) -> None:
    """Refuse a page of another origin, unless it was named.

    Raises:
        ApiError: If the request was made by such a page.
    """
    origin = headers.get("origin")
    if origin is None or origin in options.origins or "*" in options.origins:
        return
    name = host_name(origin.partition("://")[2])
    if name is None or name != host_name(headers.get("host", "")):
        raise ApiError(
            403, "pages of other origins may not ask; start the server with --cors ORIGIN"
        )


def check_key(headers: Headers, key: str) -> None:
    """Refuse a request without the key: `Authorization: Bearer KEY`, or as a password.

    Raises:
        ApiError: If the key is missing or wrong.
    """
    sent = headers.getlist("authorization")
    scheme, _, value = (sent[0] if len(sent) == 1 else "").partition(" ")
    given = {"bearer": value.strip(), "basic": _password(value)}.get(scheme.lower(), "")
    if hmac.compare_digest(given.encode("utf-8", "replace"), key.encode("utf-8", "replace")):
        return
    wants_page = "text/html" in headers.get("accept", "")
    challenge = 'Basic realm="lmkit"' if wants_page else "Bearer"
    raise ApiError(
        401,
        "the key is missing or wrong; send it as Authorization: Bearer KEY",
        code="invalid_api_key",
        headers={"WWW-Authenticate": challenge},
    )


def host_name(host: str) -> str | None:
    """Return the name in a `Host` header, without its port; None where it is malformed."""
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        port = port.removeprefix(":") if not port or port[0] == ":" else "x"
        is_whole = bool(bracket) and _address(name) is not None
    else:
        name, _, port = host.partition(":")
        is_whole = name != "" and all(part.isalnum() or part in "-._" for part in name)
    is_port = port == "" or (port.isascii() and port.isdigit() and int(port[:6]) < 65536)
    return name.lower().rstrip(".") if is_whole and is_port and name.isascii() else None


def _is_ours(name: str, options: ServeOptions) -> bool:
    if name in ("localhost", *(own.lower() for own in options.hosts)) or is_loopback(name):
        return True
    if options.host in _EVERYWHERE:  # by an address nobody rebinds a name
        return _address(name) is not None or name == socket.gethostname().lower()
    return name == options.host.lower()


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _password(value: str) -> str:
    """Return the password of basic authentication; empty where it is malformed."""
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2]
