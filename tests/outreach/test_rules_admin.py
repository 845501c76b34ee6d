"""The rules of contacts in the admin panel: each figure within what makes sense, and in order with the others."""

import pytest
from django.forms.models import model_to_dict

from outreach.models import OutreachRules
from outreach.rules_admin import BOUNDS, OutreachRulesForm

pytestmark = pytest.mark.django_db


def errors(**changed: object) -> set[str]:
    """The fields that are refused when these figures are entered."""
    rules = OutreachRules.load()
    form = OutreachRulesForm({**model_to_dict(rules), **changed}, instance=rules)
    return set(form.errors)


def test_the_figures_a_salon_begins_with_are_sound() -> None:
    assert errors() == set()


@pytest.mark.parametrize("name", BOUNDS)
def test_a_slip_is_refused_beside_its_field(name: str) -> None:
    most = BOUNDS[name][1]
    assert name in errors(**{name: most + 1})
    assert name in errors(**{name: 2**63})
    assert name in errors(**{name: -1})
    assert name in errors(**{name: "abc"})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"follow_up_shown_days": 8}, "follow_up_shown_days"),
        ({"dormant_second": 6}, "dormant_second"),
        ({"dormant_third": 9}, "dormant_third"),
        ({"send_from": "20:00"}, "send_until"),
    ],
)
def test_what_is_out_of_order_is_refused(changed: dict[str, object], field: str) -> None:
    assert field in errors(**changed)


def test_no_gifts_is_a_choice() -> None:
    assert errors(gift_from_tier="") == set()
