"""Extension of a vocabulary of words: a tokenizer that knows the words of a new text as well.

Every id of the tokenizer that is extended keeps its meaning; new words come after, the most
frequent first. Tokenizers that spell everything, and those of characters, stay as they are.
"""

from collections.abc import Iterable
from dataclasses import replace

from tokenizers import models

from lmkit.text.tokenizer import Tokenizer
from lmkit.text.word_cache import count_tokens
from lmkit.text.words import LINE_END, UNKNOWN

MOST_NEW = 50_000  # words added at most
ONCE_UP_TO = 400_000  # tokens; of a longer text, a new word has to be read twice to be kept


def extended(tokenizer: Tokenizer, blocks: Iterable[str]) -> Tokenizer:
    """Return a tokenizer that knows every word of a tokenizer and of a text.

    Args:
        tokenizer: Its words keep their ids.
        blocks: The text, normalised and opened, in parts as `cut_text` makes them.

    Returns:
        A tokenizer with the same settings; the same one where its unit is not the word.
    """
    if tokenizer.config.unit != "word":
        return tokenizer
    library = tokenizer.to_library()
    counts = count_tokens(blocks, library.pre_tokenizer.pre_tokenize_str)
    known: dict[str, int] = library.get_vocab()
    fewest = 1 if sum(counts.values()) <= ONCE_UP_TO else 2
    never = {UNKNOWN, LINE_END, f" {UNKNOWN}", " "}
    new = {t for t, count in counts.items() if count >= fewest and t not in known} - never
    ordered = sorted(new, key=lambda token: (-counts[token], token))[:MOST_NEW]
    if not ordered:
        return tokenizer
    vocabulary = known | {token: len(known) + place for place, token in enumerate(ordered)}
    library.model = models.WordLevel(vocabulary, UNKNOWN)
    size = max(tokenizer.config.vocab_size, len(vocabulary))
    return Tokenizer(replace(tokenizer.config, vocab_size=size), library)
