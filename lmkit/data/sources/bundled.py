"""The texts that come with lmkit."""

from lmkit.data.sources.source import Source, SourceConfig


def open_pydocs(_spec: str, _config: SourceConfig) -> Source:
    """Return the documentation that comes with this Python."""
    from lmkit.data.sources.pydocs import PyDocs

    return PyDocs()


def open_grammar(_spec: str, config: SourceConfig) -> Source:
    """Return the sentences of the bundled grammar."""
    from lmkit.data.sources.grammar import GrammarSource

    return GrammarSource(seed=config.seed)
