"""Clients whose birthday is today, who agreed to SMS; and a channel that is switched on for them.

Run as a process in the salon: `python -m tests.faults.born_today NAME COUNT ADDRESS`. Prints nothing.
"""

import sys
from datetime import time

import django

django.setup()

from django.utils import timezone  # noqa: E402

from clients.models import Client, Consent  # noqa: E402
from outreach.models import ChannelSetting, JobTime, MessageTemplate, OutreachRules  # noqa: E402
from staff.clock import salon_time  # noqa: E402
from staff.models import JobRun  # noqa: E402
from tests.outreach.providers import KEY_ID, SECRET  # noqa: E402

BATCH = 5_000


def born_today(name: str, count: int) -> None:
    """So many clients with their consent, put in at once."""
    today = timezone.localdate()
    for start in range(0, count, BATCH):
        clients = [
            Client(
                name=f"{name}{number:05}",
                honorific="女士",
                phone=f"+86138{number:08}",
                birthday_month=today.month,
                birthday_day=today.day,
            )
            for number in range(start, min(start + BATCH, count))
        ]
        made = Client.objects.bulk_create(clients)
        Consent.objects.bulk_create(
            [Consent(client=client, purpose="marketing", channel="sms", given=True) for client in made]
        )


def switch_on(address: str) -> None:
    """SMS by itself for birthdays, at any hour; no other timed work, and the birthdays looked at again now."""
    OutreachRules.load()
    OutreachRules.objects.update(send_from=time(0), send_until=time(23, 59, 59))
    given = {
        "is_on": True,
        "kinds": ["birthday"],
        "host": address,
        "account": KEY_ID,
        "secret": SECRET,
        "sender": "花间",
    }
    ChannelSetting.objects.update_or_create(way="sms", defaults=given)
    text = {"text": "{honorific}，生日快乐！", "provider_code": "SMS_1", "is_active": True}
    MessageTemplate.objects.update_or_create(kind="birthday", way="sms", language="zh-hans", defaults=text)
    JobTime.objects.update_or_create(job="loyalty.issue_vouchers", defaults={"not_before": time(0), "is_on": False})
    now = timezone.now()
    JobRun.objects.update_or_create(
        job="outreach.birthday", defaults={"asked_at": now}, create_defaults={"started_at": now}
    )


if __name__ == "__main__":
    with salon_time():
        born_today(sys.argv[1], int(sys.argv[2]))
        switch_on(sys.argv[3])
