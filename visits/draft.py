"""What stands in an unfinished checkout, exactly as it was typed. `bill.py` says what it means and what is wrong."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from django.http import QueryDict

from visits.amounts import plain
from visits.catalogue import PRODUCT, SERVICE, Key
from visits.models import Payment

LINES_AT_MOST = 60
TYPED_AT_MOST = 100  # characters of a short field that are kept
NOTE_AT_MOST = 2000  # characters of a note that are accepted; what is longer is kept to be shortened by its writer
NOTE_KEPT = 20000
PERCENT, AMOUNT, ZHE = "percent", "amount", "zhe"  # how a discount was typed: % off, yuan off, or 折: tenths left

_ID = re.compile(r"[0-9]{1,18}")
_UID = re.compile(r"[0-9]{1,6}")


def readable(text: str, most: int = TYPED_AT_MOST) -> str:
    """`text` without what the database cannot hold (NUL, half surrogates), cut to `most` characters."""
    whole = text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
    return whole[:most].replace("\r\n", "\n")


def read_key(text: str) -> Key | None:
    """`service:12` as ("service", 12); None when it is no such thing."""
    kind, _, number = text.partition(":")
    return (kind, int(number)) if kind in (SERVICE, PRODUCT) and _ID.fullmatch(number) else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line as typed. `uid` tells it from the other lines of this checkout, whatever is added or removed."""

    uid: str
    kind: str
    item: int
    beautician: str = ""
    quantity: str = "1"
    off_as: str = PERCENT
    off: str = ""
    reason: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.item

    @property
    def beautician_id(self) -> int | None:
        return int(self.beautician) if _ID.fullmatch(self.beautician) else None


