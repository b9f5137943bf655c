"""The REPL without its terminal: lines in, replies out, state as plain values."""

from lmkit.session.reply import Reply
from lmkit.session.session import Session
from lmkit.session.settings import Conversation, Settings

__all__ = ["Conversation", "Reply", "Session", "Settings"]
