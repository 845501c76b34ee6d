"""A draft keeps what was typed, wrong or right, through the form and through the database."""

import json
from dataclasses import replace

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from visits.draft import Content, Line, Paying, same_money

texts = st.text(max_size=40)
FIELDS = [
    *("line", "item-1", "quantity-1", "method", "paid-cash", "when", "care_note"),
    *("voucher", "entitlement", "voucher_code", "points"),
]


def post(**fields: str | list[str]) -> Content:
    query = QueryDict(mutable=True)
    for name, value in fields.items():
        query.setlist(
            name.replace("_1", "-1") if name.endswith("_1") else name, value if isinstance(value, list) else [value]
        )
    return Content.from_post(query)


def test_it_works() -> None:
    content = post(
        line="1",
        item_1="service:5",
        quantity_1="两个",
        off_1="-3",
        reason_1="生日",
        method="cash",
        care_note="T 区仍干",
    )

    assert content.lines == (Line("1", "service", 5, quantity="两个", off="-3", reason="生日"),)
    assert content.payments == (Paying("cash", ""),)
    assert Content.from_json(json.loads(json.dumps(content.as_json()))) == content


@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        texts | st.sampled_from(["1", "-1", "9" * 18, "9" * 19, "１２"]),
    )
)
def test_nothing_that_is_sent_makes_it_fail(fields: dict[str, str]) -> None:
    query = QueryDict(mutable=True)
    query.update(fields)
    content = Content.from_post(query)

    assert Content.from_json(json.loads(json.dumps(content.as_json()))) == content
    assert "\0" not in json.dumps(content.as_json(), ensure_ascii=False)


def test_what_cannot_be_an_item_is_passed_over() -> None:
    assert post(line=["1", "x", "2"], item_1="robot:5").lines == ()
    assert post(line="1", item_1="service:" + "9" * 30).lines == ()


def test_a_new_line_takes_the_last_beautician() -> None:
    content = Content().adding(("service", 1), beautician="7").adding(("product", 2))

    assert [(line.uid, line.beautician) for line in content.lines] == [("1", "7"), ("2", "7")]
    assert [line.uid for line in content.without("1").adding(("service", 3)).lines] == ["2", "3"]


def test_a_tap_chooses_a_payment_and_another_takes_it_away() -> None:
    content = Content().toggling("wechat").toggling("cash")

    assert [paying.method for paying in content.payments] == ["wechat", "cash"]
    assert [paying.method for paying in content.toggling("wechat").payments] == ["cash"]
    assert content.toggling("gold bars") == content


def test_the_fingerprint_tells_money_from_the_rest() -> None:
    line = Line("1", "service", 5, quantity="1")
    one = Content(lines=(line,), payments=(Paying("cash", "1,000"),), care_note="a").fingerprint(3)

    assert len(one) == 64
    assert one == Content(lines=(line,), payments=(Paying("cash", "１０００.0"),), care_note="a").fingerprint(3)
    noted = Content(lines=(line,), payments=(Paying("cash", "1000"),), care_note="b").fingerprint(3)
    assert noted != one
    assert same_money(noted, one)
    assert not same_money(one, Content(lines=(line,), payments=(Paying("cash", "999"),), care_note="a").fingerprint(3))
    assert not same_money(one, Content(lines=(line,), payments=(Paying("cash", "1000"),), care_note="a").fingerprint(4))


def test_what_was_tapped_is_kept_and_what_is_no_id_is_passed_over() -> None:
    content = post(voucher=["7", "x", "7", "9" * 30, "3"], entitlement="5", points="1,000", voucher_code=" 4821 7730 ")

    assert (content.vouchers, content.entitlements) == ((7, 3), (5,))
    assert (content.points, content.voucher_code) == ("1,000", "4821 7730")
    assert Content.from_json(json.loads(json.dumps(content.as_json()))) == content
    assert content.without_benefits() == Content()


def test_a_tap_uses_an_entitlement_and_another_does_not() -> None:
    assert Content().entitled(5).entitled(6).entitled(5).entitlements == (6,)


def test_vouchers_entitlements_and_points_are_money() -> None:
    plain = Content(lines=(Line("1", "service", 5),)).fingerprint(3)
    for used in ({"vouchers": (4,)}, {"entitlements": (4,)}, {"points": "100"}):
        with_it = Content(lines=(Line("1", "service", 5),), **used)
        assert not same_money(plain, with_it.fingerprint(3))
        assert with_it.fingerprint(3) == replace(with_it, voucher_code="12").fingerprint(3)
    one = Content(points="1,000", vouchers=(4, 5)).fingerprint(3)
    assert one == Content(points="１０００", vouchers=(5, 4)).fingerprint(3)


def test_what_was_recorded_before_there_were_vouchers_keeps_its_fingerprint() -> None:
    line = Line("1", "service", 5, quantity="2", off="10", reason="老客")

    found = Content(lines=(line,), payments=(Paying("cash", "10"),), care_note="a").fingerprint(3)

    assert found == "e8a41ad769a6221d80fb65a7a08c703a27ac377f8ef221d74a64b1a58b64e5c2"
