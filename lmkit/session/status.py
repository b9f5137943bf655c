"""The status line of a session. Knows no terminal, and asks no model."""

from pathlib import Path

from lmkit.session.settings import Conversation, Settings


def status_line(settings: Settings, conversation: Conversation, *, learning: str) -> str:
    """Return the models, rate and perplexity of a session on one line.

    Args:
        settings: Models, and settings of their answers.
        conversation: Texts typed and answered.
        learning: Name of the adapters that learn while reading; "none" is left out.
    """
    parts = [Path(settings.folder).name or settings.folder]
    if settings.other:
        parts.append(f"compared with {Path(settings.other).name}")
    if learning != "none":
        parts.append(f"adapting: {learning}")
    if settings.learn:
        parts.append(f"storing in {settings.file().name}")
    if conversation.rate:
        parts.append(f"{conversation.rate:,.0f} words/s")
    if conversation.scored:
        parts.append(f"perplexity {conversation.perplexity():,.0f}")
    return " · ".join(parts)
