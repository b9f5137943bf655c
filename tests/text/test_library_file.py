import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text.library_file import document_library
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

TEXT = "The cat's “hat”, it sat.\n猫坐在 12 mats!\ncafé ÉTÉ\n"
TOKENIZERS = {
    (unit, lowercase): Tokenizer.train(
        [TEXT], TokenizerConfig(unit=unit, lowercase=lowercase, min_frequency=1)
    )
    for unit in UNITS
    for lowercase in (False, True)
}
LIBRARIES = {
    key: tokenizers.Tokenizer.from_str(document_library(tokenizer).to_str())
    for key, tokenizer in TOKENIZERS.items()
}


@pytest.mark.parametrize("lowercase", [False, True])
@pytest.mark.parametrize("unit", UNITS)
@given(
    text=st.text(alphabet="the cat,.'’“\n\n  \t\r\x00\x1c\x85\u3000\ufeff中。é\u0301E")
    | st.text(st.characters(exclude_categories=["Cs", "Lu", "Lt"]))
)
def test_documents_have_the_ids_that_lmkit_gives_them(unit, lowercase, text):
    library, tokenizer = LIBRARIES[unit, lowercase], TOKENIZERS[unit, lowercase]
    assert library.encode(text).ids == tokenizer.encode(text)


@pytest.mark.parametrize("unit", UNITS)
def test_a_document_of_nothing_is_nothing(unit):
    for text in ("", " ", "\t \u3000"):
        assert LIBRARIES[unit, False].encode(text).ids == []
