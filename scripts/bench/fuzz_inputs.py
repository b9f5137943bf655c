"""Strategies of hypothesis for files that nobody would write, and many that somebody did.

Texts in every script and encoding, tables of every dialect, JSON lines, and series with dates. A
file is a name and its bytes. Knows nothing of lmkit.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

LONGEST_WORD = 3000  # characters
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp1252", "cp1251", "gb18030")
SENTENCES = ("the cat sat on the mat", "we went home", "she saw it, and slept .", "It's late !")
WORDS = ("the", "cat", "None", "NA", "null", "nan", "it's", "I’ll", "___", "____", "5%", "$1,000")
ODD = (
    *("\0", "\t", "\r", "\x0b", "\x0c", "\x1b[31m", "\x85", "\u00a0", "\u200b", "\u2028", "\u202e"),
    *("\ufeff", "\ufffd", "\ud800", "\udfff", "e\u0301", "‘", "’", "“", "«", "—", "…", "<unk>"),
    *(
        "😂",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "中文",
        "日本語",
        "ไทย",
        "עברית",
        "العربية",
        "हिन्दी",
        "한국어",
        "𝕳",
        "ﬁ",
    ),
)
LINE_ENDS = ("\n", "\n", "\r\n", "\r")
DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%b %Y", "%Y-%m", "%d.%m.%y", "%G-W%V", "%Y")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to feed: its name, whose ending tells its kind, and its bytes."""

    name: str
    content: bytes


def words() -> st.SearchStrategy[str]:
    """Return words: usual ones, odd characters, any characters, and words far too long."""
    long = st.builds(
        lambda part, count: (part * count)[:LONGEST_WORD],
        st.text(min_size=1, max_size=4),
        st.integers(2, LONGEST_WORD),
    )
    return st.one_of(
        st.sampled_from(WORDS), st.sampled_from(ODD), st.text(max_size=8), st.text(max_size=8), long
    )


def lines() -> st.SearchStrategy[str]:
    """Return lines of text: sentences, words in any order, blanks, and nothing."""
    mixed = st.builds(
        lambda joint, parts: joint.join(parts),
        st.sampled_from((" ", " ", " ", "", "  ", "\t", "\u00a0")),
        st.lists(words(), max_size=8),
    )
    return st.one_of(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES), mixed, st.just(""))


def texts() -> st.SearchStrategy[InputFile]:
    """Return text files: some with enough words to train on, in many encodings, some damaged."""
    usual = st.integers(0, 12).map(lambda count: list(SENTENCES) * count)
    whole = st.builds(
        lambda end, before, odd: end.join([*before, *odd]),
        st.sampled_from(LINE_ENDS),
        usual,
        st.lists(lines(), max_size=12),
    )
    return _files(whole, st.sampled_from(("text.txt", "text.md", "text")))


def tables() -> st.SearchStrategy[InputFile]:
    """Return tables: delimited ones of every dialect, JSON lines, and JSON documents."""
    return st.one_of(
        _files(_delimited(), st.sampled_from(("table.csv", "table.csv", "table.tsv"))),
        _files(_json_lines(), st.sampled_from(("rows.jsonl", "rows.ndjson", "rows.json"))),
        _files(_json_value().map(_dumped), st.just("document.json")),
    )


def series() -> st.SearchStrategy[InputFile]:
    """Return series: dates in many forms and orders, numbers as people write them, and notes."""
    return _files(_series(), st.sampled_from(("series.csv", "series.csv", "series.tsv")))


def templates() -> st.SearchStrategy[str]:
    """Return texts for the asking commands, most of them with a blank."""
    blank = st.sampled_from(("___", "___", "____+", "un___", "___'s", "___,", '"___"'))
    return st.builds(
        lambda before, middle, after: f"{before} {middle} {after}".strip(), lines(), blank, lines()
    )


def floats(least: float | None = None, most: float | None = None) -> st.SearchStrategy[float]:
    """Return numbers; lmkit sets the processor to take the smallest of all for 0."""
    return st.floats(least, most, allow_subnormal=False)


def _files(
    content: st.SearchStrategy[str], name: st.SearchStrategy[str]
) -> st.SearchStrategy[InputFile]:
    """Return files of a content: in an encoding, and now and then with bytes put in or cut off."""
    encoded = st.builds(_encoded, content, st.sampled_from(("utf-8",) * 8 + ENCODINGS))
    damaged = st.builds(
        lambda whole, place, extra, keep: (whole[: place % (len(whole) + 1)] + extra + whole)[
            :keep
        ],
        encoded,
        st.integers(0, 4000),
        st.binary(max_size=6),
        st.integers(0, 4000),
    )
    return st.builds(InputFile, name, st.one_of(encoded, encoded, encoded, damaged))


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding, "surrogatepass")
    except (UnicodeEncodeError, LookupError):
        return text.encode(encoding, "replace")


