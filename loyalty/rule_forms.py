"""Forms of the admin panel for the figures that move clients: saved only after who would move has been shown."""

import json
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty import dry_run
from loyalty.dry_run import DryRun
from loyalty.models import LoyaltyRules, SegmentRules, Tier
from loyalty.tiers import ladder

SALT = "loyalty.dry_run"
SHOWN_FOR = 60 * 60  # seconds; what was shown earlier is shown again
NOT_SHOWN = "not_shown"
# Nobody means more: a slip such as 10000 for 1.0000 would give more points than a balance holds.
POINTS_PER_YUAN_AT_MOST = 100
REFERRAL_AT_MOST = 100_000
MULTIPLIER_AT_MOST = 10


class ShownFirstForm(forms.ModelForm):  # type: ignore[type-arg]
    """Sent the first time, it shows what its figures would do; sent again with the same figures, it is sound.

    The figures shown travel with the form, signed. Others, or the rest of the rules changed meanwhile: shown again.
    """

    moving: ClassVar[tuple[str, ...]] = ()
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    shown: DryRun | None = None

    def full_clean(self) -> None:
        """The fields and the model first: figures that are refused anyway move nobody."""
        super().full_clean()
        if not self.is_bound or self.errors or not set(self.moving) & set(self.changed_data):
            return
        figures = json.dumps(self.figures(), sort_keys=True)
        if self._was_shown(figures):
            return
        self.shown = self.try_out()
        self.data = {**_plain(self.data), self.add_prefix("seen"): signing.dumps(figures, salt=SALT)}
        self.add_error(None, ValidationError(_("Nothing is saved yet."), code=NOT_SHOWN))

    @property
    def only_shown(self) -> bool:
        """Whether nothing is wrong but that the consequences had not been shown."""
        return self.shown is not None

    def figures(self) -> Any:
        """Everything that the dry run depends on, as JSON holds it."""
        raise NotImplementedError

    def try_out(self) -> DryRun:
        """What the figures of the form would do."""
        raise NotImplementedError

    def _was_shown(self, figures: str) -> bool:
        try:
            seen: Any = signing.loads(self.cleaned_data.get("seen") or "", salt=SALT, max_age=SHOWN_FOR)
        except signing.BadSignature:
            return False
        return bool(seen == figures)


def _at_most(most: int) -> ValidationError:
    return ValidationError(_("At most %(most)s."), params={"most": f"{most:,}"})


def _plain(data: Any) -> dict[str, Any]:
    """What was sent, without repetitions: no field of these forms has several values."""
    return dict(data.items())


class TierForm(ShownFirstForm):
    """A tier asks for more than the one below it and less than the one above."""

    moving = ("position", "min_spend", "min_visits", "discount_percent")

    class Meta:
        model = Tier
        exclude: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("multiplier", "birthday_multiplier"):
            if (cleaned.get(name) or 0) > MULTIPLIER_AT_MOST:
                self.add_error(name, _at_most(MULTIPLIER_AT_MOST))
        position, spend = cleaned.get("position"), cleaned.get("min_spend")
        if position is None or spend is None:
            return cleaned
        others = Tier.objects.exclude(pk=self.instance.pk)
        below = others.filter(position__lt=position)
        self._check_minimum("min_spend", spend, below, others.filter(position__gt=position))
        self._check_minimum("min_visits", cleaned.get("min_visits"), below, others.filter(position__gt=position))
        if not below and (spend or cleaned.get("min_visits")):
            self.add_error("min_spend", _("The lowest tier is everybody's: it asks for nothing."))
        return cleaned

    def figures(self) -> Any:
        return [dry_run.rows(ladder()), dry_run.rows(self._proposed()), timezone.localdate().isoformat()]

    def try_out(self) -> DryRun:
        return dry_run.try_tiers(ladder(), self._proposed(), timezone.localdate())

    def _proposed(self) -> list[Tier]:
        others = [tier for tier in ladder() if tier.pk != self.instance.pk]
        return sorted([*others, self.instance], key=lambda tier: tier.position)

    def _check_minimum(
        self, name: str, value: Decimal | int | None, below: "QuerySet[Tier]", above: "QuerySet[Tier]"
    ) -> None:
        if not value:
            return
        too_low = below.filter(**{f"{name}__gte": value}).exists()
        too_high = above.filter(**{f"{name}__gt": 0, f"{name}__lte": value}).exists()
        if too_low or too_high:
            self.add_error(name, ValidationError(_("It must lie between those of the tiers below and above.")))


class SegmentRulesForm(ShownFirstForm):
    """The figures by which segments are told apart."""

    moving = dry_run.FIGURES

    class Meta:
        model = SegmentRules
        exclude: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("dormant_months", "new_days", "recent_days", "core_visits", "growth_visits"):
            if cleaned.get(name) == 0:
                self.add_error(name, _("At least 1."))
        for name in ("core_ratio", "reference_ticket"):
            value = cleaned.get(name)
            if value is not None and (value < 0 or (name == "reference_ticket" and value == 0)):
                self.add_error(name, _("Enter a figure above 0."))
        return cleaned

    def figures(self) -> Any:
        in_force = SegmentRules.load()
        return [
            {name: str(getattr(in_force, name)) for name in dry_run.FIGURES},
            {name: str(self.cleaned_data.get(name)) for name in dry_run.FIGURES},
            timezone.localdate().isoformat(),
        ]

    def try_out(self) -> DryRun:
        return dry_run.try_segments(self.instance, timezone.localdate())


class LoyaltyRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Points, reviews and adjustments. None of it moves anybody between tiers, so there is nothing to show first."""

    class Meta:
        model = LoyaltyRules
        exclude: tuple[str, ...] = ()

    def clean_points_per_yuan_off(self) -> int | None:
        points: int | None = self.cleaned_data["points_per_yuan_off"]
        if points == 0:
            raise ValidationError(_("At least 1."))
        return points

    def clean_points_per_yuan(self) -> Decimal:
        points: Decimal = self.cleaned_data["points_per_yuan"]
        if points < 0:
            raise ValidationError(_("Enter a figure of 0 or more."))
        if points > POINTS_PER_YUAN_AT_MOST:
            raise _at_most(POINTS_PER_YUAN_AT_MOST)
        return points

    def clean_referral_points(self) -> int:
        points: int = self.cleaned_data["referral_points"]
        if points > REFERRAL_AT_MOST:
            raise _at_most(REFERRAL_AT_MOST)
        return points

    def clean_review_months(self) -> int:
        months: int = self.cleaned_data["review_months"]
        if months == 0:
            raise ValidationError(_("At least 1."))
        return months
