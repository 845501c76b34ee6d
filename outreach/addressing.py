"""How a client is addressed: 王女士, 欧阳先生, as the file says when it says so; Ms Wang in an English message."""

from collections.abc import Iterable

from clients.models import Client
from clients.readings import given_readings, is_han, surname_of, surname_readings
from staff.models import User

# In Chinese these stand behind the surname; in English what is beside them stands before it.
TITLES: dict[str, str] = {
    "女士": "Ms", "小姐": "Ms", "姐": "Ms", "姐姐": "Ms", "大姐": "Ms", "阿姨": "Ms", "太太": "Mrs", "夫人": "Mrs",
    "先生": "Mr", "哥": "Mr", "大哥": "Mr", "叔叔": "Mr", "医生": "Dr", "博士": "Dr", "教授": "Professor",
    "老师": "", "律师": "", "总": "", "经理": "", "老板": "", "主任": "", "同学": "",
}  # fmt: skip
BY_GENDER = {
    Client.Gender.FEMALE: ("女士", "Ms"),
    Client.Gender.MALE: ("先生", "Mr"),
    Client.Gender.UNKNOWN: ("女士/先生", ""),
}
LONGEST_HAN_NAME = 4  # longer ones are foreign names in Chinese characters, whose first character is no surname
FAMILIAR = ("小", "老", "阿")  # 小王 is a form of address already


def addressed(client: Client, language: str) -> str:
    """The client's name as one says it to her. What is written on the file goes before what the gender tells."""
    name, wish, gender = client.name.strip(), client.honorific.strip(), Client.Gender(client.gender)
    return _in_english(name, wish, gender) if language == User.Language.ENGLISH else _in_chinese(name, wish, gender)


def _in_chinese(name: str, wish: str, gender: Client.Gender) -> str:
    if wish and wish not in TITLES:
        return wish
    if not wish and (_title_of(name) or _is_familiar(name)):
        return name
    return f"{_called(name)}{wish or BY_GENDER[gender][0]}"


def _called(name: str) -> str:
    """What stands before the title: the surname, or the name where no surname can be told."""
    if "·" in name:
        return name.partition("·")[0]
    if not _is_han(name):
        return f"{name} "
    surname = surname_of(name)
    return surname if len(name) <= LONGEST_HAN_NAME or len(surname) > 1 else name


def _in_english(name: str, wish: str, gender: Client.Gender) -> str:
    if wish and wish.isascii():
        return wish
    surname = surname_of(name)
    if not _is_han(name) or (len(name) > LONGEST_HAN_NAME and len(surname) == 1):
        return name  # Anna Schmidt, 迪丽热巴木: which part is the family's cannot be told
    if _is_familiar(name) and not wish:
        return f"{_spelt([surname_readings(name[0])[0][0]])} {_spelt([surname_readings(name[1])[0][0]])}"
    family = _spelt(one[0] for one in surname_readings(surname) if one)
    title = TITLES.get(_title_of(wish) or wish or _title_of(name)) or BY_GENDER[gender][1]
    if title:
        return f"{title} {family}"
    given = name[len(surname) :] if not _title_of(name) else ""
    return f"{family} {_spelt(found[0] for one in given if (found := given_readings(one)))}".strip()


def _title_of(name: str) -> str:
    """The title of a surname with nothing but a title behind it: 姐 of 王姐, nothing of 王丽华."""
    surname = surname_of(name)
    rest = name[len(surname) :]
    return rest if surname and rest in TITLES else ""


def _is_familiar(name: str) -> bool:
    return len(name) == 2 and name.startswith(FAMILIAR) and _is_han(name)


def _is_han(name: str) -> bool:
    return bool(name) and all(is_han(character) for character in name)


def _spelt(syllables: Iterable[str]) -> str:
    """As a passport writes them: Ouyang, and Lyu for 吕."""
    return "".join(syllables).replace("v", "yu").capitalize()
