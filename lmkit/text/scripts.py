"""Patterns of scripts, and those that cut a line into tokens.

A pattern is written for the regular expressions of `tokenizers` (Oniguruma). None of them lets a
token reach over a space or a line end, so a text may be cut before any space, or after any line
end, and its parts encoded one by one.
"""

import re

# Scripts that put no space between words: each character stands for itself.
_UNSPACED_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # Han radicals
    (0x3005, 0x3007),  # iteration mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3031, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),  # more Bopomofo, strokes, small Katakana
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),  # Han
    (0xA9E0, 0xA9FF),  # Myanmar
    (0xAA60, 0xAA7F),  # Myanmar
    (0xF900, 0xFAFF),  # Han
    (0xFF66, 0xFF9F),  # half-width Katakana
    (0x20000, 0x3FFFD),  # Han
)
_UNSPACED_MARKS = ((0x3001, 0x3004), (0x3008, 0x3020), (0xFF01, 0xFF65))  # 、。「」！ and the like


def _python_class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


def _onig_class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(rf"\x{{{low:X}}}-\x{{{high:X}}}" for low, high in ranges)


UNSPACED = re.compile(f"[{_python_class(_UNSPACED_RANGES)}]")
UNSPACED_START = re.compile(f"[{_python_class(_UNSPACED_RANGES + _UNSPACED_MARKS)}]")
UNSPACED_START_CLASS = _onig_class(_UNSPACED_RANGES + _UNSPACED_MARKS)  # for `tokenizers`

_ALONE = f"[{_onig_class(_UNSPACED_RANGES)}]"
_LETTER = rf"[\p{{L}}\p{{M}}\p{{N}}_\x{{200C}}\x{{200D}}&&[^{_onig_class(_UNSPACED_RANGES)}]]"
_WORD = rf"{_LETTER}+(?:(?:['’.\-]|(?<=\p{{N}}),(?=\p{{N}})){_LETTER}+)*"
_SHADE = r"(?:\x{FE0F}|[\x{1F3FB}-\x{1F3FF}])*"
_EMOJI = (
    rf"\p{{Extended_Pictographic}}{_SHADE}"
    rf"(?:\x{{200D}}\p{{Extended_Pictographic}}{_SHADE})*"
    r"|[\x{1F1E6}-\x{1F1FF}]{2}"
)
_BREAK = r"--+|\.\.+"

SPACES = r"\n| ?[^ \n]+| "
PUNCTUATION = rf"\n| ?(?:<unk>|{_EMOJI}|{_ALONE}\p{{M}}*|{_WORD}|{_BREAK}|[^ \n]\p{{M}}*)| "
# Runs are kept short: learning merges over a run of a million characters takes for ever.
_SPACED_RUN = rf"[\p{{L}}\p{{M}}\x{{200C}}\x{{200D}}&&[^{_onig_class(_UNSPACED_RANGES)}]]{{1,64}}"
SUBWORDS = (
    rf"\n| ?{_ALONE}{{1,16}}| ?{_SPACED_RUN}(?:['’]{_SPACED_RUN})*"
    r"| ?\p{N}{1,3}| ?[^ \n\p{L}\p{M}\p{N}]{1,64}| ?[^ \n]| "
)
CHARACTERS = r"[\s\S]"

# The same for ASCII text, which has few classes of characters, by the expressions of Python: a
# word then takes a tenth of the time.
_PLAIN_WORD = r"\w+(?:(?:['.\-]|(?<=\d),(?=\d))\w+)*"
PLAIN = {
    SPACES: re.compile(SPACES),
    PUNCTUATION: re.compile(rf"\n| ?(?:<unk>|{_PLAIN_WORD}|{_BREAK}|[^ \n])| ", re.ASCII),
    CHARACTERS: re.compile(CHARACTERS),
}
