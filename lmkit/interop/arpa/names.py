"""Names of tokens in an ARPA file: no white space, none of the format's own names, all different.

A space in a token is written as U+2581, the mark of SentencePiece. Where every token begins with a
space, as in models of words between spaces, the space is left out, so that the names are the plain
words. Tokens made of bytes keep the names that tokenizer.json has for them.
"""

from lmkit.text.tokenizer import Tokenizer
from lmkit.text.words import UNKNOWN

BEGIN, END = "<s>", "</s>"  # of a line
SPACE = "\u2581"  # written in the place of a space
BYTE_SPACE = "\u0120"  # the space in the alphabet of tokens made of bytes
_RESERVED = (BEGIN, END, UNKNOWN, "<UNK>")  # KenLM takes the last one for the unknown word too


def token_names(tokenizer: Tokenizer) -> list[str]:
    """Return the name of each token by id; that of the line end is the end of a sentence.

    Args:
        tokenizer: The tokenizer of the model.

    Returns:
        Names that `escaped` makes, `<unk>` for the unknown word and `</s>` for the line end.
    """
    library = tokenizer.to_library()
    texts = [library.id_to_token(number) or "" for number in range(tokenizer.vocab_size)]
    skipped = int(_drops_spaces(tokenizer))
    names = [escaped(text[skipped:]) for text in texts]
    names[tokenizer.line_end_id] = END
    if tokenizer.unknown_id is not None:
        names[tokenizer.unknown_id] = UNKNOWN
    return names


def space_of(tokenizer: Tokenizer) -> str:
    """Return how a space of a token is written: "" where it is left out."""
    if tokenizer.config.is_bytes:
        return BYTE_SPACE
    return "" if _drops_spaces(tokenizer) else SPACE


def escaped(text: str) -> str:
    r"""Return a token without white space, so that different tokens stay different.

    Args:
        text: The token; a space is a part of it.

    Returns:
        The token with U+2581 for a space, `\\` for a backslash and `\uXXXX` for other white space
        and for U+2581 itself; a backslash before a name of the format's own.
    """
    name = "".join(map(_escaped_character, text))
    return f"\\{name}" if name in _RESERVED else name


def _drops_spaces(tokenizer: Tokenizer) -> bool:
    """Tell whether every token begins with a space, which is then left out of the names."""
    if tokenizer.config.is_bytes:
        return False
    own = (tokenizer.line_end_id, tokenizer.unknown_id)
    texts = [text for number, text in enumerate(tokenizer.tokens.texts) if number not in own]
    return all(len(text) > 1 and text[0] == " " for text in texts)


def _escaped_character(character: str) -> str:
    if character == " ":
        return SPACE
    if character == "\\":
        return "\\\\"
    if character == SPACE or character.isspace():
        return f"\\u{ord(character):04x}"
    return character
