"""Folders as datatrove 0.8 writes them; a test makes such files without it."""

import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.data import prepare as in_one_piece
from lmkit.data.sources import SourceConfig, Tokenized, open_source
from lmkit.data.sources import datatrove_folder as module
from lmkit.data.sources.datatrove_folder import OURS, DatatroveFolder
from lmkit.interop.tokenizer_folder import export_tokenizer
from lmkit.text.library_file import document_library
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

DOCUMENTS = ["the cat sat on the mat", "we went home,\nshe said.", "中文 café", "", "the dog"] * 20
TOKENIZERS = {
    unit: Tokenizer.train(DOCUMENTS, TokenizerConfig(unit=unit, min_frequency=1)) for unit in UNITS
}


def written(folder, documents, tokenizer, *, name="00000_unshuffled", said="", width=2):
    """Write documents as DocumentTokenizer does, each followed by the end of a document."""
    folder.mkdir(exist_ok=True)
    library = document_library(tokenizer)
    ids = [[*library.encode(text).ids, tokenizer.line_end_id] for text in documents]
    ends = np.cumsum([len(document) for document in ids])
    flat = np.array([number for document in ids for number in document], dtype=f"<u{width}")
    path = folder / f"{name}.ds"
    flat.tofile(path)
    ends.astype("<u8").tofile(folder / f"{name}.ds.index")
    metadata = f"{said or 'nowhere/tokenizer.json'}|{width}\n{len(flat)}\n{len(flat)} T"
    (folder / f"{name}.ds.metadata").write_text(metadata)
    return path


@pytest.fixture
def folder(tmp_path):
    """A folder that knows its tokenizer, of words."""
    export_tokenizer(TOKENIZERS["word"], tmp_path / "tokens")
    written(tmp_path / "tokens", DOCUMENTS, TOKENIZERS["word"])
    return tmp_path / "tokens"


def opened(folder):
    return DatatroveFolder(str(folder), SourceConfig())


def direct(tmp_path, documents, tokenizer):
    """The same documents as lines of a text, read in one piece."""
    path = tmp_path / "joined.txt"
    path.write_text("".join(f"{document}\n" for document in documents), encoding="utf-8")
    config = TokenizerConfig()
    sources = [open_source(str(path))]
    return in_one_piece.prepare(sources, None, config, tokenizer=tokenizer, cache=tmp_path / "c")


@pytest.mark.parametrize("unit", UNITS)
def test_its_ids_are_those_of_the_documents_one_after_the_other(tmp_path, unit, monkeypatch):
    monkeypatch.setattr(module, "_READ", 50)
    tokenizer = TOKENIZERS[unit]
    folder = tmp_path / "tokens"
    written(folder, DOCUMENTS[:33], tokenizer)
    written(folder, DOCUMENTS[33:], tokenizer, name="00001_unshuffled")
    tokenizer.save(folder / OURS)
    source = open_source(str(folder))
    assert isinstance(source, DatatroveFolder)
    assert isinstance(source, Tokenized)
    text, expected = source.prepared(tmp_path / "cache"), direct(tmp_path, DOCUMENTS, tokenizer)
    for mine, theirs in ((text.train, expected.train), (text.valid, expected.valid)):
        assert np.array_equal(mine.ids, theirs.ids)
        assert mine.facts == theirs.facts
    assert list(source.lines()) == "\n".join(DOCUMENTS).split("\n")


def test_its_ids_are_found_again(folder, tmp_path):
    first = opened(folder).prepared(tmp_path / "cache")
    again = opened(folder).prepared(tmp_path / "cache")
    assert (first.key, again.was_cached) == (again.key, True)
    written(folder, DOCUMENTS[1:], TOKENIZERS["word"])
    assert opened(folder).prepared(tmp_path / "cache").key != first.key


def test_a_large_vocabulary_has_ids_of_four_bytes(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_WIDE", 5)
    with pytest.raises(DataError, match="it has ids of 2 bytes, not 4"):
        list(opened(folder).lines())
    written(folder, DOCUMENTS, TOKENIZERS["word"], width=4)
    assert len(list(opened(folder).lines())) == 120
    assert opened(folder).prepared(tmp_path / "cache").train.ids.dtype == np.uint8


def test_the_tokenizer_is_found_where_the_metadata_says(tmp_path):
    export_tokenizer(TOKENIZERS["bpe"], tmp_path / "exported")
    said = str(tmp_path / "exported" / "tokenizer.json")
    written(tmp_path / "tokens", DOCUMENTS, TOKENIZERS["bpe"], said=said)
    assert opened(tmp_path / "tokens").tokenizer.config.unit == "bpe"
    (tmp_path / "tokens" / "00000_unshuffled.ds.metadata").unlink()
    with pytest.raises(DataError, match=r"copy lmkit\.json of the tokenizer .* into it"):
        list(opened(tmp_path / "tokens").lines())


def test_another_tokenizer_is_refused_by_its_file(folder, tmp_path):
    export_tokenizer(TOKENIZERS["char"], tmp_path / "other")
    said = str(tmp_path / "other" / "tokenizer.json")
    written(folder, DOCUMENTS, TOKENIZERS["word"], said=said)
    with pytest.raises(DataError, match=r"another tokenizer than lmkit\.json: .* is another one"):
        list(opened(folder).lines())


def test_another_tokenizer_is_refused_by_its_ids(folder):
    path = written(folder, DOCUMENTS, TOKENIZERS["bpe"])
    with pytest.raises(DataError, match=r"ds was made with another tokenizer .*it has the id"):
        list(opened(folder).lines())
    ids = np.fromfile(path, dtype="<u2") % TOKENIZERS["word"].vocab_size
    ids[ids == TOKENIZERS["word"].line_end_id] = 0
    ids.tofile(path)
    with pytest.raises(DataError, match="documents do not end with a line end"):
        list(opened(folder).lines())


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("", lambda content: content[:-2], "is cut off: its metadata has other ids"),
        (".metadata", lambda content: b"", "metadata is damaged"),
        (".metadata", lambda content: b"x|2\nmany\n", "metadata is damaged"),
        (".metadata", lambda content: b"\xff|2\n3\n", "metadata is damaged"),
        (".index", lambda content: content[:-8], "index does not fit its ids"),
        (".index", lambda content: b"", "index does not fit its ids"),
        (".index", lambda content: b"\xff" * len(content), "index does not fit its ids"),
        (".index", lambda content: content[8:16] + content[:8] + content[16:], "does not fit"),
    ],
)
def test_a_damaged_file_is_one_sentence(folder, name, change, message):
    path = folder / f"00000_unshuffled.ds{name}"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=message) as caught:
        list(opened(folder).lines())
    assert "\n" not in str(caught.value)


def test_a_file_without_metadata_is_checked_all_the_same(folder):
    path = folder / "00000_unshuffled.ds"
    path.with_name(f"{path.name}.metadata").unlink()
    assert len(list(opened(folder).lines())) == 120
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="it ends inside an id"):
        list(opened(folder).lines())
    path.with_name(f"{path.name}.index").unlink()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"cannot read .*index: No such file"):
        list(opened(folder).lines())


def test_a_damaged_tokenizer_is_an_error_of_the_data(folder):
    (folder / OURS).write_text("{}")
    with pytest.raises(DataError, match="not a tokenizer that lmkit wrote"):
        list(opened(folder).lines())
