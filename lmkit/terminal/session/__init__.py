"""The REPL without its terminal: lines in, replies out, state as plain values."""

from lmkit.terminal.session.reply import Reply
from lmkit.terminal.session.session import Session
from lmkit.terminal.session.settings import Memory, Settings

__all__ = ["Memory", "Reply", "Session", "Settings"]
