"""Perks: what a tier gives some times a calendar year. Each use is a tap; the manager may take one back.

Rule source: DESIGN §4, perks. The perks of a client are those of the tier now. What was used under another tier stays
told and counts for nothing else.
"""

import uuid
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from loyalty import standing, tiers
from loyalty.models import LoyaltyAccount, Perk, PerkUse
from staff import audit
from staff.models import User
from staff.reasons import reason_in, wrong_with
from staff.roles import Can


class PerkRefused(Exception):
    """A use that cannot be, or cannot be taken back. `field` names what is wrong in the form, empty for the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


# The first place of the year that is free, within the quota as it is now. The account is held, so nobody comes in
# between; and should somebody, the unique place sends the second one away.
USE = """
INSERT INTO loyalty_perkuse (key, perk_id, account_id, year, place, at, by_id, undone_reason)
SELECT %(key)s, perk.id, %(account)s, %(year)s, free.place, %(at)s, %(by)s, ''
  FROM loyalty_perk AS perk CROSS JOIN LATERAL generate_series(1, perk.quota) AS free(place)
 WHERE perk.id = %(perk)s
   AND NOT EXISTS (SELECT FROM loyalty_perkuse AS used
                    WHERE used.perk_id = perk.id AND used.account_id = %(account)s AND used.year = %(year)s
                      AND used.place = free.place AND used.undone_at IS NULL)
 ORDER BY free.place LIMIT 1
ON CONFLICT DO NOTHING
RETURNING id
"""


@transaction.atomic
def use(client: Client, perk: Perk, *, key: uuid.UUID, by: User, at: datetime) -> PerkUse:
    """Note that the client used `perk` today. The same `key` again gives the use that was noted.

    Raises PerkRefused without the right, for a perk that is not one of the client's tier, beyond the quota, and for
    the key of a use that was taken back since.
    """
    if not by.can(Can.USE_PERK):
        raise PerkRefused(_("You may not note the use of a perk."))
    account, today = LoyaltyAccount.objects.locked(client), timezone.localdate(at)
    client.refresh_from_db(fields=["status"])
    if not client.is_on_file:
        raise PerkRefused(_("This client's file was merged or erased."))
    if done := PerkUse.objects.filter(key=key).first():
        return _repeated(done, account, perk)
    if tiers.is_overdue(account, today):  # the hourly review has not come by yet
        standing.refresh(account, today)
        tiers.reassess(account, today)
    perk = Perk.objects.get(pk=perk.pk)
    if not perk.is_active:
        raise PerkRefused(_("%(perk)s is no longer on offer.") % {"perk": perk.label})
    if perk.tier_id != account.tier_id:
        words = {"perk": perk.label, "tier": account.tier.label}
        raise PerkRefused(_("%(perk)s is not one of the perks of %(tier)s, the client's tier now.") % words)
    values = {"key": key, "perk": perk.pk, "account": account.pk, "year": today.year, "at": at, "by": by.pk}
    with connection.cursor() as cursor:
        cursor.execute(USE, values)
        row = cursor.fetchone()
    if row is None:
        raise _used_up(account, perk, today)
    return PerkUse.objects.get(pk=row[0])


@transaction.atomic
def take_back(used: PerkUse, reason: str, *, by: User, at: datetime) -> PerkUse:
    """Take a use back, so that it counts no more. Raises PerkRefused without the right or a reason, or if it was."""
    if not by.can(Can.UNDO_PERK):
        raise PerkRefused(_("Only the manager takes the use of a perk back."))
    reason = reason_in(reason)
    if wrong := wrong_with(reason):
        raise PerkRefused(wrong, "reason")
    audit.because(reason)
    standing_use = PerkUse.objects.filter(pk=used.pk, undone_at=None)
    if not standing_use.update(undone_at=at, undone_by=by, undone_reason=reason):
        raise PerkRefused(_("This use was already taken back."))
    used.refresh_from_db()
    return used


def _repeated(done: PerkUse, account: LoyaltyAccount, perk: Perk) -> PerkUse:
    if (done.account_id, done.perk_id) != (account.pk, perk.pk):
        raise PerkRefused(_("This form was sent before, for something else. Open the page again."))
    if done.undone_at:
        raise PerkRefused(_("This use was already taken back."))
    return done


def _used_up(account: LoyaltyAccount, perk: Perk, today: date) -> PerkRefused:
    uses = PerkUse.objects.filter(account=account, perk=perk, year=today.year, undone_at=None)
    last = uses.select_related("by").order_by("-at").first()
    words: dict[str, object] = {"perk": perk.label, "quota": perk.quota}
    if last is None:
        return PerkRefused(_("%(perk)s: all %(quota)s of this year are used.") % words)
    words |= {"day": timezone.localtime(last.at).strftime("%Y-%m-%d %H:%M"), "by": last.by}
    return PerkRefused(
        _("%(perk)s: all %(quota)s of this year are used, the last one on %(day)s, noted by %(by)s.") % words
    )
