import pytest

from lmkit.data.sources.folder import Folder
from lmkit.data.sources.grammar import GrammarSource
from lmkit.data.sources.source import Fingerprinted, Shardable, SourceConfig
from lmkit.data.sources.table import TableFile
from lmkit.data.sources.text_file import TextFile


def test_the_text_of_a_table_is_called_text_unless_another_column_is_named():
    assert SourceConfig().column == "text"
    assert SourceConfig(column="body") != SourceConfig()


@pytest.mark.parametrize("kind", [TextFile, Folder, TableFile, GrammarSource])
def test_sources_whose_content_is_known_without_their_lines(kind):
    assert issubclass(kind, Fingerprinted)


def test_sources_that_can_be_read_in_parts():
    assert issubclass(TextFile, Shardable)
    assert issubclass(Folder, Shardable)
    assert issubclass(TableFile, Shardable)
    assert not issubclass(GrammarSource, Shardable)
