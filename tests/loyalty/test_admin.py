"""The admin panel: the books are only looked at, the tiers and the catalogue are changed."""

from decimal import Decimal

import pytest
from django.urls import reverse

from loyalty.models import TierChange
from staff.roles import Role
from tests.loyalty.books import came, client, tier
from tests.loyalty.test_refund_pages import signed_in, today

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["loyaltyaccount", "pointsentry", "tierchange", "tier", "loyaltyrules"])
def test_the_admin_reads_the_books_and_changes_only_the_rules(model: str) -> None:
    who = client()
    came(who, "3000", today())
    browser = signed_in(Role.ADMIN)
    listed = reverse(f"admin:loyalty_{model}_changelist")

    assert browser.get(listed, follow=True).status_code == 200
    assert browser.get(f"{listed}?q=1", follow=True).status_code == 200
    may_add = model == "tier"
    assert browser.get(reverse(f"admin:loyalty_{model}_add")).status_code == (200 if may_add else 403)
    for role in (Role.FRONT_DESK, Role.MANAGER, Role.BEAUTICIAN):
        assert signed_in(role).get(listed).status_code in (302, 403)


def test_the_books_name_the_client_and_the_receipt() -> None:
    who = client()
    visit = came(who, "3000", today())
    browser = signed_in(Role.ADMIN, language="zh-hans")

    points = browser.get(reverse("admin:loyalty_pointsentry_changelist")).content.decode()
    changes = browser.get(reverse("admin:loyalty_tierchange_changelist")).content.decode()

    assert f"消费单 {visit.number}" in points
    assert f"{who.name} {who.number}</a>" in points
    assert "earn:visit" not in points
    assert f"{who.name} {who.number}</a>" in changes
    assert all(word in changes for word in ("原等级", "新等级", "经手人", "说明"))
    assert browser.get(reverse("admin:loyalty_loyaltyrules_changelist"), follow=True).redirect_chain
    assert "名称" in browser.get(reverse("admin:visits_service_add")).content.decode()


def test_the_admin_opens_one_of_each_and_cannot_delete() -> None:
    who = client()
    visit = came(who, "3000", today())
    browser = signed_in(Role.ADMIN)

    for model, pk in (
        ("loyalty_loyaltyaccount", who.pk),
        ("loyalty_pointsentry", visit.points_entries.get().pk),
        ("loyalty_tierchange", TierChange.objects.get().pk),
        ("loyalty_tier", tier("gold").pk),
        ("visits_visit", visit.pk),
    ):
        assert browser.get(reverse(f"admin:{model}_change", args=[pk])).status_code == 200
        assert browser.get(reverse(f"admin:{model}_delete", args=[pk])).status_code == 403
    assert browser.post(reverse("admin:visits_visit_change", args=[visit.pk]), {"total": "1"}).status_code == 403
    assert (
        reverse("loyalty:void", args=[visit.pk])
        in browser.get(reverse("admin:visits_visit_changelist")).content.decode()
    )


@pytest.mark.parametrize(("spend", "wrong"), [("9000", False), ("3000", True), ("30000", True)])
def test_a_tier_lies_between_its_neighbours(spend: str, wrong: bool) -> None:
    gold = tier("gold")
    sent = {
        "code": "gold", "name": "金卡", "name_en": "Gold", "position": gold.position, "min_spend": spend,
        "min_visits": "24", "discount_percent": "10", "multiplier": "1.2", "birthday_multiplier": "2",
    }  # fmt: skip

    browser, page = signed_in(Role.ADMIN), reverse("admin:loyalty_tier_change", args=[gold.pk])

    form = browser.post(page, sent).context["adminform"].form
    answer = browser.post(page, sent | {"seen": form["seen"].value() or ""})  # who would move was shown

    assert list(form.errors) == (["min_spend"] if wrong else ["__all__"])
    assert answer.status_code == (200 if wrong else 302)
    assert (tier("gold").min_spend == Decimal(spend)) is not wrong


def test_a_service_is_found_by_pinyin_after_it_was_saved_in_the_admin() -> None:
    sent = {"name": "深层补水护理", "code": "BS", "price": "468", "minutes": "60", "is_active": "on", "after_care": ""}

    answer = signed_in(Role.ADMIN).post(reverse("admin:visits_service_add"), sent)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    listed = signed_in(Role.ADMIN).get(reverse("admin:visits_service_changelist") + "?q=scbshl")
    assert [one.name for one in listed.context["cl"].result_list] == ["深层补水护理"]
