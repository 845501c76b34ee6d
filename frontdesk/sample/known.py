"""王丽华, the client whom the pictures of the design show: a Gold client who comes every twenty days."""

from datetime import date, datetime, time

from frontdesk.sample.rhythm import SPAN
from frontdesk.sample.selling import Bought, Sale, Till

LAST_BEFORE = 9  # days before the present one
APART = 20
# What she has in turn, the last visit first; about ¥770 a visit.
TURNS = (
    (("深层补水护理", "颈膜 3 片", "肩颈舒缓"), "两颊泛红减轻，T 区仍干", "三天内避免高温，晚间加强保湿"),
    (("抗衰老疗程",), "法令纹比首次浅，顾客满意", "按疗程每月一次"),
    (("深层补水护理", "眼部护理"), "眼周干纹明显，加敷眼膜 10 分钟", "三周后复做补水；可加颈部护理"),
    (("敏感肌修护",), "换季敏感，改用修护面膜，全程未用蒸汽", "一周内不用含酸产品，早晚敷修护霜"),
)


def known_days(count: int) -> list[int]:
    """The days of her visits: every twenty days back from nine days ago, as far as the sample reaches."""
    apart = min(APART, (SPAN - LAST_BEFORE) // max(1, count))
    return [SPAN - LAST_BEFORE - apart * back for back in reversed(range(count))]


def known_sale(till: Till, day: date, from_last: int) -> Sale:
    """What she has on this visit; `from_last` is 1 for the latest."""
    names, note, advice = TURNS[(from_last - 1) % len(TURNS)]
    items = [till.shelves.named(name) for name in names]
    lin_mei = till.team.beauticians[0]
    lines = tuple(Bought(item, till.price(item, day), 1, lin_mei) for item in items)
    at = datetime.combine(day, time(14, 5), till.zone)
    return Sale(at, day, lines, note, advice, till.team.front_desk[0])
