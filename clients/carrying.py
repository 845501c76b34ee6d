"""What was typed into a search goes along to the form of a new file: posted, so that no phone is in an address."""

import re

from clients import phones
from staff.names import visible

JUST_OPENED = "just_opened"  # in the session: the client whose file the checkout sent for, and goes on with once
LONGEST = 80
PHONE = re.compile(r"\+?[0-9][0-9\s().-]{5,18}[0-9]")
PINYIN = re.compile(r"[a-z\s]*")


def name_and_phone(typed: str) -> dict[str, str]:
    """The first values of the form, from a text such as 周新客13700001111. Pinyin and four digits only find people."""
    text = visible(typed[:LONGEST])
    written = next((one for one in PHONE.findall(text) if phones.possible_numbers(one)), "")
    name = re.sub(r"[0-9]+", " ", text.replace(written, " ")) if written else text
    name = visible(name).strip(" ,，、:：;；+-")
    is_name = not PINYIN.fullmatch(name) and not any(one.isdigit() for one in name)
    return {"name": name if is_name else "", "phone": written}
