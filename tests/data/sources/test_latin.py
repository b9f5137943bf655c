import pytest

from lmkit.data.sources.latin import latin_encoding

TEXTS = {
    "french": ("Était-ce l'été où la fête fut gâchée par le garçon à la forêt ?", "cp1252"),
    "german": ("Der Bär läuft über die Straße und weiß nicht, wohin er möchte.", "cp1252"),
    "portuguese": ("Não há razão; a mãe está à espera da decisão às três horas.", "cp1252"),
    "italian": ("Perché la città è così lontana? Più tardi andrò al caffè.", "cp1252"),
    "swedish": ("Björnen går över ån och är på väg hem till sin stuga vid sjön.", "cp1252"),
    "danish": ("Rødgrød med fløde på øen er så sød at både børn spiser æbler.", "cp1252"),
    "icelandic": ("Það er kalt í dag og fólkið fór út að ganga við sjóinn.", "cp1252"),
    "polish": ("Zażółć gęślą jaźń. Dziewczyna uczyła się języka.", "cp1250"),
    "polish, on Unix": ("Zażółć gęślą jaźń. Dziewczyna uczyła się języka.", "iso8859_2"),
    "czech": ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "cp1250"),
    "hungarian": ("Árvíztűrő tükörfúrógép. A kisfiú az erdőben őzikét látott.", "cp1250"),
    "turkish": ("Pijamalı hasta yağız şoföre çabucak güvendi, İstanbul'da.", "cp1254"),
    "lithuanian": ("Žmogus ėjo per mišką; vaikas valgė obuolį šalia ąžuolo.", "cp1257"),
}


@pytest.mark.parametrize(("text", "codec"), TEXTS.values(), ids=TEXTS)
def test_the_letters_of_a_language_tell_its_encoding(text, codec):
    content = text.encode(codec)
    assert content.decode(latin_encoding(content)) == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Съешь ещё этих мягких французских булок, да выпей чаю.", "cp1251"),
        ("Η γλώσσα είναι το σπίτι του ανθρώπου.", "cp1253"),
        ("吾輩は猫である。名前はまだ無い。", "shift_jis"),
        ("plain", "ascii"),
    ],
)
def test_what_is_not_latin_is_left_to_others(text, codec):
    assert latin_encoding(text.encode(codec)) == ""


def test_quotation_marks_and_dashes_are_of_no_language():
    text = "“It’s – well – a café…”"
    assert latin_encoding(text.encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    "text", ["It costs £5, or £6.50.", "20 °C and ± 3 µm", "“It’s fine…”", "© 2020, ¥300"]
)
def test_signs_without_letters_are_not_read_as_letters_of_another_language(text):
    assert latin_encoding(text.encode("cp1252")) == "cp1252"
