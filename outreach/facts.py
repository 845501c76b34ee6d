"""What is known for a message to one client; each thing is asked for once, and only when a text names it."""

from datetime import date
from functools import cached_property

from clients.models import Client
from loyalty.models import LoyaltyAccount, Voucher
from loyalty.months import months_after
from outreach.models import ContactTask, Kind
from staff.models import Salon, User
from staff.roles import Can
from visits.models import Visit, VisitLine

# The voucher that is given by itself on the same occasion.
RULE_OF_KIND = {Kind.BIRTHDAY: "birthday", Kind.DORMANT: "dormant", Kind.THANK_YOU: "thank_you"}


class Facts:
    """What one contact is about, on one day, as far as `by` may know it; None stands for the program itself."""

    def __init__(self, task: ContactTask, today: date, by: User | None = None, salon: Salon | None = None) -> None:
        self.task, self.today, self.by = task, today, by
        if salon is not None:
            self.salon = salon

    @property
    def client(self) -> Client:
        return self.task.client

    @cached_property
    def salon(self) -> Salon:
        return Salon.load()

    @cached_property
    def lines(self) -> list[VisitLine]:
        """The services of the visit that this is about, else of the last one. One query."""
        lines = VisitLine.objects.filter(product=None)
        if self.task.visit_id:
            lines = lines.filter(visit=self.task.visit_id)
        else:
            done = Visit.objects.completed().filter(client=self.task.client_id, day__lte=self.today)
            lines = lines.filter(visit__in=done.order_by("-day", "-pk").values("pk")[:1])
        if self.by is not None and not self.by.can(Can.FIND_ANY_CLIENT):
            lines = lines.filter(beautician=self.by)  # as the list of visits shows them to her
        return list(lines.select_related("visit", "service", "beautician").order_by("position", "pk"))

    @property
    def visit(self) -> Visit | None:
        return self.lines[0].visit if self.lines else None

    @property
    def months_away(self) -> int:
        """As the reminder was planned; else the whole months since the last visit."""
        planned = self.task.facts.get("months")
        if planned or self.visit is None:
            return int(planned or 0)
        day = self.visit.day
        months = (self.today.year - day.year) * 12 + self.today.month - day.month
        return months - (months_after(day, months) > self.today)

    @property
    def care_advice(self) -> str:
        """What was advised for the next time, else how to care for what was done; "" when there is neither."""
        if self.visit is None:
            return ""
        texts = [line.service.after_care for line in self.lines if line.service]
        if self.by is None or self.by.can(Can.SEE_SKIN):
            texts.insert(0, self.visit.next_care)
        return next((text for text in texts if text.strip()), "")

    @property
    def _may_see_points(self) -> bool:
        return self.by is None or self.by.can(Can.SEE_POINTS)

    @cached_property
    def voucher(self) -> Voucher | None:
        """The voucher that this is about, or that was given on the occasion, while it can be used. One query."""
        rule = RULE_OF_KIND.get(Kind(self.task.kind))
        if not self._may_see_points or not (rule or self.task.voucher_id):
            return None
        usable = Voucher.objects.usable(self.today).select_related("service")
        if self.task.voucher_id:
            return usable.filter(pk=self.task.voucher_id).first()
        given = usable.filter(account=self.task.client_id, kind__rule=rule, source=Voucher.Source.RULE)
        return given.order_by("-issued_on", "-pk").first()

    @property
    def vouchers(self) -> int:
        """How many vouchers this is about."""
        return int(self.task.facts.get("vouchers") or 1) if self.voucher else 0

    @cached_property
    def points(self) -> int:
        """The points that lapse, else the balance; at most one query."""
        if not self._may_see_points:
            return 0
        if "points" in self.task.facts:
            return int(self.task.facts["points"])
        account = LoyaltyAccount.objects.filter(client=self.task.client_id).only("balance").first()
        return max(account.balance, 0) if account else 0

    @property
    def points_until(self) -> date | None:
        """The last day of the points that lapse."""
        if self.task.kind != Kind.POINTS_LAPSING or not self._may_see_points or "on" not in self.task.facts:
            return None
        return date.fromisoformat(self.task.facts["on"])
