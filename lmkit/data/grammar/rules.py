"""Probabilistic grammars that are read one word ahead, so that every probability is exact.

A rule rewrites a symbol into symbols; a symbol without rules is a word. Every right-hand side
begins with a different word (no rule is empty), so the next word always says which rule was used:
a text has at most one derivation, and its probability is that of the derivation. The same
property gives the exact entropy: the choices made are the text.

Knows nothing of the sentences that the rules describe.
"""

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from lmkit.core.errors import UsageError

LINE_END = "\n"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to rewrite a symbol.

    Attributes:
        weight: How often, beside the other rules of the symbol.
        symbols: What takes its place; at least one.
    """

    weight: float
    symbols: tuple[str, ...]


class Grammar:
    """A probabilistic context-free grammar of single lines.

    Attributes:
        start: The symbol that every line is derived from.
        rules: The ways to rewrite each symbol.
    """

    def __init__(self, start: str, rules: Mapping[str, Sequence[Rule]]) -> None:
        self.start = start
        self.rules = {symbol: tuple(ways) for symbol, ways in rules.items()}
        self._sums = {
            symbol: tuple(accumulate(rule.weight for rule in ways))
            for symbol, ways in self.rules.items()
        }
        self._choices: dict[str, dict[str, Rule]] = {}

    def probability(self, symbol: str, rule: Rule) -> float:
        """Return the probability of a rule, given its symbol."""
        return rule.weight / self._sums[symbol][-1]

    def sample(self, chance: random.Random) -> list[str]:
        """Draw the words of one line, the line end included."""
        words: list[str] = []
        stack = [self.start]
        while stack:
            symbol = stack.pop()
            sums = self._sums.get(symbol)
            if sums is None:
                words.append(symbol)
                continue
            ways = self.rules[symbol]
            at = chance.random() * sums[-1]
            rule = next(rule for rule, upto in zip(ways, sums, strict=True) if at < upto)
            stack.extend(reversed(rule.symbols))
        return words

    def log_probability(self, line: str) -> float:
        """Return the natural log-probability of a line; minus infinity if it is none of ours.

        Args:
            line: Words between white space, without the line end, which is counted all the same.
        """
        return sum(self.word_log_probabilities([*line.split(), LINE_END]))

    def word_log_probabilities(self, words: Iterable[str]) -> Iterator[float]:
        """Yield the natural log-probability of each word, given those before it.

        Args:
            words: The words of one line; after a word that cannot stand there, or past the end of
                the line, minus infinity is yielded and nothing more.
        """
        stack = [self.start]
        for word in words:
            log_probability = 0.0
            while stack and stack[-1] in self.rules:
                symbol = stack.pop()
                rule = self.choices(symbol).get(word)
                if rule is None:
                    yield -math.inf
                    return
                log_probability += math.log(self.probability(symbol, rule))
                stack.extend(reversed(rule.symbols))
            if not stack or stack.pop() != word:
                yield -math.inf
                return
            yield log_probability

    def next_words(self, words: Iterable[str]) -> dict[str, float]:
        """Return what may come after the beginning of a line, and how probable each word is."""
        stack = [self.start]
        for word in words:
            while stack and stack[-1] in self.rules:
                rule = self.choices(stack.pop()).get(word)
                stack.extend(reversed(rule.symbols) if rule else ())
            if not stack or stack.pop() != word:
                return {}
        return self._first_words(stack[-1]) if stack else {}

    def choices(self, symbol: str) -> dict[str, Rule]:
        """Return which rule of a symbol each first word stands for.

        Raises:
            UsageError: If two rules of it can begin with the same word.
        """
        if symbol not in self._choices:
            table: dict[str, Rule] = {}
            for rule in self.rules[symbol]:
                first = rule.symbols[0]
                for word in self.choices(first) if first in self.rules else (first,):
                    if word in table:
                        raise UsageError(f"two rules of {symbol!r} can begin with {word!r}")
                    table[word] = rule
            self._choices[symbol] = table
        return self._choices[symbol]

    @cached_property
    def entropy_per_line(self) -> float:
        """Entropy of one line, in bits: nothing can predict lines with fewer."""
        surprise = [
            -sum(p * math.log2(p) for p in (self.probability(s, r) for r in ways))
            for s, ways in self.rules.items()
        ]
        return self._expected(surprise)

    @cached_property
    def words_per_line(self) -> float:
        """Expected number of words of a line, its end counted as one."""
        words = [
            sum(
                self.probability(symbol, rule) * sum(s not in self.rules for s in rule.symbols)
                for rule in ways
            )
            for symbol, ways in self.rules.items()
        ]
        return self._expected(words)

    def _expected(self, own: Sequence[float]) -> float:
        """Return the expected sum, over a line's derivation, of a value each symbol has.

        The expectations solve e = own + M e, where M counts what each symbol is rewritten into;
        the sum own + M own + M M own + ... is carried on until it stands still in float64.
        """
        index = {symbol: number for number, symbol in enumerate(self.rules)}
        rows, columns, probabilities = [], [], []
        for symbol, ways in self.rules.items():
            for rule in ways:
                for part in rule.symbols:
                    if part in index:
                        rows.append(index[symbol])
                        columns.append(index[part])
                        probabilities.append(self.probability(symbol, rule))
        row, column, probability = (
            np.array(rows, int),
            np.array(columns, int),
            np.array(probabilities),
        )
        base = np.asarray(own, dtype=np.float64)
        total, before = base, np.full_like(base, np.inf)
        while np.max(np.abs(total - before)) > 1e-13 * np.max(np.abs(total)):
            before = total
            total = base + np.bincount(row, probability * total[column], minlength=len(base))
        return float(total[index[self.start]])

    def _first_words(self, symbol: str) -> dict[str, float]:
        if symbol not in self.rules:
            return {symbol: 1.0}
        return {
            word: share * self.probability(symbol, rule)
            for rule in self.rules[symbol]
            for word, share in self._first_words(rule.symbols[0]).items()
        }
