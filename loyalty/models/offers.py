"""What is bought together, counted every night from the receipts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from visits.models import Service


class BoughtTogether(models.Model):
    """Of the `buyers` clients who had `service` in the last year, `both` also had `also`."""

    service = models.ForeignKey(Service, models.CASCADE, verbose_name=_("service"), related_name="+")
    also = models.ForeignKey(Service, models.CASCADE, verbose_name=_("bought as well"), related_name="+")
    buyers = models.PositiveIntegerField(_("buyers"))
    both = models.PositiveIntegerField(_("of them with both"))

    class Meta:
        verbose_name = _("services bought together")
        verbose_name_plural = _("services bought together")
        constraints = (
            models.UniqueConstraint(name="bought_together_once", fields=["service", "also"]),
            models.CheckConstraint(name="bought_together_two", condition=~Q(service=F("also"))),
            models.CheckConstraint(name="bought_together_within", condition=Q(both__lte=F("buyers"), both__gte=1)),
        )

    def __str__(self) -> str:
        return f"{self.service_id} + {self.also_id}"
