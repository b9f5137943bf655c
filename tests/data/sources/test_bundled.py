from itertools import islice

from lmkit.data.sources.bundled import open_grammar, open_pydocs
from lmkit.data.sources.grammar import GrammarSource
from lmkit.data.sources.pydocs import PyDocs
from lmkit.data.sources.source import SourceConfig


def test_the_grammar_is_drawn_with_the_seed_that_was_asked_for():
    source = open_grammar("grammar", SourceConfig(seed=3))
    assert isinstance(source, GrammarSource)
    assert list(islice(source.lines(), 9)) == list(islice(GrammarSource(seed=3).lines(), 9))
    assert list(islice(source.lines(), 9)) != list(islice(GrammarSource(seed=4).lines(), 9))


def test_the_documentation_is_opened_without_being_read():
    source = open_pydocs("pydocs", SourceConfig())
    assert isinstance(source, PyDocs)
    assert (source.name, source.notices) == ("pydocs", [])
