"""What is measured: each work of the front desk, the bare page it is held to, and the plain SQL underneath."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction
from django.utils import timezone
from pypinyin import Style, lazy_pinyin

from benchmarks.server import Answer, Browser
from clients.models import Client
from clients.phones import last_four
from clients.search import phone_keys
from loyalty.months import months_before
from staff.models import User
from visits.catalogue import SERVICE
from visits.draft import Content
from visits.models import Draft, Service

SAMPLE = 400  # clients that inputs are drawn from
SERVICE_CODE = "H01"  # 洗剪吹: in everybody's reach, and with nothing in it that anybody is allergic to


@dataclass(frozen=True, slots=True)
class Person:
    """A client to ask for."""

    pk: int
    name: str
    initials: str
    last_four: str


@dataclass(frozen=True, slots=True)
class Peer:
    """The best of the other systems at one work (STACK §8): p50 and CPU in ms at 20,000 clients; p50 at 100,000."""

    p50: float
    cpu: float
    p50_large: float | None = None  # where it was measured


BEST_LIST, BEST_DORMANT = Peer(32, 18), Peer(658, 369, 6160)
BEST_SEARCH, BEST_FILE, BEST_SALE = Peer(50, 31, 334), Peer(60, 56, 102), Peer(81, 82, 169)


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that the front desk does, and who does it best elsewhere."""

    name: str
    ours: Callable[[Browser, Person], Answer]
    bare: Callable[[Browser, Person], Answer]
    sql: Callable[[Person], None]
    peer: Peer
    expected: int = 200


class Works:
    """The works, on the database that is connected."""

    def __init__(self, seed: int = 1) -> None:
        self.draw = Random(seed)
        self.desk = User.objects.get(username="qiantai")
        self.service = Service.objects.get(code=SERVICE_CODE)
        self.people = [
            Person(client.pk, client.name, _initials(client), last_four(client.phone))
            for client in Client.objects.on_file().filter(account__visits_12m__gt=1).order_by("?")[:SAMPLE]
        ]

    def anybody(self) -> Person:
        return self.draw.choice(self.people)

    def all(self) -> list[Work]:
        """In the order of the table."""
        return [
            Work(
                "client list", lambda b, _: b.get("/clients/"), lambda b, _: b.get("/bare/list/"), self._list, BEST_LIST
            ),
            Work(
                "dormant list",
                lambda b, _: b.get("/clients/?last_visit=6m"),
                lambda b, _: b.get("/bare/dormant/"),
                self._dormant,
                BEST_DORMANT,
            ),
            self._search("search, 4 digits", lambda person: person.last_four),
            self._search("search, initials", lambda person: person.initials),
            Work(
                "client file",
                lambda b, person: b.get(f"/clients/{person.pk}/"),
                lambda b, person: b.get(f"/bare/client/{person.pk}/"),
                self._client,
                BEST_FILE,
            ),
            Work(
                "checkout, open",
                lambda b, person: b.get(f"/checkout/{self._draft(person)}/"),
                lambda b, person: b.get(f"/bare/checkout/{self._draft(person)}/"),
                self._open,
                BEST_SALE,
            ),
            Work("checkout, complete", self._complete, self._bare_sale, self._sale, BEST_SALE, expected=302),
        ]

    def _search(self, name: str, text: Callable[[Person], str]) -> Work:
        return Work(
            name,
            lambda b, person: b.get(f"/search/?q={quote(text(person))}", part=True),
            lambda b, person: b.get(f"/bare/search/?q={quote(text(person))}"),
            lambda person: self._found(text(person)),
            BEST_SEARCH,
        )

    def _draft(self, person: Person) -> uuid.UUID:
        content = Content().adding((SERVICE, self.service.pk)).toggling("wechat")
        return Draft.objects.create(client_id=person.pk, by=self.desk, content=content.as_json()).pk

    def _complete(self, browser: Browser, person: Person) -> Answer:
        form = {
            "for_client": str(person.pk),
            "line": "1",
            "item-1": f"service:{self.service.pk}",
            "quantity-1": "1",
            "method": "wechat",
            "do": "complete",
        }
        return browser.post(f"/checkout/{self._draft(person)}/", form)

    def _bare_sale(self, browser: Browser, person: Person) -> Answer:
        return browser.post(f"/bare/sale/{self._draft(person)}/", {})

    # --- The plain SQL ------------------------------------------------------------------------------------------

    def _list(self, _: Person) -> None:
        _rows(f"{ROWS} WHERE {ON_FILE} AND a.last_visit_on IS NOT NULL {LATEST} LIMIT 51")

    def _dormant(self, _: Person) -> None:
        boundary = months_before(timezone.localdate(), 6)
        _rows(f"{ROWS} WHERE {ON_FILE} AND a.last_visit_on <= %s {LATEST} LIMIT 51", boundary)

    def _found(self, text: str) -> None:
        key = phone_keys(f"+86{text:0>11}")[1] if text.isdigit() else text
        _rows(f"{ROWS} WHERE {ON_FILE} AND c.search_keys @> ARRAY[%s]::varchar[] {LATEST} LIMIT 11", key)

    def _client(self, person: Person) -> None:
        _rows(f"{ROWS} WHERE c.id = %s", person.pk)
        _rows("SELECT substance FROM clients_allergy WHERE client_id = %s AND withdrawn_on IS NULL", person.pk)
        _rows(VISITS, person.pk)

    def _open(self, person: Person) -> None:
        _rows(f"{ROWS} WHERE c.id = %s", person.pk)
        _rows("SELECT substance FROM clients_allergy WHERE client_id = %s AND withdrawn_on IS NULL", person.pk)
        _rows("SELECT id, name, price, minutes FROM visits_service WHERE id = %s", self.service.pk)

    def _sale(self, person: Person) -> None:
        values: dict[str, Any] = {
            "client": person.pk,
            "service": self.service.pk,
            "key": uuid.uuid4(),
            "day": timezone.localdate(),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SALE, values | {"now": timezone.now()})


