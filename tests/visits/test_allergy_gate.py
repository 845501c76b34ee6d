"""The allergy gate: what is in an item against what the client does not bear, both ways and by other names."""

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from clients.models import Allergy
from tests.visits import shop
from visits.allergy_gate import Conflict, conflicts, unnamed
from visits.catalogue import Item
from visits.models import Substance
from visits.substances import Synonyms


def asked(ingredients: str, substance: str, synonyms: Synonyms | None = None) -> list[Conflict]:
    """What the gate asks about one item and one entry of a client's file."""
    item = Item("service", 5, "焕肤", Decimal(100), 60, ingredients, True)
    return conflicts(item, [Allergy(pk=9, substance=substance)], synonyms or Synonyms())


@pytest.mark.parametrize(
    ("ingredients", "substance", "conflict"),
    [
        ("果酸、酒精", "果酸", True),
        ("果酸", "果酸、酒精", True),
        ("低浓度果酸,水", "果酸", True),
        ("果酸", "果酸类产品", True),
        ("ALCOHOL denat.", "alcohol", True),
        ("ＡＨＡ", "aha", True),
        ("染发剂PPD", "ppd", True),
        ("Bahamian rose", "AHA", False),
        ("玻尿酸", "果酸", False),
        ("", "果酸", False),
        ("、,", "果酸", False),
    ],
)
def test_it_works(ingredients: str, substance: str, conflict: bool) -> None:
    found = asked(ingredients, substance)

    assert bool(found) is conflict
    assert [one.mark for one in found] == ["service:5:9"] * conflict


@pytest.mark.parametrize(
    ("ingredients", "substance", "named", "contains"),
    [
        ("染发剂PPD,氨水", "花粉、染发剂，PPD", "染发剂、PPD", "染发剂PPD"),
        ("果酸，酒精", "果酸；尘螨", "果酸", "果酸"),
        ("Ａｌｃｏｈｏｌ Denat.／水", "alcohol", "alcohol", "Ａｌｃｏｈｏｌ Denat."),
    ],
)
def test_what_met_is_told_as_it_was_written(ingredients: str, substance: str, named: str, contains: str) -> None:
    (found,) = asked(ingredients, substance)

    assert (found.substance, found.ingredient) == (named, contains)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ingredients", "substance", "met"),
    [
        ("果酸,酒精", "乙醇、AHA", ("乙醇、AHA", "酒精、果酸")),
        ("果酸", "甘醇酸", ("甘醇酸", "果酸")),
        ("水杨酸,氨基酸", "BHA", ("BHA", "水杨酸")),
        ("维生素C,烟酰胺", "维生素b3", ("维生素b3", "烟酰胺")),
        ("胜肽,视黄醇", "Ａ醇", ("Ａ醇", "视黄醇")),
        ("甲油胶(HEMA)", "甲基丙烯酸羟乙酯", ("甲基丙烯酸羟乙酯", "甲油胶(HEMA)")),
        ("防腐剂(methylparaben)", "尼泊金酯", ("尼泊金酯", "防腐剂(methylparaben)")),
        ("染发剂PPD", "对苯二胺", ("对苯二胺", "染发剂PPD")),
        ("乙醇酸", "酒精", None),  # glycolic acid is no ethanol
        ("苯氧乙醇", "酒精", None),
        ("氨基酸", "氨水", None),
        ("透明质酸", "果酸", None),
    ],
)
def test_the_same_by_another_name_is_asked_about(ingredients: str, substance: str, met: tuple[str, str] | None) -> None:
    found = asked(ingredients, substance, Synonyms.kept())

    assert [(one.substance, one.ingredient) for one in found] == ([met] if met else [])


@pytest.mark.django_db
def test_the_salon_adds_names_of_its_own() -> None:
    Substance.objects.create(names="小苍兰, freesia")

    assert asked("Freesia extract", "小苍兰", Synonyms.kept())


@pytest.mark.django_db
def test_what_nothing_on_sale_is_said_to_contain_is_told(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    shop.service(ingredients="果酸,酒精")
    shop.product(ingredients="茶树精油")
    shop.service("旧项目", ingredients="尘螨", is_active=False)
    allergies = [Allergy(substance="乙醇、尘螨"), Allergy(substance="茶树油"), Allergy(substance="羟已酸")]

    with django_assert_num_queries(2):
        assert unnamed(allergies) == ["尘螨", "羟已酸"]


def test_who_bears_everything_costs_no_question() -> None:
    assert unnamed([]) == []
