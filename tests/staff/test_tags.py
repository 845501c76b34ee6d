"""Tags and filters of every page."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from staff.roles import Role
from staff.templatetags import salon
from tests.staff import cast


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("1234.5"), "¥1,234.50"),
        (Decimal("-46.8"), "−¥46.80"),
        (0, "¥0.00"),
        (None, ""),
        (Decimal("1e7"), "¥10,000,000.00"),
    ],
)
def test_money(amount: Decimal | int | None, shown: str) -> None:
    assert salon.money(amount) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613800138000", "138 •••• 8000"),
        ("+85291234567", "+852 •••• 4567"),
        ("+886912345678", "+886 •••• 5678"),
        ("+14155552671", "+1 •••• 2671"),
        ("+447911123456", "+44 •••• 3456"),
        ("12345", "•••• 2345"),
        ("", ""),
        (None, ""),
    ],
)
def test_mask_phone(phone: str | None, shown: str) -> None:
    assert salon.mask_phone(phone) == shown


@pytest.mark.django_db
def test_can_follows_the_matrix() -> None:
    assert salon.can(cast.staff(Role.FRONT_DESK), "REVEAL_PHONE")
    assert not salon.can(cast.staff(Role.BEAUTICIAN), "REVEAL_PHONE")
    assert not salon.can(cast.staff(Role.MANAGER, username="gone", is_active=False), "REVEAL_PHONE")
    assert not salon.can(AnonymousUser(), "REVEAL_PHONE")
    with pytest.raises(KeyError):
        salon.can(cast.staff(Role.ADMIN), "REVEAL_PHONES")


def test_an_icon_is_escaped() -> None:
    drawn = salon.icon("gem", label='<b>"')
    assert "<b>" not in drawn
    assert "icons.svg#gem" in drawn


def test_page_query_keeps_the_filters() -> None:
    request = RequestFactory().get("/", {"q": "王&<", "after": "7"})
    written = "{% load salon %}{% page_query after=9 %} {% page_query after=None %}"
    drawn = Template(written).render(Context({"request": request}))
    assert drawn == "?q=%E7%8E%8B%26%3C&amp;after=9 ?q=%E7%8E%8B%26%3C"
