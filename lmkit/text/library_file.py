"""A tokenizer as a file of the `tokenizers` library, for programs that know nothing of lmkit.

lmkit normalises text itself; in this file the same is written as steps of the library, so that a
document of many lines becomes the ids that lmkit gives it.
"""

import tokenizers
from tokenizers import Regex, normalizers

from lmkit.text.scripts import UNSPACED_START_CLASS
from lmkit.text.tokenizer import Tokenizer

_UNWANTED = r"[\x{0}-\x{8}\x{E}-\x{1B}\x{7F}-\x{84}\x{86}-\x{9F}]"
# White space as Python knows it, the line feed left out.
_WHITE = (
    r"[\x{9}\x{B}\x{C}\x{1C}-\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}"
    r"\x{205F}\x{3000}]"
)


def document_library(tokenizer: Tokenizer) -> tokenizers.Tokenizer:
    """Return a tokenizer of the library that takes documents as they are.

    Args:
        tokenizer: The tokenizer of lmkit.

    Returns:
        One that gives the ids of `tokenizer.encode`: each line feed is a line end, none is added.
    """
    library = tokenizer.to_library()
    config = tokenizer.config
    quotes = [("[‘’‚‛]", "'"), ("[“”„‟]", '"')] if config.straight_quotes else []
    library.normalizer = normalizers.Sequence(
        [
            normalizers.Replace("\r\n", "\n"),
            normalizers.Replace("\r", "\n"),
            normalizers.Replace("\ufeff", ""),
            normalizers.Replace(Regex(_UNWANTED), " "),
            *(normalizers.Replace(Regex(pattern), straight) for pattern, straight in quotes),
            *([normalizers.Lowercase()] if config.lowercase else []),
            normalizers.NFC(),
            normalizers.Replace(Regex(f"{_WHITE}+"), " "),
            normalizers.Replace(Regex(r" (?=\n|\z)"), ""),
            normalizers.Replace(Regex(r"(?<=\n) "), ""),
            # Every line that has words gets the space that opens it.
            normalizers.Replace(Regex(r"\A "), ""),
            normalizers.Prepend(" "),
            normalizers.Replace("\n", "\n "),
            normalizers.Replace(Regex(r" (?=\n|\z)"), ""),
            normalizers.Replace(Regex(rf"(?<=\n) (?=[{UNSPACED_START_CLASS}])"), ""),
            normalizers.Replace(Regex(rf"\A (?=[{UNSPACED_START_CLASS}])"), ""),
        ]
    )
    return library
