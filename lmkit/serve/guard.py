"""The guard before all routes: whom it lets in, how large a body is, and how long it may take.

It reads the whole body before a route is asked, so that no slow sender holds anything but its own
connection; and it adds the headers that every answer has.
"""

import asyncio
import re
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lmkit.serve.access import check_host, check_key, check_origin
from lmkit.serve.errors import ApiError, answer_of
from lmkit.serve.options import ServeOptions

DOCS = "/docs"
OPEN = "/health"  # the one route that needs no key
_POLICY = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
PAGE_POLICY = f"default-src 'self'; img-src 'self' data:; {_POLICY}"
DOCS_POLICY = f"{PAGE_POLICY}; style-src 'self' 'unsafe-inline'"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
]
DISCARDED_BYTES = 1 << 24  # of a body that is too large
_BODILESS = ("GET", "HEAD", "OPTIONS")  # methods whose routes read no body
# Possessive, so that no text takes more than one pass; a string without an end reaches to the end.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# A backslash that is itself escaped begins no escape, so escapes are read one after another.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_PAIR = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_FORM = "application/x-www-form-urlencoded"
_NO_BRACKETS = bytes(number for number in range(256) if number not in b"[]{}")

OnAnswer = Callable[[Scope, int, float], None]


class Guard:
    """An ASGI application around another: checks every request, and counts every answer."""

    def __init__(self, app: ASGIApp, options: ServeOptions, on_answer: OnAnswer) -> None:
        """Wrap an application.

        Args:
            app: The application.
            options: Names, key, origins and limits.
            on_answer: Called with the scope, the status and the seconds of each answer.
        """
        self._app = app
        self._options = options
        self._on_answer = on_answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(scope, message)
                self._on_answer(scope, message["status"], time.perf_counter() - begun)
            await send(message)

        try:
            self._check(scope)
            if scope["method"] not in _BODILESS:
                body = await self._body(scope, receive)
                receive = _replayed(body, receive)
                _as_json(scope)
        except ApiError as error:
            await answer_of(error)(scope, receive, send_on)
            return
        await self._app(scope, receive, send_on)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        check_host(headers.getlist("host"), self._options)
        check_origin(headers, self._options)
        if self._options.api_key and scope["path"] != OPEN:
            check_key(headers, self._options.api_key)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read the body.

        Raises:
            ApiError: If it is too large, too slow, or nested too deep.
        """
        limits = self._options.limits
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        size = int(declared[:20]) if declared.isdigit() else 0
        if size > (limits.body_bytes if "expect" in headers else DISCARDED_BYTES):
            raise self._too_large()
        try:
            async with asyncio.timeout(limits.body_seconds):
                body = await self._read(receive)
        except TimeoutError:
            raise ApiError(
                408,
                f"the body did not come within {limits.body_seconds:g} s; send it at once",
                headers={"Connection": "close"},
            ) from None
        if is_nested(body, limits.nesting):
            raise ApiError(
                400,
                f"the JSON is nested more than {limits.nesting} deep; send it flatter",
                code="invalid_json",
            )
        if not is_text(body):
            raise ApiError(
                400,
                "the body is no UTF-8, or holds half a character (a lone surrogate); send whole "
                "characters",
                code="invalid_json",
            )
        return body

    async def _read(self, receive: Receive) -> bytes:
        """Read a body; of one that is too large, read on and keep nothing.

        A client that is still sending would see a broken connection in place of the refusal.
        """
        most = self._options.limits.body_bytes
        parts: list[bytes] = []
        size, has_more = 0, True
        while has_more and size <= DISCARDED_BYTES:
            message = await receive()
            if message["type"] != "http.request":
                raise ApiError(400, "the connection ended before the body did")
            size += len(message.get("body", b""))
            has_more = message.get("more_body", False)
            parts.append(message.get("body", b""))
            if size > most:
                parts.clear()
        if size > most:
            raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> ApiError:
        most = self._options.limits.body_bytes
        return ApiError(
            413,
            f"a body has at most {most} bytes here; send less at once",
            code="body_too_large",
            headers={"Connection": "close"},
        )


def is_nested(body: bytes, most: int) -> bool:
    """Return whether brackets of a JSON text stand deeper within others than a limit."""
    if body.count(b"[") + body.count(b"{") <= most:
        return False
    depth = 0
    for bracket in _STRING.sub(b"", body).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > most:
            return True
    return False


def is_text(body: bytes) -> bool:
    """Return whether a JSON text is UTF-8 and spells no half of a character."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in body and not has_lone_surrogate(body)


def has_lone_surrogate(body: bytes) -> bool:
    """Return whether a JSON text spells a surrogate that is not one of a pair."""
    return (
        _SURROGATE.search(body) is not None and _SURROGATE.search(_PAIR.sub(b" ", body)) is not None
    )


def _as_json(scope: Scope) -> None:
    """Take a body as JSON that says nothing of its kind, or what curl says of any."""
    headers = MutableHeaders(scope=scope)
    if headers.get("content-type", _FORM).startswith(_FORM):
        headers["content-type"] = "application/json"


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives a body that was read, and then what comes after it."""
    is_given = False

    async def replay() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _add_headers(scope: Scope, message: Message) -> None:
    headers = [*message.get("headers", ()), *_HEADERS]
    policy = DOCS_POLICY if scope["path"] == DOCS else PAGE_POLICY
    headers.append((b"content-security-policy", policy.encode()))
    if not any(name.lower() == b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    message["headers"] = headers
