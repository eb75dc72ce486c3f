"""Numbers and names as a person reads them: shares, counts, rates, durations, shortened names.

One spelling for page, terminal and figures. English only, and not for machines: `summary_json` gives plain numbers.
"""

from __future__ import annotations

import math
import unicodedata

_GROUPED_FROM = 10_000  # from here on digits are grouped and decimals say nothing
_POWERS_FROM = 10_000_000  # from here on a power of ten is read sooner than groups of digits
_MINUTE = 60
_HOUR = 3600


def clean(text: object) -> str:
    r"""`text` without control characters and line breaks, which would break a terminal or an SVG file.

    Example:
    >>> clean("two\nlines")
    'two lines'
    """
    return "".join(_clean_character(character) for character in str(text))


def _clean_character(character: str) -> str:
    if character in "\n\r\t":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in {"Cc", "Cs"} else character


def shorten(text: object, length: int) -> str:
    """`text` in at most `length` characters, the middle left out: names often differ at their ends.

    Example:
    >>> shorten("Staphylococcus aureus", 12)
    'Staphy…ureus'
    """
    text = clean(text)
    if len(text) <= length:
        return text
    head = length // 2
    return text[:head] + "…" + text[len(text) - (length - head - 1) :]


def shorten_all(names: list[str], length: int) -> list[str]:
    """Each name in at most `length` characters; names that would look alike are led by their number.

    Example:
    >>> shorten_all(["a common beginning 1 and end", "a common beginning 2 and end"], 16)
    ['0 a commo…nd end', '1 a commo…nd end']
    """
    short = [shorten(name, length) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    width = len(str(len(names) - 1))
    return [f"{place} {shorten(name, length - width - 1)}" for place, name in enumerate(names)]


def count(number: float) -> str:
    """A whole number with its thousands grouped: `55,000`."""
    return f"{int(number):,}"


def plural(number: float, noun: str, many: str = "") -> str:
    """`1 epoch`, `20 epochs`; `many` where the plural is not `noun` + s.

    Example:
    >>> plural(1, "class", "classes"), plural(2, "class", "classes")
    ('1 class', '2 classes')
    """
    return f"{count(number)} {noun if number == 1 else many or noun + 's'}"


def share(value: float, digits: int = 1) -> str:
    """A share from 0 to 1 as a percentage that says 100% or 0% only where it is exactly so.

    Example:
    >>> share(0.8971), share(0.99999), share(1.0)
    ('89.7%', '>99.9%', '100.0%')
    """
    if not math.isfinite(value):
        return "not finite"
    step = 10.0**-digits
    if 0 < value * 100 < step / 2:
        return f"<{step:.{digits}f}%"
    if value < 1 and value * 100 > 100 - step / 2:
        return f">{100 - step:.{digits}f}%"
    return f"{value * 100:.{digits}f}%"


def figure(value: float, digits: int = 4) -> str:
    """A measured number with `digits` significant digits, without padded exponents.

    Example:
    >>> figure(0.123456), figure(54321.9), figure(0.0000125), figure(1.5e12)
    ('0.1235', '54,322', '1.25e-5', '1.5e12')
    """
    if not math.isfinite(value):
        return "not finite"
    text = f"{value:,.0f}" if _GROUPED_FROM <= abs(value) < _POWERS_FROM else f"{value:.{digits}g}"
    mantissa, mark, exponent = text.partition("e")
    mantissa = mantissa.replace("-", "\N{MINUS SIGN}")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def reading(value: float) -> str:
    """A measured number as read off a curve: three decimals near 1, so that readings stand under each other.

    Example:
    >>> reading(0.28), reading(43.2156)
    ('0.280', '43.2')
    """
    return f"{value:.3f}" if 0.01 <= abs(value) < 10 else figure(value, 3)  # noqa: PLR2004 -- where three decimals fit


def score(value: float) -> str:
    """A score of which 1 is the best, such as R², with three decimals; far from 1 they say nothing.

    Example:
    >>> score(0.4512), score(1.5e12)
    ('0.451', '1.5e12')
    """
    return f"{value:.3f}".replace("-", "\N{MINUS SIGN}") if abs(value) < 1000 else figure(value)  # noqa: PLR2004 -- as said


def duration(seconds: float) -> str:
    """Seconds as `0.8 s`, `42 s`, `3 min 05 s` or `2 h 10 min`."""
    if seconds < 10:  # noqa: PLR2004 -- a tenth of a second is worth telling below ten seconds
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"


def sentence(text: object) -> str:
    """`text` with a capital first letter and a full stop."""
    text = clean(text).strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?", "…")) else ".")
