"""Detection of Latin encodings: the one that makes the letters of a text those of a language.

The encodings of western, central and northern Europe and of Turkish give the same bytes to other
letters, and a reader that knows no languages cannot tell them apart: French in one is a string of
letters that no language has in another.
"""

# The letters beyond ASCII, by language. Where several serve alike, the first encoding is taken.
_ALPHABETS: dict[str, tuple[str, ...]] = {
    "cp1252": (
        "àâæçéèêëîïôœùûüÿ",  # French
        "äöüßé",  # German
        "áéíñóúü",  # Spanish
        "áàâãçéêíóôõúü",  # Portuguese
        "àèéìíîòóùú",  # Italian
        "åäöéüà",  # Swedish, Finnish
        "æøåéèêóòôü",  # Danish, Norwegian
        "áðéíóúýþæö",  # Icelandic
        "äöõüšž",  # Estonian
        "áèéëïíóöúü",  # Dutch
        "àçèéíïòóúü",  # Catalan
    ),
    "cp1250": (
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîşţ",  # Romanian
        "čćđšž",  # Croatian, Slovene
    ),
    "iso8859_2": (),  # the same languages
    "cp1254": ("çğıöşüâîû\u0307",),  # Turkish, and the dot that a large I leaves when made small
    "cp1257": (
        "āčēģīķļņšūž",  # Latvian
        "ąčęėįšųūž",  # Lithuanian
    ),
}
_ALPHABETS["iso8859_2"] = _ALPHABETS["cp1250"]
_MARKS = frozenset("«»‹›„“”‘’‚–—…·•§°€£©®™¿¡ª²³½¼¾ºˆ\xa0\xad")  # of every language
_SIGNS = _MARKS | frozenset("¢¥±×÷µ¶†‡‰¹´¨¬¦¤¸¯")  # letters in other encodings
_ENOUGH = 0.9  # of the letters must be those of one language


def latin_encoding(content: bytes) -> str:
    """Return the encoding whose letters are those of one language.

    Args:
        content: Text in an encoding of one byte a character.

    Returns:
        A codec of Python; nothing where no language fits.
    """
    if _has_signs_alone(content):
        return "cp1252"
    fits = {codec: _fit(content, codec) for codec in _ALPHABETS}
    best = max(fits, key=lambda codec: fits[codec])
    return best if fits[best] >= _ENOUGH else ""


def _has_signs_alone(content: bytes) -> bool:
    """Tell a text without a letter beyond ASCII, such as one with prices: £5 is not Ł5."""
    beyond = {sign for sign in content.decode("cp1252", "replace") if not sign.isascii()}
    return bool(beyond) and beyond <= _SIGNS


def _fit(content: bytes, codec: str) -> float:
    """Return the share of the letters beyond ASCII that belong to the language it fits best."""
    text = content.decode(codec, "replace").lower()
    letters = [letter for letter in text if not letter.isascii() and letter not in _MARKS]
    if not letters:
        return 0.0
    hits = (sum(map(alphabet.__contains__, letters)) for alphabet in _ALPHABETS[codec])
    return max(hits) / len(letters)
