"""The page and the description of the interface: a route for each file, and no other file.

The files stand in `static/`; they are listed when the application is made.
"""

import mimetypes
from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm"}
_DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>lmkit: the HTTP interface</title>
<link rel="stylesheet" href="static-offline-docs/swagger-ui.css">
<link rel="icon" href="static-offline-docs/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="static-offline-docs/swagger-ui-bundle.js"></script>
<script src="docs.js"></script>
</body>
</html>
"""
_DOCS_SCRIPT = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""


def add_page(app: FastAPI, folder: Path | None = None) -> None:
    """Add a route for each file of the page, and `/` for its `index.html`.

    Args:
        app: The application.
        folder: Where the files are; those of lmkit where left out.
    """
    root = folder or Path(str(resources.files("lmkit.serve").joinpath("static")))
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        name = file.relative_to(root).as_posix()
        _add_file(app, "/" if name == "index.html" else f"/{name}", file)


def add_docs(app: FastAPI) -> None:
    """Add `/docs`, which loads nothing from elsewhere and no script but from files."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_DOCS)

    @app.get("/docs.js", include_in_schema=False)
    async def docs_script() -> Response:
        return Response(_DOCS_SCRIPT, media_type="text/javascript")


def _add_file(app: FastAPI, route: str, file: Path) -> None:
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]

    async def answer(_: Request) -> FileResponse:
        return FileResponse(
            file,
            media_type=kind or "application/octet-stream",
            headers={"Cache-Control": "no-cache"},
        )

    app.add_route(route, answer, methods=["GET"], include_in_schema=False)
