# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Find the phone numbers in what people, programs and CallGear write.

A text is taken apart into runs of digits with the signs that stand within numbers, and
what stands between them. A number is returned if it is certain; what is not is refused,
and never made to fit. ``phone_plan`` reads the digits.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from phonenumbers import parse, region_code_for_number

from .phone_plan import line_key, may_be_number, read_digits, read_here

__all__ = [
    "Reading",
    "all_e164",
    "from_pbx",
    "is_hidden",
    "line_key",
    "only_e164",
    "read",
]

_MAX_FIELD = 512
_MAX_PBX = 64
# What an extension has at most; more digits are meant to be a number.
_MAX_SHORT = 6
_MAX_RUN = 40

_RUN = re.compile(r"[+(]?[\d(.][\d ()./+-]*")
# ".." begins an extension, and a plus behind a space a number.
_PART = re.compile(
    r"\.\.+|(?:(?!\.\.|(?<=[ )/])\(?\+).|(?<=[ )/])\(?\+(?!\.\.))"
    r"(?:(?!\.\.|(?<=[ )/])\(?\+).)*"
)
# Words for an extension, in the languages in which they are usual.
_EXTENSIONS = (
    "ext extn extension extensión ex x х int interno intern interne int anexo ramal rml poste "
    "durchwahl dw apparat app nst nebenstelle wew w tlm klapka linka mellék "
    "доб добавочный вн внутр внутренний внутрішній дод вътр toestel tst anknytning ank "
    "alanum dahili εσωτ تحويلة داخلي תחנה 内線 内线 分机 분기 내선 p d isub"
).split()
# Labels that are written without a space before the number.
_LABELS = (
    "t tel tel. tél telefon telephone phone ph fon fax f m mob mobile cell c h w o home work "
    "office т тел телефон моб м ф факс р д раб дом whatsapp wa tlf тлф"
).split()
_EXTENSION_BEFORE = re.compile(
    rf"(?:(?<![^\W\d_])(?:{'|'.join(sorted(_EXTENSIONS, key=len, reverse=True))})"
    r"[\s.:=°№#]*|#\s*)$",
    re.IGNORECASE,
)
# What may stand before, between and behind numbers, beside letters and spaces.
_ALLOWED = set(",;:|&#\n\t\r\"'`<>[]{}•·«»“”„’")
_SCHEME = re.compile(
    r"\b(?:tel|callto|sips?|sms|smsto|whatsapp|viber|skype|fax|phone):(?://)?(?=[+\d(])",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"(?:tel:)?([\d().-]+)(?:;[\w-]+=[^;\s]*)*;phone-context=(\+\d+)(?:;\S*)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:\b[A-Za-z]+:)?([^\s<>@;,\"()]+)(?:;[^\s@<>]*)?@([\w.-]+)(?:[:;][^\s<>,]*)?"
)
_URL = re.compile(r"\b\w+://[^\s<>]*|\b(?:wa\.me|t\.me)/[^\s<>]*", re.IGNORECASE)
_URL_NUMBER = re.compile(
    r"(?:wa\.me/|t\.me/\+|[?&](?:phone|number)=)\+?(\d{8,15})(?!\d)", re.IGNORECASE
)
_MESSENGERS = ("c.us", "s.whatsapp.net", "whatsapp.net")
# Addresses that consist of digits and are no phone numbers.
_NO_NUMBERS = ("lid", "g.us", "broadcast", "newsletter", "call")
_SCIENTIFIC = re.compile(r"(?<![\w.,])\+?(\d)[.,](\d+)[eE]\+?(\d\d?)(?!\w)")
# Digits and the usual signs, and nothing that they could belong to: so are most numbers
# written, and nothing but ``_read_run`` has a say in them.
_ALONE = re.compile(r"(?!\d\))[+(]?\d[\d ()-]{0,40}")
_NO_DIGITS = re.compile(r"\D+")
_LIST_ITEM = re.compile(r"(^|[\n,;])\s*\d\)\s*(?=[+\d(])")


class Reading(NamedTuple):
    """What a text says: the numbers that are certain, and whether that is all."""

    # in E.164, each once
    numbers: tuple[str, ...]
    # nothing else in the text looks like a number
    is_complete: bool


