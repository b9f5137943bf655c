"""Direct routes: handlers found by method and path, their bodies read by pydantic at once.

FastAPI describes the routes, and answers those with fields in their address. Its own way to a
handler compares each request with every route, twice, and resolves what the handler is given anew
each time; that takes longer than most questions do.
"""

import inspect
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_type_hints

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lmkit.core.errors import LmkitError
from lmkit.serve.errors import ApiError, answer_of, invalid_body, no_json, refusal
from lmkit.serve.service import Service

_GIVEN = (Request, Service)  # what a handler may take beside its body


@dataclass(frozen=True, slots=True)
class DirectRoute:
    """A handler that needs nothing of a request but its body.

    Attributes:
        route: The route as FastAPI knows it.
        body: Name and class of the body; None where there is none.
        request: Name of the parameter that takes the request; None where there is none.
        service: The same for the service.
    """

    route: APIRoute
    body: tuple[str, type[BaseModel]] | None
    request: str | None
    service: str | None

    @classmethod
    def of(cls, route: APIRoute) -> "DirectRoute | None":
        """Return a route as a direct one; None where its handler takes more than that."""
        hints = get_type_hints(route.endpoint)
        taken = {name: hints[name] for name in inspect.signature(route.endpoint).parameters}
        bodies = [(name, kind) for name, kind in taken.items() if _is_body(kind)]
        others = {kind: name for name, kind in taken.items() if kind in _GIVEN}
        if "{" in route.path or len(bodies) > 1 or len(bodies) + len(others) < len(taken):
            return None
        body = bodies[0] if bodies else None
        return cls(route, body, others.get(Request), others.get(Service))

    async def answer(self, request: Request, service: Service) -> Response:
        """Answer a request.

        Raises:
            ApiError: If it is refused.
        """
        given: dict[str, Any] = {}  # Any: a body, the request, the service
        if self.body is not None:
            name, kind = self.body
            given[name] = await _body_of(request, kind)
        if self.request is not None:
            given[self.request] = request
        if self.service is not None:
            given[self.service] = service
        handler: Callable[..., Awaitable[Response]] = self.route.endpoint
        return await handler(**given)


class DirectRoutes:
    """An ASGI application around another: answers direct routes, and hands on the rest."""

    def __init__(self, app: ASGIApp, routes: Iterable[APIRoute], service: Service) -> None:
        """Wrap an application.

        Args:
            app: Answers what is left.
            routes: Routes of the application; those that are not direct are left to it.
            service: What handlers are given.
        """
        self._app = app
        self._service = service
        self._direct: dict[tuple[str, str], DirectRoute] = {}
        for route in routes:
            direct = DirectRoute.of(route)
            if direct is not None:
                self._direct |= {(method, route.path): direct for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        direct = self._direct.get(_place_of(scope)) if scope["type"] == "http" else None
        if direct is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = direct.route
        try:
            answer = await direct.answer(Request(scope, receive, send), self._service)
        except (ApiError, LmkitError) as error:
            answer = answer_of(refusal(error))
        await answer(scope, receive, send)


def _place_of(scope: Scope) -> tuple[str, str]:
    """Return the method and the path of a request, below where the application is mounted."""
    return scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))


def _is_body(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


async def _body_of(request: Request, kind: type[BaseModel]) -> BaseModel:
    """Read the body of a request.

    Raises:
        ApiError: If it is no JSON, or a field is at fault.
    """
    if not _is_json(request.headers.get("content-type", "")):
        raise no_json()
    try:
        return kind.model_validate_json((await request.body()).removeprefix(BOM_UTF8))
    except ValidationError as error:
        raise invalid_body(error.errors(include_url=False)) from None


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
