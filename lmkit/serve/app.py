"""The application: routes, guard and lifespan put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Scope

from lmkit.core.json import JsonObject
from lmkit.core.version import __version__
from lmkit.serve.direct import DirectRoutes
from lmkit.serve.errors import add_error_handlers
from lmkit.serve.guard import Guard, OnAnswer
from lmkit.serve.options import ServeOptions
from lmkit.serve.page import add_docs, add_page
from lmkit.serve.registry import ModelRegistry, Sources
from lmkit.serve.routes import ask, completions, lab, server, tokens
from lmkit.serve.service import Service

_ROUTERS = (completions.router, ask.router, lab.router, tokens.router, server.router)
_NEVER = "422"  # FastAPI describes it, but invalid bodies are answered with 400
_DESCRIPTION = """A server of trained next-word models: completions as OpenAI's clients speak them,
and the questions that the commands of lmkit answer."""


def create_app(models: Sources | ModelRegistry, options: ServeOptions | None = None) -> FastAPI:
    """Make the application that serves models; its lifespan starts and ends the engine thread.

    Args:
        models: Models, model folders or names of bundled models, by name or in order.
        options: Address, key and limits; for this machine alone where left out.

    Returns:
        An ASGI application.

    Raises:
        ModelError: If a folder is missing, damaged or of a newer format.
        UsageError: If there is no model, or two have the same name.
    """
    options = options or ServeOptions()
    registry = models if isinstance(models, ModelRegistry) else ModelRegistry.open(models)
    service = Service(registry, options)
    app = _bare_app(service)
    app.state.service = service
    for router in _ROUTERS:
        app.include_router(router)
    add_error_handlers(app)
    _describe_truly(app)
    add_docs(app)
    add_page(app)
    app.add_middleware(DirectRoutes, routes=_described_routes(), service=service)
    app.add_middleware(Guard, options=options, on_answer=_counted(service))
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(options.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    return app


def _bare_app(service: Service) -> FastAPI:
    """Return an application without routes, but for the files of `/docs`."""
    from fastapi_offline import FastAPIOffline

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.engine.start()
        try:
            yield
        finally:
            service.is_draining = True
            service.engine.stop()

    made: FastAPI = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        title="lmkit",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
    )
    return made


def _described_routes() -> list[APIRoute]:
    return [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _describe_truly(app: FastAPI) -> None:
    """Leave out of the description what is never answered."""
    describe = app.openapi

    def described() -> JsonObject:
        content = describe()
        for path in content["paths"].values():
            for operation in path.values():
                operation["responses"].pop(_NEVER, None)
        for name in ("HTTPValidationError", "ValidationError"):
            content["components"]["schemas"].pop(name, None)
        return content

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's guide has it


def _counted(service: Service) -> OnAnswer:
    """Return what counts an answer by the route it came from."""

    def count(scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        service.metrics.answered(route, status, seconds)

    return count
