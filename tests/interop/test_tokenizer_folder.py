import pytest
import tokenizers

from lmkit.core.errors import UsageError
from lmkit.interop.tokenizer_folder import export_tokenizer
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

LINES = ["the cat sat on the mat", "we went home, she said"]


@pytest.mark.parametrize("unit", UNITS)
def test_the_library_opens_the_one_file_and_lmkit_the_other(tmp_path, unit):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig(unit=unit, min_frequency=1))
    found = export_tokenizer(tokenizer, tmp_path / "out")
    library = tokenizers.Tokenizer.from_file(str(tmp_path / "out" / "tokenizer.json"))
    assert library.encode("the cat\n sat ").ids == tokenizer.encode("the cat\n sat ")
    again = Tokenizer.load(tmp_path / "out" / "lmkit.json")
    assert again.to_json() == tokenizer.to_json()
    assert library.token_to_id(found.end_of_document) == tokenizer.line_end_id
    assert (found.unit, found.vocabulary) == (unit, tokenizer.vocab_size)


def test_what_is_there_is_not_replaced_unless_asked(tmp_path):
    tokenizer = Tokenizer.train(LINES, TokenizerConfig())
    (tmp_path / "notes.txt").write_text("mine")
    export_tokenizer(tokenizer, tmp_path)
    with pytest.raises(UsageError, match="holds a tokenizer; replace it with --force"):
        export_tokenizer(tokenizer, tmp_path)
    export_tokenizer(tokenizer, tmp_path, force=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    with pytest.raises(UsageError, match="is a file"):
        export_tokenizer(tokenizer, tmp_path / "notes.txt")