ON_FILE = "c.status IN ('prospect', 'active')"
LATEST = "ORDER BY a.last_visit_on DESC, a.client_id DESC"
ROWS = """
SELECT c.id, c.name, c.honorific, c.phone, t.name, a.last_visit_on, a.balance, a.spend_12m
  FROM loyalty_loyaltyaccount AS a
  JOIN clients_client AS c ON c.id = a.client_id
  JOIN loyalty_tier AS t ON t.id = a.tier_id
"""
VISITS = """
SELECT v.id, v.day, v.total, v.care_note, l.name, l.amount
  FROM (SELECT * FROM visits_visit WHERE client_id = %s ORDER BY day DESC, id DESC LIMIT 20) AS v
  JOIN visits_visitline AS l ON l.visit_id = v.id
"""
SALE = """
WITH item AS (SELECT id, name, price FROM visits_service WHERE id = %(service)s),
sold AS (
    INSERT INTO visits_visit (checkout_key, content_hash, client_id, at, day, status, gross, tier_discount,
           manual_discount, total, refunded, tier_name, care_note, next_care, recorded_at, void_reason, imported_from)
    SELECT %(key)s, '', %(client)s, %(now)s, %(day)s, 'completed', price, 0, 0, price, 0, '', '', '', %(now)s, '', ''
      FROM item RETURNING id, total),
line AS (
    INSERT INTO visits_visitline (visit_id, position, service_id, name, quantity, unit_price, tier_discount,
           manual_discount, discount_reason, amount)
    SELECT sold.id, 0, item.id, item.name, 1, item.price, 0, 0, '', item.price FROM sold, item),
paid AS (INSERT INTO visits_payment (visit_id, method, amount) SELECT id, 'wechat', total FROM sold),
account AS (
    UPDATE loyalty_loyaltyaccount SET balance = balance + total::int, last_visit_on = %(day)s,
           visits_12m = visits_12m + 1, spend_12m = spend_12m + total
      FROM sold WHERE client_id = %(client)s RETURNING balance)
INSERT INTO loyalty_pointsentry (account_id, kind, points, balance_after, occasion, visit_id, why, at)
SELECT %(client)s, 'earn', total::int, balance, 'earn:visit:' || sold.id, sold.id, '', %(now)s FROM sold, account
"""


def _rows(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        cursor.fetchall()


def _initials(client: Client) -> str:
    """The first letters of a name's pinyin, as they are typed."""
    letters = "".join(lazy_pinyin(client.name, style=Style.FIRST_LETTER)).lower()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