class _Run(NamedTuple):
    """Digits with the signs between them, and the text before and behind."""

    text: str
    before: str
    after: str

    @property
    def digits(self):
        return _digits(self.text)


def read(text: str | None, *countries: str | None) -> Reading:
    """Return all phone numbers that a person has written into a field.

    :param countries: ISO codes of the countries that a national number may belong to,
        the most probable first
    """
    return _read(text, countries)


def all_e164(text: str | None, *countries: str | None) -> list[str]:
    """Return the certain numbers in a text in E.164, e.g. ``+97145550100``; see ``read``."""
    return list(_read(text, countries).numbers)


def only_e164(text: str | None, *countries: str | None) -> str | None:
    """Return the number if a text is certainly one number and nothing else, else None."""
    numbers, is_complete = _read(text, countries)
    return numbers[0] if len(numbers) == 1 and is_complete else None


def country_of(number: str) -> str | None:
    """Return the ISO code of the country of a number in E.164; None if it has none."""
    return region_code_for_number(parse(number))


def from_pbx(raw: str | None, country: str | None = None) -> str | None:
    """Return a number from CallGear (digits with country code, mostly no plus) in E.164.

    :param country: ISO code of the country that a national number belongs to
    :return: None if the text is not a phone number
    """
    if not raw or len(raw) > _MAX_PBX:
        return None
    return _from_pbx(raw, country)


# Each notification of a call names the same few numbers; what is kept of them is short.
@lru_cache(maxsize=1024)
def _from_pbx(raw, country):
    if raw.isascii() and raw.isdecimal():
        return read_digits(raw, (country,), from_pbx=True)
    numbers, is_complete = _read(raw, (country,), from_pbx=True)
    return numbers[0] if len(numbers) == 1 and is_complete else None


def is_hidden(raw: str | None) -> bool:
    """Return whether a caller whose number is not in E.164 has hidden it.

    Short numbers and local ones are visible. Words, signs, zeros and logins are not.
    """
    text = normalized(raw or "").strip()
    return not re.fullmatch(r"\+?[1-9][\d ().*#-]*", text)


# ------------------------------------------------------------------- a whole text


def _read(text, countries, from_pbx=False):
    """See ``read``."""
    if not text or not isinstance(text, str):
        return Reading((), True)
    if text.isascii() and _ALONE.fullmatch(text):
        run = _Run(text, "", "")
        is_number = len(run.digits) > _MAX_SHORT
        found = _read_run(run, countries, from_pbx) if is_number else []
        return _reading(found, True)
    is_complete = len(text) <= _MAX_FIELD
    text, special = _extract_special(normalized(text[:_MAX_FIELD]))
    found = []
    for digits, plus in special:
        # The logins of a PBX are digits, too, but fewer.
        usable = plus or len(digits) >= 10
        found.append(usable and read_digits(digits, countries, plus=plus))
    for run in _runs(text):
        if not run.digits:
            continue
        kind = _kind(run)
        if kind == "number":
            found += _read_run(run, countries, from_pbx)
        elif kind == "refused":
            found.append(None)
    return _reading(found, is_complete)


def _reading(found, is_complete):
    numbers = tuple(dict.fromkeys(filter(None, found)))
    return Reading(numbers, is_complete and all(found))


def _digits(text):
    return _NO_DIGITS.sub("", text)


def normalized(text):
    """Return a text with ordinary digits, spaces and dashes, without invisible signs."""
    if text.isascii():
        return text
    chars = []
    for char in text:
        category = unicodedata.category(char)
        if category == "No":  # "²": no digit of the number
            chars.append("^")
        elif category == "Cf":
            continue
        elif category == "Nd":
            chars.append(str(int(char)))
        elif category == "Pd" or char == "\u2212":
            chars.append("-")
        else:
            chars.append(unicodedata.normalize("NFKC", char))
    return "".join(chars)


