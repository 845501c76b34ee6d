"""How Chinese names are read: surnames that dictionaries misread, surnames of two characters, and given names."""

from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, pinyin

# The first reading is the surname's own; the others are what people type who do not know that (python-pinyin#297).
SURNAMES: dict[str, str] = {
    "曾": "zeng ceng", "单": "shan dan chan", "仇": "qiu chou", "区": "ou qu", "解": "xie jie", "查": "zha cha",
    "盖": "ge gai", "任": "ren", "华": "hua", "翟": "zhai di", "乐": "yue le", "朴": "piao pu", "尉": "wei yu",
    "缪": "miao mou", "万": "wan mo", "黑": "he hei", "重": "chong zhong", "折": "she zhe", "召": "shao zhao",
    "员": "yun yuan", "贠": "yun", "覃": "qin tan", "谌": "chen shen", "冼": "xian", "洗": "xian xi", "繁": "po fan",
    "秘": "bi mi", "种": "chong zhong", "祭": "zhai ji", "能": "nai neng", "难": "ning nan", "逄": "pang",
    "不": "fou bu", "尹": "yin", "车": "che ju", "柏": "bai bo", "晁": "chao", "褚": "chu zhu",
    "都": "du dou", "俞": "yu shu", "郗": "xi chi", "郇": "xun huan", "嵇": "ji", "郏": "jia", "訾": "zi",
    "宁": "ning", "葛": "ge", "过": "guo", "哈": "ha", "炅": "gui jiong", "佴": "nai er", "那": "na nuo",
    "粘": "nian zhan", "强": "qiang jiang", "瞿": "qu ju", "阙": "que", "冉": "ran", "撒": "sa",
    "莎": "sha suo", "少": "shao", "适": "kuo shi", "叶": "ye she", "隗": "wei kui", "应": "ying", "於": "yu",
    "喻": "yu", "岳": "yue", "臧": "zang", "占": "zhan", "祝": "zhu", "卒": "cui zu", "卜": "bu",
    "晟": "cheng sheng", "谯": "qiao", "盛": "sheng cheng", "石": "shi dan", "殷": "yin", "牟": "mou mu",
    "宓": "mi fu", "乜": "nie mie", "亓": "qi", "麴": "qu", "曲": "qu", "阚": "kan", "令": "ling", "靳": "jin",
    "娄": "lou", "陆": "lu liu", "潘": "pan", "彭": "peng", "沈": "shen chen", "眭": "sui",
    "仝": "tong", "洪": "hong", "纪": "ji", "贾": "jia gu", "句": "gou ju", "阿": "a e", "艾": "ai", "行": "xing hang",
    "相": "xiang", "肖": "xiao", "萧": "xiao", "幸": "xing", "燕": "yan", "要": "yao", "弋": "yi", "尢": "you",
    "长": "chang zhang", "朝": "chao zhao", "干": "gan", "观": "guan", "浣": "huan wan", "夹": "jia",
    "降": "jiang xiang", "教": "jiao", "角": "jue jiao", "居": "ju", "隽": "juan jun", "吕": "lv", "闾": "lv",
    "律": "lv",
    "南": "nan", "藉": "ji jie", "亲": "qin", "僧": "seng", "舍": "she", "什": "shi", "塔": "ta", "洼": "wa",
    "夏": "xia", "鲜": "xian", "兴": "xing", "余": "yu", "奇": "qi ji", "朱": "zhu", "禚": "zhuo", "自": "zi",
}  # fmt: skip
TWO_CHARACTERS: dict[str, str] = {
    "欧阳": "ou yang", "司马": "si ma", "上官": "shang guan", "诸葛": "zhu ge", "东方": "dong fang", "皇甫": "huang fu",
    "尉迟": "yu chi", "公孙": "gong sun", "令狐": "ling hu", "慕容": "mu rong", "宇文": "yu wen", "长孙": "zhang sun",
    "司徒": "si tu", "司空": "si kong", "夏侯": "xia hou", "轩辕": "xuan yuan", "端木": "duan mu", "百里": "bai li",
    "呼延": "hu yan", "独孤": "du gu", "南宫": "nan gong", "万俟": "mo qi", "闻人": "wen ren", "澹台": "tan tai",
    "淳于": "chun yu", "单于": "chan yu", "太史": "tai shi", "申屠": "shen tu", "仲孙": "zhong sun", "钟离": "zhong li",
    "鲜于": "xian yu", "闾丘": "lv qiu", "西门": "xi men", "东郭": "dong guo", "南门": "nan men", "第五": "di wu",
    "公冶": "gong ye", "宗政": "zong zheng", "濮阳": "pu yang", "公羊": "gong yang", "赫连": "he lian",
    "拓跋": "tuo ba", "纳兰": "na lan", "完颜": "wan yan", "爱新觉罗": "ai xin jue luo", "乐正": "yue zheng",
    "漆雕": "qi diao", "巫马": "wu ma", "公西": "gong xi", "颛孙": "zhuan sun", "壤驷": "rang si", "公良": "gong liang",
    "宰父": "zai fu", "谷梁": "gu liang", "段干": "duan gan", "东门": "dong men", "微生": "wei sheng",
    "左丘": "zuo qiu", "梁丘": "liang qiu", "叶赫": "ye he", "欧陽": "ou yang", "司馬": "si ma",
}  # fmt: skip
READINGS_OF_A_GIVEN_CHARACTER = 2


def is_han(character: str) -> bool:
    """Whether this is a Chinese character, those beyond the basic plane (𠮷) too."""
    point = ord(character)
    return (
        0x4E00 <= point <= 0x9FFF
        or 0x3400 <= point <= 0x4DBF
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x3FFFF
        or character == "〇"
    )


def surname_of(name: str) -> str:
    """The surname a Chinese name starts with; "" when it does not start with a Chinese character."""
    for length in (4, 2):
        if name[:length] in TWO_CHARACTERS and len(name) > length:
            return name[:length]
    if name[:2] in TWO_CHARACTERS:
        return name[:2]
    return name[:1] if name and is_han(name[0]) else ""


def surname_readings(surname: str) -> list[list[str]]:
    """Readings of each character of a surname, its own reading first; all that the table knows of a single one."""
    if len(surname) > 1:
        own = TWO_CHARACTERS[surname].split()
        return [_distinct([one, *_dictionary(character)[:1]]) for one, character in zip(own, surname, strict=True)]
    return [_distinct(SURNAMES.get(surname, "").split() or list(_dictionary(surname)[:1]))]


@lru_cache(maxsize=8192)
def given_readings(character: str) -> tuple[str, ...]:
    """The usual readings of a character in a given name."""
    return tuple(_distinct(_dictionary(character)[:READINGS_OF_A_GIVEN_CHARACTER]))


@lru_cache(maxsize=8192)
def _dictionary(character: str) -> tuple[str, ...]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(found[0]) if found else ()


def _distinct(readings: Iterable[str]) -> list[str]:
    """Without repetitions, and with the `lu` that people type for `lv`."""
    spread = [form for one in readings for form in ((one, one.replace("v", "u")) if "v" in one else (one,))]
    return list(dict.fromkeys(spread))
