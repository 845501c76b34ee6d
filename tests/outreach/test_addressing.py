"""How a client is addressed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.models import Client
from outreach.addressing import addressed
from staff.models import User

FEMALE, MALE, UNKNOWN = Client.Gender.FEMALE, Client.Gender.MALE, Client.Gender.UNKNOWN


@pytest.mark.parametrize(
    ("name", "wish", "gender", "chinese", "english"),
    [
        ("王丽华", "", FEMALE, "王女士", "Ms Wang"),
        ("王建国", "", MALE, "王先生", "Mr Wang"),
        ("王丽华", "", UNKNOWN, "王女士/先生", "Wang Lihua"),
        ("王丽华", "小姐", FEMALE, "王小姐", "Ms Wang"),
        ("王丽华", "王小姐", FEMALE, "王小姐", "Ms Wang"),
        ("王丽华", "丽华姐", FEMALE, "丽华姐", "Ms Wang"),
        ("王丽华", "王总", FEMALE, "王总", "Ms Wang"),
        ("王丽华", "Lily", FEMALE, "Lily", "Lily"),
        ("欧阳静", "", FEMALE, "欧阳女士", "Ms Ouyang"),
        ("欧阳", "", FEMALE, "欧阳女士", "Ms Ouyang"),
        ("欧阳娜娜", "太太", FEMALE, "欧阳太太", "Mrs Ouyang"),
        ("单小丽", "", FEMALE, "单女士", "Ms Shan"),
        ("吕布", "", MALE, "吕先生", "Mr Lyu"),
        ("王姐", "", UNKNOWN, "王姐", "Ms Wang"),
        ("李太太", "", UNKNOWN, "李太太", "Mrs Li"),
        ("陈总", "", MALE, "陈总", "Mr Chen"),
        ("小王", "", FEMALE, "小王", "Xiao Wang"),
        ("阿卜杜拉·买买提", "", MALE, "阿卜杜拉先生", "阿卜杜拉·买买提"),
        ("迪丽热巴木", "", FEMALE, "迪丽热巴木女士", "迪丽热巴木"),
        ("Anna Schmidt", "", FEMALE, "Anna Schmidt 女士", "Anna Schmidt"),
        ("Anna Schmidt", "Ms Schmidt", FEMALE, "Ms Schmidt", "Ms Schmidt"),
        ("𠮷田", "", FEMALE, "𠮷女士", None),
    ],
)
def test_it_works(name: str, wish: str, gender: str, chinese: str, english: str | None) -> None:
    client = Client(name=name, honorific=wish, gender=gender)

    assert addressed(client, User.Language.CHINESE) == chinese
    if english is not None:
        assert addressed(client, User.Language.ENGLISH) == english


@given(st.text(min_size=1, max_size=40), st.text(max_size=10), st.sampled_from(Client.Gender.values))
def test_any_name_can_be_addressed(name: str, wish: str, gender: str) -> None:
    client = Client(name=name, honorific=wish, gender=gender)

    for language in User.Language:
        addressed(client, language)