def _extract_special(text):
    """Take addresses, links and numbers of spreadsheets out of a text.

    :return: the rest, and a list of (digits, whether there is a plus); "" for what is
        no number although it should be one
    """
    special = []

    def scientific(match):
        first, rest, exponent = match.groups()
        is_exact = len(rest) == int(exponent)
        return f" {first}{rest} " if is_exact else " ^0000000 "

    def context(match):
        special.append((_digits(match[2] + match[1]), True))
        return "\n"

    def url(match):
        if number := _URL_NUMBER.search(unquote(match[0])):
            special.append((number[1], True))
        return "\n"

    def address(match):
        user = unquote(match[1]).split(":")[0]
        host = match[2].lower().rstrip(".")
        if host not in _NO_NUMBERS and re.fullmatch(r"\+?[\d().-]+", user):
            plus = user.startswith("+") or host in _MESSENGERS
            special.append((_digits(user), plus))
        return "\n"

    if "@" in text or "/" in text or "=" in text:
        text = _CONTEXT.sub(context, text)
        text = _URL.sub(url, text)
        text = _ADDRESS.sub(address, text)
    text = _SCIENTIFIC.sub(scientific, text)
    text = _SCHEME.sub(" ", text)
    return _LIST_ITEM.sub(r"\1", text), special


def _runs(text):
    """Return the runs of digits of a text, in order."""
    spans = []
    for match in _RUN.finditer(text):
        start = match.start()
        for part in _PART.finditer(match[0]):
            if re.search(r"\d", part[0]):
                spans.append((start + part.start(), start + part.end()))
    runs = []
    edges = [0, *(end for _start, end in spans)]
    starts = [*(start for start, _end in spans), len(text)]
    for index, (start, end) in enumerate(spans):
        before, after = text[edges[index] : start], text[end : starts[index + 1]]
        runs.append(_Run(text[start:end], before, after))
    return runs


# ------------------------------------------------------------------ a run of digits


def _kind(run):
    """Return whether digits are a ``number``, are ``ignored`` or must be ``refused``."""
    short = len(run.digits) <= _MAX_SHORT
    if _has_stray_sign(run):
        return "refused"
    if _EXTENSION_BEFORE.search(run.before):
        return "ignored" if short else "refused"
    if _is_glued(run, short):
        return "refused"
    return "ignored" if short else "number"


def _has_stray_sign(run):
    """Whether a sign that belongs to no number stands on either side."""
    # "ext=12", and "=" at the beginning of a cell
    signs = re.sub(r"(?<=[^\W\d_])=|^\s*=", " ", run.before)
    signs += re.sub(r"(?<=[^\W\d_])=", " ", run.after)
    return any(
        not char.isalpha()
        and not char.isspace()
        and char not in _ALLOWED
        and char not in "().-/"
        and unicodedata.category(char) not in ("So", "Mn", "Mc")
        for char in signs
    )


def _is_glued(run, short):
    """Whether letters stand so close that digits may be part of a word, or missing."""
    text = run.text.rstrip()
    left = re.search(r"[^\W\d_]+$", run.before)
    if left and run.text[0].isdigit():
        word = left[0].lower()
        if word not in _LABELS and (len(word) < 3 or not short):
            return True
    right = re.match(r"[^\W\d_]+", run.after)
    if right and text == run.text and text[-1] in "0123456789-":
        word = right[0].lower()
        if word not in _EXTENSIONS or text[-1] == "-":
            return True
    spelled = re.match(r"\s*([A-Z]{3,})\b", run.after)
    return bool(spelled) and _is_keypad_word(run, spelled[1])


def _is_keypad_word(run, word):
    """Whether letters behind a number may stand for digits: "0800 FLOWERS"."""
    if word.lower() in _LABELS or word.lower() in _EXTENSIONS:
        return False
    keys = "22233344455566677778889999"
    digits = run.digits + "".join(keys[ord(char) - ord("A")] for char in word)
    return len(run.digits) < 10 and 8 <= len(digits) <= 15


