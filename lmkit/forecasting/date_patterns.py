"""All forms of dates that are read, in the order in which they are tried."""

import re
from datetime import datetime
from decimal import Decimal

from lmkit.forecasting.date_forms import CountForm, DateForm, TextForm, YearFractionForm

_YEAR, _SHORT_YEAR = "(?P<year>[0-9]{4})", "'?(?P<short_year>[0-9]{2})"
_MONTH, _DAY = "(?P<month>0?[1-9]|1[0-2])", "(?P<day>0?[1-9]|[12][0-9]|3[01])"
_MONTH_NAME = (
    "(?P<monthname>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY_NAME = (
    "(?:(?P<dayname>mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?"
    "|sat(?:urday)?|sun(?:day)?),? )?"
)
_TIME = (
    "(?:(?:[T_]|,? +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-5][0-9])"
    r"(?::(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    "(?: ?(?P<zone>Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_SECOND = Decimal(1_000_000)
_EPOCH, _SPREADSHEET = datetime(1970, 1, 1), datetime(1899, 12, 30)
_EPOCH_LOW, _EPOCH_HIGH = 315_532_800, 4_102_444_800  # 1980 to 2099


def _form(name: str, pattern: str, *, is_number: bool = False) -> TextForm:
    return TextForm(name, re.compile(pattern, re.IGNORECASE), is_number)


def _epoch(name: str, parts: int) -> CountForm:
    """Return the form of times counted in a part of a second."""
    return CountForm(name, _SECOND / parts, _EPOCH, _EPOCH_LOW * parts, _EPOCH_HIGH * parts)


def _in_order(year: str, mark: str) -> dict[str, DateForm]:
    """Return the forms of day, month and year in numbers, by their order."""
    separated = "(?P<separator>[-/.])"
    orders = {
        "dmy": (f"day/month/{mark}", f"{_DAY}{separated}{_MONTH}(?P=separator){year}"),
        "mdy": (f"month/day/{mark}", f"{_MONTH}{separated}{_DAY}(?P=separator){year}"),
        "ymd": (f"{mark}/month/day", f"{year}{separated}{_MONTH}(?P=separator){_DAY}"),
    }
    return {order: _form(name, pattern + _TIME) for order, (name, pattern) in orders.items()}


FOUR_DIGITS, TWO_DIGITS = _in_order(_YEAR, "year"), _in_order(_SHORT_YEAR, "year of two digits")

_COMPACT = "(?P<year>[12][0-9]{3})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = "(?P<hour>[01][0-9]|2[0-3]):?(?P<minute>[0-5][0-9])(?::?(?P<second>[0-5][0-9]))?"
_ZONE = "(?P<zone>Z|[-+][0-9]{2}(?::?[0-9]{2})?)?"

DATED_FORMS: tuple[DateForm, ...] = (
    FOUR_DIGITS["ymd"],
    _form("year-month", f"{_YEAR}(?:[-/:]|-?M){_MONTH}"),
    _form("year-quarter", f"{_YEAR}[-/:. ]?Q(?P<quarter>[1-4])"),
    _form("quarter-year", f"Q(?P<quarter>[1-4])[-/:. ]?{_YEAR}"),
    _form("quarter-year", f"(?P<quarter>[1-4])Q[-/:. ]?{_YEAR}"),
    _form("quarter-year of two digits", f"Q(?P<quarter>[1-4])(?:[-/:.]| ){_SHORT_YEAR}"),
    _form("quarter-year of two digits", f"(?P<quarter>[1-4])Q[-/:. ]?{_SHORT_YEAR}"),
    _form("year-half", f"{_YEAR}[-/: ]?[SH](?P<halfyear>[12])"),
    _form("year-week", f"{_YEAR}-?W(?P<week>[0-9]{{1,2}})(?:-?(?P<weekday>[1-7]))?"),
    _form("week-year", f"W(?:eek |k )?(?P<week>[0-9]{{1,2}})[-/:. ]{_YEAR}"),
    _form("fiscal year", f"(?:FY|CY|AY)[- ]?{_YEAR}"),
    FOUR_DIGITS["dmy"],
    FOUR_DIGITS["mdy"],
    _form("month/year", f"{_MONTH}[-/]{_YEAR}"),
    _form(
        "day month year", f"{_DAY_NAME}{_DAY}[- /.]{{1,2}}{_MONTH_NAME}[- /,]{{1,2}}{_YEAR}{_TIME}"
    ),
    _form("month day year", f"{_DAY_NAME}{_MONTH_NAME}[- ]{_DAY},? {_YEAR}{_TIME}"),
    _form("year month day", f"{_YEAR}[- /]{_MONTH_NAME}[- /]{_DAY}{_TIME}"),
    _form("month year", f"{_MONTH_NAME}[- /,]{{0,2}}{_YEAR}"),
    _form("year month", f"{_YEAR}[- /]?{_MONTH_NAME}"),
    _form("day month year", f"{_DAY}[- /]{_MONTH_NAME}[- /]{_SHORT_YEAR}{_TIME}"),
    _form("month year", f"{_MONTH_NAME}[- /]{_SHORT_YEAR}"),
    _form("yearmonthday and a time", f"{_COMPACT}[T ]{_CLOCK}{_ZONE}"),
    *TWO_DIGITS.values(),
)

UNDATED_FORMS: tuple[DateForm, ...] = (_form("month without a year", _MONTH_NAME),)

TEXT_FORMS = (*DATED_FORMS, *UNDATED_FORMS)

NUMBER_FORMS: tuple[DateForm, ...] = (
    _form("year", "(?P<year>[12][0-9]{3})", is_number=True),
    _form("yearmonth", "(?P<year>[12][0-9]{3})(?P<month>0[1-9]|1[0-2])", is_number=True),
    _form("yearmonthday", _COMPACT, is_number=True),
    _form("yearmonthday and a time", _COMPACT + _CLOCK.replace(":?", ""), is_number=True),
    _form("year.month", r"(?P<year>[12][0-9]{3})\.(?P<month>0[1-9]|1[0-2])", is_number=True),
    _form("month.year", r"(?P<month>0[1-9]|1[0-2])\.(?P<year>[12][0-9]{3})", is_number=True),
    _epoch("epoch seconds", 1),
    _epoch("epoch milliseconds", 1_000),
    _epoch("epoch microseconds", 1_000_000),
    _epoch("epoch nanoseconds", 1_000_000_000),
    YearFractionForm(),
)

COUNTS = CountForm(  # of days, steps or seconds, from any beginning
    "counted times", _SECOND, datetime(2000, 1, 1), 0, 1_000_000_000
)

SPREADSHEET_DAYS = CountForm(
    "days of a spreadsheet", 86_400 * _SECOND, _SPREADSHEET, 18_000, 73_000, rounded=1_000_000
)
