"""What the salon sells."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.triggers import audited

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ZERO = Decimal("0.00")


def money(label: "StrOrPromise", **options: Any) -> "models.DecimalField[Any, Any]":
    """A column of yuan with two places."""
    return models.DecimalField(label, max_digits=12, decimal_places=2, **options)


class ServiceCategory(models.Model):
    """A shelf of the catalogue, such as 面部护理."""

    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("service category")
        verbose_name_plural = _("service categories")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class CatalogueItem(models.Model):
    """What services and products have in common."""

    category = models.ForeignKey(ServiceCategory, models.PROTECT, verbose_name=_("category"), null=True, blank=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=60)
    code = models.CharField(_("code"), max_length=20, blank=True)
    price = money(_("price"))
    ingredients = models.CharField(
        _("ingredients to warn about"),
        max_length=300,
        blank=True,
        help_text=_("Separate with commas. They are compared with the client's allergies at checkout."),
    )
    is_active = models.BooleanField(_("on sale"), default=True)
    # Name, code, pinyin and initials in one lower-case text: the checkout's box looks in it. See catalogue.py.
    search_text = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["name", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="%(class)s_price_not_negative", condition=Q(price__gte=0)),
            models.UniqueConstraint(name="%(class)s_code_once", fields=["code"], condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.name


class Substance(models.Model):
    """One substance in all its names, so that an allergy to one of them is seen in an item that lists another."""

    names = models.CharField(
        _("names of one substance"),
        max_length=300,
        unique=True,
        help_text=_("All names of the same thing, separated with commas, such as: 酒精、乙醇、alcohol."),
    )

    class Meta:
        verbose_name = _("substance by several names")
        verbose_name_plural = _("substances by several names")
        ordering = ("names",)
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return self.names


class Service(CatalogueItem):
    """A treatment."""

    minutes = models.PositiveSmallIntegerField(_("minutes"), default=60)
    after_care = models.TextField(_("after-care text"), blank=True, max_length=1000)

    class Meta(CatalogueItem.Meta):
        verbose_name = _("service")
        verbose_name_plural = _("services")
        triggers = (audited(client="none"),)


class Product(CatalogueItem):
    """Something to take home."""

    class Meta(CatalogueItem.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        triggers = (audited(client="none"),)