def _read_run(run, countries, from_pbx):
    """Return the numbers of a run: one, several, or None if it cannot be read."""
    text = _trimmed(run.text)
    if re.search(r"\d\+|\+.*\+\d.*\+", text) or len(run.digits) > _MAX_RUN:
        return [None]
    text = re.sub(r"(?<=\d)\.0$", "", text)
    text = re.sub(r"^(\D*\d+)\.0+$", r"\1", text)
    if "/" in text:
        return _read_slashed(text, countries, from_pbx)
    return _read_plain(text, countries, from_pbx)


def _read_slashed(text, countries, from_pbx):
    """A slash stands behind an area code, between two numbers, or before another end."""
    if " / " in text and not _read_one(text.replace("/", " "), countries, from_pbx):
        head, _slash, tail = text.partition(" / ")
    else:
        head, _slash, tail = text.partition("/")
    numbers = [
        number
        for part in (head, tail)
        if len(_digits(part)) > _MAX_SHORT
        for number in _read_run(_Run(part, "", ""), countries, from_pbx)
    ]
    whole = _read_one(text.replace("/", " "), countries, from_pbx)
    first = _read_one(head, countries, from_pbx)
    if whole and not first:
        return [whole]
    if whole and len(_digits(tail)) > 2:
        return [None]  # both are possible
    return numbers or [None]


def _read_plain(text, countries, from_pbx):
    number = _read_one(text, countries, from_pbx)
    pairs = _pairs(text, countries) if len(_digits(text)) > 13 else []
    if number:
        return [None] if pairs else [number]
    return list(pairs[0]) if len(pairs) == 1 else [None]


def _pairs(text, countries):
    """Return the ways in which a run is two numbers with only a space between them."""
    pairs = []
    for space in re.finditer(r" +", text):
        parts = text[: space.start()], text[space.end() :]
        pair = tuple(_read_one(part, countries, False) for part in parts)
        if all(pair):
            pairs.append(pair)
    return pairs


def _read_one(text, countries, from_pbx):
    """Return the number that a run is, or None."""
    text = _trimmed(text)
    if text.count("(") != text.count(")"):
        return None
    plus = bool(re.match(r"\(?\+", text))
    groups = re.findall(r"\d+", text)
    digits = "".join(groups)
    if not plus and len(groups) > 1 and not _is_whole(text, groups, countries):
        return None
    if _has_extra_group(text, groups, countries, plus):
        return None
    options = {
        "plus": plus,
        "first_group": len(groups[0]) if len(groups) > 1 else 0,
        "from_pbx": from_pbx,
    }
    number = read_digits(digits, countries, **options)
    if not number and plus and "(0)" in text:
        digits = _digits(text.replace("(0)", "", 1))
        number = read_digits(digits, countries, **options)
    return number


def _trimmed(text):
    """Return a run without what belongs to the text around it."""
    text = text.lstrip(" )-./").rstrip(" (-./+")
    if text.endswith(")") and text.count(")") > text.count("("):
        return text[:-1].rstrip()
    if text.startswith("(") and text.count("(") > text.count(")"):
        return text[1:].lstrip()
    return text


def _has_extra_group(text, groups, countries, plus):
    """Whether a number is complete without its last digits: "+97122345678 9".

    "+49 30 12345-0" is one number: extensions of Germany and Austria are part of it.
    """
    if len(groups) < 2 or not (len(groups[-1]) == 1 or len(groups[0]) > 7):
        return False
    digits = "".join(groups[:-1])
    head = read_digits(digits, countries, plus=plus)
    if not head and not plus:
        return may_be_number(digits, countries)
    is_extension = re.search(r"-\d+$", text) and len(groups[0]) <= 7
    return bool(head) and not (is_extension and head.startswith(("+49", "+43")))


def _is_whole(text, groups, countries):
    """Whether no group at the end is too much: "(415) 522-2671 9".

    A national number that is followed by a group must not be read with this group as one
    of another country.
    """
    digits = "".join(groups)
    whole = read_digits(digits, countries, first_group=len(groups[0]))
    if not whole or read_here(digits, countries):
        return True
    if text.startswith("(") and whole != "+" + digits:
        return True  # an area code
    if text.startswith("(") and not whole.startswith(f"+{groups[0]}"):
        return False
    heads = ("".join(groups[:count]) for count in range(1, len(groups)))
    return not any(read_here(head, countries) for head in heads)
