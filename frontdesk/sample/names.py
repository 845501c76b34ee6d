"""Chinese names as they are met: surnames by how frequent they are, given names by when people were born."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random

from pypinyin import lazy_pinyin

# Bearers in 10,000 people, from the Ministry of Public Security's yearly name reports, rounded; the hundred most
# frequent, and some rare ones that software gets wrong: two-character surnames, and those read in their own way.
SURNAMES = (
    "王715 李719 张680 刘540 陈450 杨310 黄230 赵228 吴205 周200 徐170 孙152 马131 朱126 胡119 郭115 何113 林112 "
    "高100 罗99 郑93 梁85 谢80 宋79 唐78 许77 韩76 邓74 冯70 曹68 彭65 曾62 肖60 田58 董57 潘55 "
    "袁54 蔡53 蒋52 余51 于50 杜49 叶48 程47 魏46 苏46 吕45 丁44 任42 卢42 姚41 沈40 钟40 姜39 "
    "崔38 谭38 陆37 范36 汪35 廖35 石34 金34 韦33 贾33 夏32 付31 方31 邹31 熊30 白29 孟29 秦28 "
    "邱28 侯27 江27 尹26 薛26 闫25 段24 雷24 龙23 黎22 史22 陶21 贺21 毛20 郝20 顾20 龚19 邵19 "
    "万19 覃18 武18 钱18 戴17 严17 莫17 孔16 向16 常15 单6 仇4 区5 解6 查6 翟8 欧阳9 上官3 "
    "司马2 尉迟1 诸葛1 "
)
# The first year of birth, then whole given names, then characters that are joined in pairs.
WOMEN = {
    1955: (
        "秀英 桂英 秀兰 玉兰 桂兰 秀珍 凤英 玉珍 淑珍 淑英 玉梅 素珍 翠兰 月英 爱华 惠珍",
        "秀玉桂淑凤惠",
        "英兰珍芳华琴",
    ),
    1966: (
        "丽华 秀芳 春梅 丽娟 海燕 晓红 玉梅 丽萍 桂花 建华 秋菊 红梅 敏 艳 红 霞 萍 玲 丽 燕 芳",
        "丽晓海春红雪",
        "华娟梅燕萍芳",
    ),
    1978: (
        "静 丽 敏 艳 娟 芳 燕 娜 丹 洁 玲 莉 颖 琳 丽娜 晓燕 丽丽 艳丽 蕾 晓敏 慧 佳 海霞 春燕 雪梅",
        "晓丽雅文慧海",
        "静敏燕娜琳洁",
    ),
    1987: (
        "婷 静 倩 雪 悦 佳 欣 梦 婷婷 雅婷 丹丹 晓雯 慧敏 雅静 文静 佳丽 思思 莹 璐 瑶 晶晶 露",
        "雅思佳晓诗文",
        "婷雯琪怡静瑶",
    ),
    1996: (
        "思雨 雨晴 梦琪 诗琪 佳怡 梦瑶 若溪 若兰 雨欣 可欣 思琪 静怡 嘉欣 梦洁 晓彤 雪莹 婉婷 一诺",
        "雨思梦诗佳若",
        "晴琪瑶欣彤兰",
    ),
    2003: ("欣怡 梓涵 子涵 雨桐 诗涵 紫萱 语嫣 佳琪 雨涵 馨怡 一诺 可馨 梓萱 思涵", "梓雨诗子语馨", "涵桐萱怡欣妍"),
}
MEN = {
    1955: ("建国 志强 国华 建军 国强 永强 志明 建平", "建国志永", "国强军明"),
    1970: ("伟 强 军 勇 斌 志刚 建华 海波 晓东 文斌", "志海文晓", "刚波斌东"),
    1984: ("磊 涛 超 鹏 浩 杰 俊 宇 鹏飞 俊杰 晓峰", "俊子文晓", "杰峰宇博"),
    1996: ("浩然 宇轩 俊熙 子豪 文博 嘉豪 一鸣 梓轩", "子浩宇嘉", "轩然豪铭"),
}
FROM_AFAR = ("阿依古丽·买买提", "古丽娜尔·吐尔逊", "央金卓玛", "乌兰图雅")


def _weighted(text: str) -> tuple[list[str], list[int]]:
    names, weights = [], []
    for part in text.split():
        name = part.rstrip("0123456789")
        names.append(name)
        weights.append(int(part[len(name) :]))
    return names, weights


FAMILY_NAMES, FREQUENCIES = _weighted(SURNAMES)
CUMULATED = [sum(FREQUENCIES[: at + 1]) for at in range(len(FREQUENCIES))]


@dataclass(frozen=True, slots=True)
class Name:
    """A whole name, its surname (empty for names of another kind), and how the salon addresses the person."""

    full: str
    surname: str
    address: str


def surname(draw: Random) -> str:
    return draw.choices(FAMILY_NAMES, cum_weights=CUMULATED)[0]


def given(draw: Random, *, woman: bool, born: int) -> str:
    """A given name of the generation born in that year."""
    eras = WOMEN if woman else MEN
    whole, first, second = eras[max((start for start in eras if start <= born), default=min(eras))]
    if draw.random() < 0.35:
        return draw.choice(first) + draw.choice(second)
    return draw.choice(whole.split())


def draw_name(draw: Random, *, woman: bool, born: int, year: int, family: str = "") -> Name:
    """A name for somebody born in `born`; `family` gives the surname of a relative, `year` is the present one."""
    if woman and not family and draw.random() < 0.002:
        full = draw.choice(FROM_AFAR)
        return Name(full, "", "女士")
    last = family or surname(draw)
    return Name(last + given(draw, woman=woman, born=born), last, _address(draw, woman, year - born))


def _address(draw: Random, woman: bool, age: int) -> str:
    if not woman:
        return "先生"
    if draw.random() < 0.35:
        return ""
    if age < 30:
        return "小姐"
    return draw.choice(("女士", "姐")) if age < 55 else draw.choice(("阿姨", "女士"))


@lru_cache(maxsize=4_000)
def letters(name: str) -> tuple[str, ...]:
    """The syllables of a name in plain letters."""
    syllables = (part.lower() for part in lazy_pinyin(name))
    return tuple("".join(char for char in part if char.isascii() and char.isalpha()) for part in syllables)


def wechat_id(draw: Random, name: Name) -> str:
    """An id such as people choose: `lihua_w`, `zhangmin86`, `wxid_…`."""
    syllables = [part for part in letters(name.full) if part]
    style = draw.random()
    if style < 0.12 or not syllables:
        return "wxid_" + "".join(draw.choice("abcdefghijkmnpqrstuvwxyz0123456789") for _ in range(14))
    if style < 0.5:
        return "".join(syllables[1:]) + "_" + syllables[0][0] + str(draw.randrange(10, 1000))
    return ("".join(syllables) + str(draw.randrange(10, 10_000)))[:20]
