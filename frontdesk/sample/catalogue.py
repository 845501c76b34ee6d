"""What 花间美容 sells: prices of a mid-priced salon in a Chinese city, minutes, what is in it, and the after-care."""

from dataclasses import dataclass
from decimal import Decimal

from visits.catalogue import fill_search_text
from visits.models import Product, Service, ServiceCategory

AFTER_FACE = "24 小时内不化浓妆、不去角质；三天内避免高温桑拿，早晚加强保湿，出门做好防晒。"
AFTER_ACID = "三天内不碰含酸、含酒精的产品，不去角质；一周内严格防晒，若持续泛红请联系我们。"
AFTER_BODY = "护理后多喝温水，两小时内不冲凉；当天避免剧烈运动和受凉。"
AFTER_COLOUR = "染发后三天内避免高温洗护，48 小时内不洗头；请用护色洗发水，减少日晒。"
AFTER_PERM = "烫发后 48 小时内不洗头、不扎发；每周做一次发膜。"
AFTER_NAILS = "24 小时内少用热水，避免用指甲撬硬物；每天涂一次指缘油。"
AFTER_LASH = "四小时内不沾水，睡觉不趴睡；三天内避免蒸汽，卸妆不用油性产品。"


@dataclass(frozen=True, slots=True)
class Offer:
    """A service (with minutes) or a product (none), and how often it is chosen among its kind."""

    category: str
    name: str
    code: str
    price: int
    minutes: int = 0
    weight: int = 1
    ingredients: str = ""
    after_care: str = ""


SERVICES = (
    Offer("面部护理", "深层补水护理", "F01", 468, 60, 14, "透明质酸,玫瑰精油", AFTER_FACE),
    Offer("面部护理", "基础清洁护理", "F02", 198, 45, 14, "水杨酸,氨基酸", AFTER_FACE),
    Offer("面部护理", "敏感肌修护", "F03", 680, 75, 8, "神经酰胺,积雪草", AFTER_FACE),
    Offer("面部护理", "果酸焕肤", "F04", 580, 60, 5, "果酸,酒精", AFTER_ACID),
    Offer("面部护理", "祛痘调理", "F05", 398, 60, 6, "水杨酸,茶树精油", AFTER_ACID),
    Offer("面部护理", "美白淡斑护理", "F06", 698, 75, 6, "维生素C,烟酰胺,熊果苷", AFTER_ACID),
    Offer("抗衰紧致", "抗衰老疗程", "A01", 1280, 90, 5, "胜肽,视黄醇", AFTER_FACE),
    Offer("抗衰紧致", "射频紧肤", "A02", 1580, 60, 3, "导入凝胶", AFTER_FACE),
    Offer("抗衰紧致", "颈部护理", "A03", 398, 40, 6, "胜肽,玫瑰精油", AFTER_FACE),
    Offer("抗衰紧致", "眼部护理", "A04", 268, 30, 7, "咖啡因,胜肽", AFTER_FACE),
    Offer("身体护理", "肩颈舒缓", "B01", 268, 45, 10, "薰衣草精油,甜杏仁油", AFTER_BODY),
    Offer("身体护理", "芳香精油 SPA", "B02", 598, 90, 5, "玫瑰精油,薰衣草精油,甜杏仁油", AFTER_BODY),
    Offer("身体护理", "热石理疗", "B03", 498, 75, 2, "生姜精油", AFTER_BODY),
    Offer("身体护理", "背部清洁", "B04", 328, 50, 2, "水杨酸", AFTER_BODY),
    Offer("美发", "洗剪吹", "H01", 128, 45, 12, "", ""),
    Offer("美发", "午休快剪", "H02", 68, 45, 6, "", ""),
    Offer("美发", "染发", "H03", 498, 120, 6, "染发剂PPD,氨水", AFTER_COLOUR),
    Offer("美发", "烫发", "H04", 698, 150, 4, "巯基乙酸", AFTER_PERM),
    Offer("美发", "头皮护理", "H05", 238, 45, 5, "薄荷,水杨酸", AFTER_BODY),
    Offer("美甲美睫", "单色美甲", "N01", 168, 60, 9, "甲油胶(HEMA)", AFTER_NAILS),
    Offer("美甲美睫", "手部护理", "N02", 128, 40, 4, "甜杏仁油", AFTER_NAILS),
    Offer("美甲美睫", "嫁接睫毛", "N03", 298, 90, 4, "睫毛胶(氰基丙烯酸酯)", AFTER_LASH),
    Offer("咨询", "皮肤检测咨询", "Z01", 0, 20, 0, "", ""),
)
PRODUCTS = (
    Offer("家居产品", "玫瑰精油 10ml", "P01", 198, 0, 5, "玫瑰精油"),
    Offer("家居产品", "补水面膜 5 片", "P02", 128, 0, 9, "透明质酸"),
    Offer("家居产品", "神经酰胺修护霜 50g", "P03", 358, 0, 5, "神经酰胺"),
    Offer("家居产品", "氨基酸洁面 120ml", "P04", 118, 0, 6, "氨基酸"),
    Offer("家居产品", "防晒乳 SPF50", "P05", 168, 0, 6, "二苯酮-3,酒精"),
    Offer("家居产品", "维C 精华 30ml", "P06", 428, 0, 3, "维生素C,酒精"),
    Offer("家居产品", "护色洗发水 300ml", "P07", 138, 0, 4, "氨基酸"),
    Offer("家居产品", "护发精油 60ml", "P08", 158, 0, 3, "摩洛哥坚果油"),
    Offer("家居产品", "颈膜 3 片", "P09", 188, 0, 3, "胜肽"),
    Offer("家居产品", "指缘油", "P10", 48, 0, 3, "甜杏仁油"),
)
CONSULTATION = SERVICES[-1]


