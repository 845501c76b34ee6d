"""The salon's own mean ticket, by the day on which it was counted."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from visits.models import money


class MeanTicket(models.Model):
    """What a visit was worth on the mean of the 12 months up to a day.

    Counting it needs all accounts, so it is counted once a day and kept: a checkout judges by the same mean as the
    night did, and an old move between segments can be told with the mean of its day.
    """

    on = models.DateField(_("on"), primary_key=True)
    mean = money(_("mean ticket"))

    class Meta:
        verbose_name = _("mean ticket")
        verbose_name_plural = _("mean tickets")
        constraints = (models.CheckConstraint(name="mean_ticket_is_positive", condition=Q(mean__gt=0)),)

    def __str__(self) -> str:
        return f"¥{self.mean} {self.on}"
