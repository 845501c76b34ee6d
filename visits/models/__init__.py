"""What the salon sells, and what it sold to whom."""

from visits.models.catalogue import ZERO, CatalogueItem, Product, Service, ServiceCategory, Substance, money
from visits.models.checkout import CheckoutRules, Draft
from visits.models.receipts import (
    AllergyAcknowledgement,
    Payment,
    Refund,
    RefundLine,
    Visit,
    VisitLine,
    VisitQuerySet,
)

__all__ = [
    "ZERO",
    "AllergyAcknowledgement",
    "CatalogueItem",
    "CheckoutRules",
    "Draft",
    "Payment",
    "Product",
    "Refund",
    "RefundLine",
    "Service",
    "ServiceCategory",
    "Substance",
    "Visit",
    "VisitLine",
    "VisitQuerySet",
    "money",
]
