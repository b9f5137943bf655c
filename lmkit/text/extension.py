"""Extension of a vocabulary of words: a tokenizer that knows the words of a new text as well.

Every id of the tokenizer that is extended keeps its meaning; new words come after, the most
frequent first. Tokenizers that spell everything, and those of characters, stay as they are.
"""

from collections.abc import Iterable
from dataclasses import replace

from tokenizers import models

from lmkit.text.token_counter import Wanted
from lmkit.text.tokenizer import Tokenizer
from lmkit.text.units import token_counter
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
    counter = token_counter(tokenizer.config)
    counter.add(blocks)
    known: dict[str, int] = library.get_vocab()
    wanted = Wanted(
        most=MOST_NEW,
        fewest=1 if counter.total <= ONCE_UP_TO else 2,
        never=frozenset({UNKNOWN, LINE_END, f" {UNKNOWN}", " ", *known}),
    )
    new = counter.most_frequent(wanted)
    if not new:
        return tokenizer
    vocabulary = known | {token: len(known) + place for place, (token, _) in enumerate(new)}
    library.model = models.WordLevel(vocabulary, UNKNOWN)
    size = max(tokenizer.config.vocab_size, len(vocabulary))
    return Tokenizer(replace(tokenizer.config, vocab_size=size), library)