def _delimited() -> st.SearchStrategy[str]:
    header = st.sampled_from((["id", "text"], ["text"], ["text", "label"], [" id", " text "], [""]))
    rows = st.lists(st.lists(lines(), max_size=4), max_size=12)
    return st.builds(
        _written,
        st.sampled_from(("", "", "", "sep=;\n", "# exported\n", "\n")),
        header,
        rows,
        st.sampled_from(",,,;\t|"),
        st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE)),
        st.sampled_from(LINE_ENDS),
    )


def _written(
    first: str, header: list[str], rows: list[list[str]], delimiter: str, quoting: int, end: str
) -> str:
    """Write a table; without quotation marks its cells are joined as they are."""
    if quoting == csv.QUOTE_NONE:
        return first + end.join(delimiter.join(row) for row in [header, *rows]) + end
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]  # typeshed names each kind of quoting
    writer.writerows([header, *rows])
    return first + out.getvalue()


def _json_value() -> st.SearchStrategy[object]:
    scalars = st.one_of(
        st.none(), st.booleans(), st.integers(), floats(), lines(), st.sampled_from(SENTENCES)
    )
    keys = st.one_of(st.sampled_from(("text", "messages", "data", "id")), st.text(max_size=4))
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )


def _json_lines() -> st.SearchStrategy[str]:
    good = st.fixed_dictionaries({"text": lines()}).map(_dumped)
    row = st.one_of(good, good, good, _json_value().map(_dumped), lines())
    return st.lists(row, max_size=14).map("\n".join)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _series() -> st.SearchStrategy[str]:
    usual = st.lists(
        st.integers(-500, 5000).map(lambda tenths: tenths / 10), min_size=8, max_size=40
    )
    values = st.one_of(usual, usual, usual, st.lists(floats(), min_size=1, max_size=12))
    form, months, days = (
        st.sampled_from(DATE_FORMS),
        st.sampled_from((0, 0, 1, 1, 3, 12)),
        st.sampled_from((1, 1, 7, 30)),
    )
    return st.builds(
        _series_text,
        st.tuples(values, months, days, st.dates(dt.date(1, 1, 1), dt.date(2200, 1, 1))),
        st.one_of(form, form, st.sampled_from(("", "epoch"))),
        st.sampled_from(("sorted",) * 5 + ("reversed", "rotated", "gap", "twice")),
        st.sampled_from((str, str, str, _grouped, _comma, _percent)),
        st.sampled_from((",", ",", ";", "\t")),
        st.sampled_from(("",) * 6 + ("Total,5\n", "# note\n", "\n\n", "Source: office\n", '"')),
    )


def _series_text(
    run: tuple[list[float], int, int, dt.date],
    form: str,
    order: str,
    number: Callable[[float], str],
    delimiter: str,
    note: str,
) -> str:
    """Write a series: each value with its date, in some order, and a note below."""
    values, months, days, start = run
    rows = [
        delimiter.join([*_date(start, place * months, place * days, form), number(value)])
        for place, value in enumerate(values)
    ]
    header = delimiter.join(["date", "x"] if form else ["x"])
    return "\n".join([header, *_ordered(rows, order)]) + "\n" + note


def _ordered(rows: list[str], order: str) -> list[str]:
    middle = len(rows) // 2
    return {
        "reversed": rows[::-1],
        "rotated": rows[middle:] + rows[:middle],
        "gap": rows[:middle] + rows[middle + 2 :],
        "twice": rows[: middle + 1] + rows[middle:],
    }.get(order, rows)


def _date(start: dt.date, months: int, days: int, form: str) -> list[str]:
    """Return a date so many months, or else days, after another, as a cell; no form: no cell."""
    if not form:
        return []
    count = start.year * 12 + start.month - 1 + months
    month = dt.date(count // 12, count % 12 + 1, 1)
    day = month if months else dt.date.fromordinal(start.toordinal() + days)
    return [str(day.toordinal() * 86400) if form == "epoch" else day.strftime(form)]


def _grouped(value: float) -> str:
    return f'"{value:,.2f}"'


def _comma(value: float) -> str:
    return f"{value}".replace(".", ",")


def _percent(value: float) -> str:
    return f"{value:.1f}%"