@dataclass(frozen=True, slots=True)
class Sold:
    """An offer as it stands in the database. `earlier_price` held until a year ago."""

    pk: int
    is_service: bool
    offer: Offer
    price: Decimal
    earlier_price: Decimal

    @property
    def name(self) -> str:
        return self.offer.name


@dataclass(frozen=True, slots=True)
class Shelves:
    """The whole catalogue, and the weights by which it is chosen from."""

    services: tuple[Sold, ...]
    products: tuple[Sold, ...]
    consultation: Sold

    def named(self, name: str) -> Sold:
        return next(item for item in (*self.services, *self.products) if item.name == name)


def make_catalogue() -> Shelves:
    """Put categories, services and products in the database, unless they are there, and return them."""
    names = dict.fromkeys(offer.category for offer in (*SERVICES, *PRODUCTS))
    categories = {
        name: ServiceCategory.objects.get_or_create(name=name, defaults={"position": position})[0]
        for position, name in enumerate(names, start=1)
    }
    services = [_made(Service, offer, categories) for offer in SERVICES]
    products = [_made(Product, offer, categories) for offer in PRODUCTS]
    return Shelves(tuple(services[:-1]), tuple(products), services[-1])


def _made(model: type[Service] | type[Product], offer: Offer, categories: dict[str, ServiceCategory]) -> Sold:
    item = model.objects.filter(code=offer.code).first()
    if item is None:
        item = model(
            category=categories[offer.category],
            name=offer.name,
            code=offer.code,
            price=Decimal(offer.price),
            ingredients=offer.ingredients,
        )
        if isinstance(item, Service):
            item.minutes, item.after_care = offer.minutes, offer.after_care
        fill_search_text(item)
        item.save()
    earlier = Decimal(offer.price * 93 // 1000 * 10 + 8 if offer.price > 100 else offer.price)
    return Sold(item.pk, isinstance(item, Service), offer, item.price, min(earlier, item.price))
