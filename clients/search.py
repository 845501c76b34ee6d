"""Finding a client by a part of the name, pinyin, initials, a phone or its last four digits, or the client number.

Each file carries an array of keys (`Client.search_keys`, GIN index); a search is one array containment:

    王          each character of the name          wanglihua   pinyin from every character on, in every beginning
    s:王        the surname (for 王姐, 小王)          wlh         initials, in every beginning
    p:4f0c…     keyed hash of a whole phone         l:77ab…     keyed hash of its last four digits
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise, product

from django.db.models import Q

from clients import phones
from clients.readings import given_readings, is_han, surname_of, surname_readings
from staff.encryption import blind_index
from staff.names import visible

LONGEST_QUERY = 80
LONGEST_KEY = 40
MOST_UNITS = 8  # characters of a name that are read out; the characters themselves are all kept
MOST_SPELLINGS = 16
MOST_KEYS = 300

HONORIFICS = [
    "小姐姐", "小姐", "女士", "太太", "先生", "阿姨", "老师", "师傅", "医生", "经理", "老板", "老板娘",
    "奶奶", "妈妈", "姐姐", "妹妹", "大姐", "姐", "妹", "哥", "弟", "姨", "婶", "嫂",
    "总", "董", "太", "叔", "伯", "爷", "妈",
]  # fmt: skip
FAMILIAR = "小老阿"
CLIENT_NUMBER = re.compile(r"(?:c\s*-?\s*)?0*([1-9][0-9]{0,17})", re.IGNORECASE)
WORDS = re.compile(r"[a-z0-9]+")
RUNS = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9\s]+")
ENDS_OF_NAMES = "妹弟"  # titles that given names end with too, such as 李春妹
SPACED_INITIALS = re.compile(r"(?<=[a-z])\s(?=[a-z](?![a-z0-9]))")  # wang l h
PHONE_INSIDE = re.compile(r"\+?[0-9][0-9\s().-]{5,18}[0-9]")
NUMBER_INSIDE = re.compile(r"(?<![a-z])c\s?-\s?0*([1-9][0-9]{0,17})(?![0-9])")
MASKED = re.compile(  # 138 •••• 5521 as the pages show it, 138****5521, 138-5521
    r"(?<![0-9])[+0-9\s-]*(?:[*•●·…]{2,}|x{3,}|(?<![0-9])1[3-9][0-9])[\s-]*([0-9]{4})(?![0-9])"
)
# What sounds like a syllable of pinyin, the longest first; what is none is a letter by itself.
SYLLABLES = re.compile(
    r"((?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?(?:[iu]ang|iong|[aeio]ng|i?ao|u?ai|ei|[ou]u|[iuvy]?an|[eiuv]n|er|i[aeu]|u[aeio]|ve|[aoeiuv]))"
    r"|([a-z])"
)


def keys_of(name: str, honorific: str = "", phone_numbers: Iterable[str] = ()) -> list[str]:
    """What a file with this name, form of address and these phones (E.164) can be found by."""
    found: dict[str, None] = {}
    for text in (folded(name), folded(honorific)):
        found.update(dict.fromkeys(_name_keys(text)))
    if surname := surname_of(folded(name)):
        found[f"s:{surname}"] = None
    spoken = list(found)[:MOST_KEYS]
    hashed = [key for number in phone_numbers if number for key in phone_keys(number)]
    return list(dict.fromkeys([*spoken, *hashed]))


def folded(text: str) -> str:
    """One form for all ways of writing: full-width, upper case and traditional spacing make no difference."""
    return visible(unicodedata.normalize("NFKC", text)).casefold()


def phone_keys(e164: str) -> list[str]:
    """Keyed hashes of a phone, by the newest key: what is stored."""
    return [f"p:{blind_index(e164)[0]}", f"l:{blind_index(phones.last_four(e164))[0]}"]


def hashes_of_phone(e164: str) -> list[str]:
    """The hashes that this phone may be stored under, by every key: what is looked for."""
    return [f"p:{digest}" for digest in blind_index(e164)]


def characters_of(name: str) -> list[str]:
    """Keys that every file with exactly this name has."""
    text = folded(name)
    return list(
        dict.fromkeys([*_characters(text), *(word[:LONGEST_KEY] for word in WORDS.findall(text) if len(word) > 1)])
    )


def _characters(text: str) -> list[str]:
    return [one for one in text if not (one.isspace() or (one.isascii() and one.isalnum()))]


def _name_keys(text: str) -> Iterator[str]:
    yield from _characters(text)
    for word in WORDS.findall(text):
        yield from _beginnings(word)
    spellings = _spellings(text)
    for start in range(MOST_UNITS):  # the whole name in all its readings first, should there be too many keys
        for spelling in spellings:
            yield from _beginnings("".join(spelling[start:]))
            yield from _beginnings("".join(unit[0] for unit in spelling[start:]))


def _beginnings(text: str) -> list[str]:
    return [text[:length] for length in range(2, min(len(text), LONGEST_KEY) + 1)]


def _spellings(text: str) -> list[tuple[str, ...]]:
    """The ways the name can be read, one reading for each unit: a character, or a Latin word."""
    surname = surname_of(text)
    units: list[list[str]] = surname_readings(surname) if surname else []
    for run in re.findall(r"[a-z0-9]+|.", text[len(surname) :], re.DOTALL):
        if len(units) >= MOST_UNITS:
            break
        if run.isascii():
            if run.isalnum():
                units.append([run])
        elif is_han(run) and (readings := given_readings(run)):
            units.append(list(readings))
    known = [readings for readings in units if readings]
    return list(_few(known))


def _few(units: list[list[str]]) -> Iterator[tuple[str, ...]]:
    """At most MOST_SPELLINGS combinations: later characters lose their rarer readings first."""
    kept = [list(readings) for readings in units]
    for position in reversed(range(len(kept))):
        total = 1
        for readings in kept:
            total *= len(readings)
        if total <= MOST_SPELLINGS:
            break
        kept[position] = kept[position][:1]
    yield from product(*kept) if kept else ()


def condition(text: str) -> Q | None:
    """The condition for clients that `text` may mean; None when it says nothing. Everything in it is plain text."""
    query = folded(text[: LONGEST_QUERY + 1])
    if not query or len(query) > LONGEST_QUERY:
        return None
    digits = phones.DECORATION.sub("", query).removeprefix("+")
    if digits.isascii() and digits.isdigit():
        return _by_number(query, digits)
    if number := CLIENT_NUMBER.fullmatch(query):
        return Q(pk=int(number[1]))
    by_name = _by_words(query)
    if surname := _addressed(query):
        return Q(search_keys__contains=[f"s:{surname}"]) | by_name if by_name else None
    return by_name


def _by_number(query: str, digits: str) -> Q:
    """A whole phone, the last four digits, or a client number: whatever these digits can be."""
    keys = _phones_meant(query)
    if len(digits) == 4:
        keys += _last_four(digits)
    elif masked := MASKED.fullmatch(query):
        keys += _last_four(masked[1])
    found = Q(search_keys__overlap=keys) if keys else Q(pk__in=[])
    if number := CLIENT_NUMBER.fullmatch(digits):
        found |= Q(pk=int(number[1]))
    if len(digits) >= 2:  # a name with digits in it, such as 小李2018
        found |= Q(search_keys__contains=[digits[:LONGEST_KEY]])
    return found


def _phones_meant(written: str) -> list[str]:
    return [key for number in phones.possible_numbers(written) for key in hashes_of_phone(number)]


def _last_four(digits: str) -> list[str]:
    return [f"l:{digest}" for digest in blind_index(digits)]


def _by_words(query: str) -> Q | None:
    """Every part must hold: a phone or its last four digits, a number, a beginning of a reading or word, characters."""
    found = Q()
    for written in PHONE_INSIDE.findall(query):
        if keys := _phones_meant(written):
            found &= Q(search_keys__overlap=keys)
            query = query.replace(written, " ")
    for digits in MASKED.findall(query):
        found &= Q(search_keys__overlap=_last_four(digits))
    for number in NUMBER_INSIDE.findall(query):
        found &= Q(pk=int(number))
    query = NUMBER_INSIDE.sub(" ", MASKED.sub(" ", query))
    runs = RUNS.findall(SPACED_INITIALS.sub("", query))
    said = [one for one in runs if one not in {*HONORIFICS, "·"}]
    for run in said or ([] if found else runs):
        found &= _by_run(run)
    return found or None


def _by_run(run: str) -> Q:
    """The condition that one run of letters, digits or characters sets; an empty one for a single letter or digit."""
    if run.isascii() and run.isalnum():
        if len(run) < 2:
            return Q()
        if len(run) == 4 and run.isdigit():
            return Q(search_keys__overlap=[run, *_last_four(run)])
        return _spelt(run[:LONGEST_KEY])
    run = _without_title(run)
    held = Q(search_keys__contains=list(dict.fromkeys(run)))
    return held & (Q(name__icontains=run) | Q(honorific__icontains=run)) if len(run) > 1 else held


def _spelt(run: str) -> Q:
    """The beginning of a reading or word; or some characters in full and others by their initial, as in wanglh."""
    held = Q(search_keys__contains=[run])
    units = [found.group() for found in SYLLABLES.finditer(run)]
    for parts in (units, _shorter(units)):
        keys = _keys_of_mixed(parts)
        if keys and run not in keys:
            held |= Q(search_keys__contains=keys)
    return held


def _shorter(units: list[str]) -> list[str]:
    """As `units`, with the end of the syllable before the first initial read as an initial: lin g h, not ling h."""
    for position, (unit, after) in enumerate(pairwise(units)):
        if len(unit) > 2 and unit[-1] in "ng" and len(after) == 1:
            return [*units[:position], unit[:-1], unit[-1], *units[position + 1 :]]
    return []


def _keys_of_mixed(units: list[str]) -> list[str]:
    """The initials of all, and each stretch of syllables with the initial behind it; none unless both kinds occur."""
    full = [len(unit) > 1 for unit in units]
    if len(units) > MOST_UNITS or all(full) or not any(full):
        return []
    keys = ["".join(unit[0] for unit in units)]
    stretch = ""
    for unit in units:
        stretch += unit
        if len(unit) == 1:
            keys += [stretch] if len(stretch) > 1 else []
            stretch = ""
    return [*keys, stretch] if stretch else keys


def _without_title(run: str) -> str:
    """王丽华 for 王丽华女士: the name as the pages show it, with its form of address."""
    for title in HONORIFICS:
        name = run.removesuffix(title)
        if name != run and len(name) > 1 and title not in ENDS_OF_NAMES:
            return name
    return run


def _addressed(query: str) -> str:
    """The surname in 王姐, 张小姐, 欧阳女士 or 小王; "" when nobody is addressed so."""
    for title in HONORIFICS:
        surname = query.removesuffix(title)
        if surname != query and surname and surname == surname_of(surname):
            return surname
    if len(query) in (2, 3) and query[0] in FAMILIAR and surname_of(query[1:]) == query[1:]:
        return query[1:]
    return ""