@dataclass(frozen=True, slots=True)
class Paying:
    """One method of payment; an empty amount means "the rest"."""

    method: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A whole checkout as typed. `acknowledged` holds "service:5:17" for item service 5 and allergy 17.

    `vouchers` and `entitlements` are the ids of those that were tapped; what they are worth the floors above know.
    """

    lines: tuple[Line, ...] = ()
    payments: tuple[Paying, ...] = ()
    when: str = ""
    care_note: str = ""
    next_care: str = ""
    acknowledged: frozenset[str] = field(default_factory=frozenset)
    vouchers: tuple[int, ...] = ()
    entitlements: tuple[int, ...] = ()
    voucher_code: str = ""  # typed, and not yet found to be a voucher
    points: str = ""

    @classmethod
    def from_post(cls, post: QueryDict) -> Self:
        """Read a posted checkout form. Fields that are no part of it are passed over; nothing raises."""
        uids = [uid for uid in dict.fromkeys(post.getlist("line")) if _UID.fullmatch(uid)]
        lines = (_line_from(post, uid) for uid in uids[:LINES_AT_MOST])
        methods = [method for method in dict.fromkeys(post.getlist("method")) if method in Payment.Method.values]
        return cls(
            lines=tuple(line for line in lines if line),
            payments=tuple(Paying(method, readable(post.get(f"paid-{method}", "")).strip()) for method in methods),
            when=readable(post.get("when", "")).strip(),
            care_note=readable(post.get("care_note", ""), NOTE_KEPT),
            next_care=readable(post.get("next_care", ""), NOTE_KEPT),
            acknowledged=frozenset(readable(mark) for mark in post.getlist("acknowledged")[:LINES_AT_MOST]),
            vouchers=read_ids(post.getlist("voucher")),
            entitlements=read_ids(post.getlist("entitlement")),
            voucher_code=readable(post.get("voucher_code", "")).strip(),
            points=readable(post.get("points", "")).strip(),
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` wrote."""
        return cls(
            lines=tuple(Line(**line) for line in kept.get("lines", ())),
            payments=tuple(Paying(**paying) for paying in kept.get("payments", ())),
            when=kept.get("when", ""),
            care_note=kept.get("care_note", ""),
            next_care=kept.get("next_care", ""),
            acknowledged=frozenset(kept.get("acknowledged", ())),
            vouchers=tuple(kept.get("vouchers", ())),
            entitlements=tuple(kept.get("entitlements", ())),
            voucher_code=kept.get("voucher_code", ""),
            points=kept.get("points", ""),
        )

    def as_json(self) -> dict[str, Any]:
        """For `Draft.content`."""
        return asdict(self) | {"acknowledged": sorted(self.acknowledged)}

    @property
    def is_empty(self) -> bool:
        return not (self.lines or self.care_note or self.next_care)

    def adding(self, key: Key, *, beautician: str = "") -> Self:
        """With one more line; the beautician of the last line goes on, else `beautician`."""
        if len(self.lines) >= LINES_AT_MOST:
            return self
        uid = str(max((int(line.uid) for line in self.lines), default=0) + 1)
        by = next((line.beautician for line in reversed(self.lines) if line.beautician), beautician)
        return replace(self, lines=(*self.lines, Line(uid, *key, beautician=by)))

    def without(self, uid: str) -> Self:
        """With that line gone."""
        return replace(self, lines=tuple(line for line in self.lines if line.uid != uid))

    def toggling(self, method: str) -> Self:
        """With that method of payment added, to pay the rest, or taken away when it was there."""
        if method not in Payment.Method.values:
            return self
        others = tuple(paying for paying in self.payments if paying.method != method)
        added = () if len(others) < len(self.payments) else (Paying(method),)
        return replace(self, payments=(*others, *added))

    def using(self, vouchers: Iterable[int]) -> Self:
        """With these vouchers used, and no others."""
        return replace(self, vouchers=tuple(dict.fromkeys(vouchers))[:LINES_AT_MOST])

    def without_code(self) -> Self:
        """With the box for a voucher's code empty again."""
        return replace(self, voucher_code="")

    def paying(self, points: str) -> Self:
        """With so many points taken as money."""
        return replace(self, points=readable(points))

    def entitled(self, redemption: int) -> Self:
        """With that entitlement used, or no longer when it was."""
        others = tuple(one for one in self.entitlements if one != redemption)
        added = () if len(others) < len(self.entitlements) else (redemption,)
        return replace(self, entitlements=(*others, *added))

    def without_benefits(self) -> Self:
        """Without what belongs to one client: vouchers, entitlements and points."""
        return replace(self, vouchers=(), entitlements=(), voucher_code="", points="")

    def fingerprint(self, client: int | None) -> str:
        """64 hex digits that are the same for the same content: 32 of what touches money, then 32 of everything."""
        money: dict[str, Any] = {
            "client": client,
            "lines": [
                [line.kind, line.item, _number(line.quantity), line.off_as if line.off else "", _number(line.off)]
                for line in self.lines
            ],
            "payments": sorted([paying.method, _number(paying.amount)] for paying in self.payments),
        }
        # Named only when there are any: what was recorded before there were benefits keeps its fingerprint.
        used = {
            "vouchers": sorted(self.vouchers),
            "entitlements": sorted(self.entitlements),
            "points": _number(self.points),
        }
        money |= {name: value for name, value in used.items() if value}
        rest = self.as_json() | {"lines": [[line.beautician, line.reason] for line in self.lines]}
        for name in ("payments", "acknowledged", "vouchers", "entitlements", "voucher_code", "points"):
            rest.pop(name)
        return _digest(money) + _digest([money, rest])


def read_ids(texts: Iterable[str]) -> tuple[int, ...]:
    """The ids among `texts`, each once and not more than a draft holds."""
    found = dict.fromkeys(int(text) for text in texts if _ID.fullmatch(text))
    return tuple(found)[:LINES_AT_MOST]


def same_money(fingerprint: str, other: str) -> bool:
    """Whether two fingerprints agree on client, items, discounts, vouchers, points and payments."""
    return fingerprint[:32] == other[:32]


def _line_from(post: QueryDict, uid: str) -> Line | None:
    typed: Callable[[str], str] = lambda name: readable(post.get(f"{name}-{uid}", "")).strip()  # noqa: E731
    key = read_key(typed("item"))
    if key is None:
        return None
    off_as = typed("off_as") if typed("off_as") in (AMOUNT, ZHE) else PERCENT
    return Line(uid, *key, typed("beautician"), typed("quantity"), off_as, typed("off"), typed("reason"))


def _number(typed: str) -> str:
    """`１，０００.０` and `1000` are the same number; what is no number stays as it is."""
    written = plain(typed)
    return str(Decimal(written).normalize()) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", written) else written


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=True, sort_keys=True).encode()).hexdigest()[:32]
