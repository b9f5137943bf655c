"""The HTTP server: trained models for other programs, and a page for people."""

from typing import TYPE_CHECKING

from lmkit.serve.options import Limits, ServeOptions

if TYPE_CHECKING:
    from lmkit.serve.app import create_app

__all__ = ["Limits", "ServeOptions", "create_app"]


def __getattr__(name: str) -> object:
    """Load the application on first use: it needs the extra `serve`."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lmkit.serve.app import create_app

    return create_app
