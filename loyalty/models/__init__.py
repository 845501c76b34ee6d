"""Membership: the account, the points book, the tiers, and what clients get for coming back."""

from loyalty.models.book import Adjustment, BookFault, PointsEntry, PointsEntryQuerySet, SegmentChange, TierChange
from loyalty.models.membership import LoyaltyAccount, LoyaltyAccountQuerySet, LoyaltyRules, SegmentRules, Tier
from loyalty.models.offers import BoughtTogether
from loyalty.models.perks import Perk, PerkUse
from loyalty.models.referrals import Referral
from loyalty.models.rewards import EntitlementUse, Redemption, Reward
from loyalty.models.tickets import MeanTicket
from loyalty.models.vouchers import Voucher, VoucherKind, VoucherQuerySet, Worth

__all__ = [
    "Adjustment",
    "BookFault",
    "BoughtTogether",
    "EntitlementUse",
    "LoyaltyAccount",
    "LoyaltyAccountQuerySet",
    "LoyaltyRules",
    "MeanTicket",
    "Perk",
    "PerkUse",
    "PointsEntry",
    "PointsEntryQuerySet",
    "Redemption",
    "Referral",
    "Reward",
    "SegmentChange",
    "SegmentRules",
    "Tier",
    "TierChange",
    "Voucher",
    "VoucherKind",
    "VoucherQuerySet",
    "Worth",
]
