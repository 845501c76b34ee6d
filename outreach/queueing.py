"""Which contacts go out by themselves: one message for each that is due, on the first channel that can reach."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import connection

from clients.models import Client
from outreach.holding import is_sending_time, late_days
from outreach.models import ChannelSetting, Kind, MessageTemplate, OutreachRules, Way
from outreach.models.contacts import MARKETING
from outreach.models.messages import AUTOMATIC

ORDER = (Way.SMS, Way.EMAIL, Way.WECOM)  # a note to a colleague is the last choice: the client is not reached by it
ON_FILE = (Client.Status.PROSPECT, Client.Status.ACTIVE)
# A follow-up is a call: it asks how the client feels. A gift is prepared. Both can only be noted to the colleague.
BY_PEOPLE = frozenset({Kind.FOLLOW_UP, Kind.GIFT})

# One row for a task, whatever channels are on: the unique key on the task takes the first that can reach the client.
# What somebody has tried already by hand stays with people.
QUEUE = """
INSERT INTO outreach_message
    (task_id, client_id, way, key, "to", subject, body, status, held, attempts, not_before, queued_at, provider_id,
     error)
SELECT DISTINCT ON (task.id)
       task.id, task.client_id, open.way, task.kind || ':' || task.client_id || ':' || task.occasion || ':' || open.way,
       '', '', '', 'queued', '', 0, %(at)s, %(at)s, '', ''
  FROM outreach_contacttask AS task
  JOIN clients_client AS client ON client.id = task.client_id
  JOIN unnest(%(ways)s::text[], %(kinds)s::text[], %(ranks)s::int[], %(asks)s::boolean[], %(since)s::date[])
       AS open (way, kind, rank, asks, since) ON open.kind = task.kind
  LEFT JOIN staff_user AS colleague ON colleague.id = task.assigned_to_id AND colleague.is_active
 WHERE task.status = 'open' AND task.due_on <= %(today)s AND task.attempts = 0 AND task.planned_for >= open.since
   AND coalesce(task.facts ->> 'on', '9999') >= %(today)s::date::text
   AND client.status = ANY(%(on_file)s) AND NOT client.do_not_contact
   AND CASE open.way WHEN 'sms' THEN client.phone <> '' WHEN 'email' THEN client.email <> ''
            ELSE coalesce(colleague.wecom_id, '') <> '' END
   AND (NOT open.asks OR (SELECT act.given FROM clients_consent AS act
                           WHERE act.client_id = task.client_id AND act.purpose = 'marketing' AND act.channel = open.way
                           ORDER BY act.id DESC LIMIT 1))
   AND NOT EXISTS (SELECT FROM outreach_message AS had WHERE had.task_id = task.id)
 ORDER BY task.id, open.rank
    ON CONFLICT DO NOTHING
"""


def queue(today: date, at: datetime) -> int:
    """Put a message for each contact that is due, and that the admin lets go out by itself, into the outbox.

    Safe to repeat and to do twice at once. Returns how many are new.
    """
    rules = OutreachRules.load()
    offered = list(_offered(rules, today))
    if not offered or not is_sending_time(rules, at):
        return 0
    ways, kinds, ranks, asks, since = zip(*offered, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            QUEUE,
            {
                "ways": list(ways),
                "kinds": list(kinds),
                "ranks": list(ranks),
                "asks": list(asks),
                "since": list(since),
                "today": today,
                "at": at,
                "on_file": list(ON_FILE),
            },
        )
        return int(cursor.rowcount)


def _offered(rules: OutreachRules, today: date) -> Iterator[tuple[str, str, int, bool, date]]:
    """Channel, kind, rank, whether consent is asked for, and the oldest occasion that is not too late."""
    worded = _worded()
    late = late_days(rules)
    for setting in ChannelSetting.objects.filter(is_on=True):
        for kind in kinds_for(Way(setting.way)):
            if kind in setting.kinds and (setting.way, kind) in worded:
                asks = setting.way != Way.WECOM and kind in MARKETING
                since = date.fromordinal(today.toordinal() - late[kind])
                yield setting.way, kind, ORDER.index(Way(setting.way)), asks, since


def kinds_for(way: Way) -> list[Kind]:
    """What may go out by itself on a channel."""
    return [kind for kind in Kind if way == Way.WECOM or kind not in BY_PEOPLE]


def _worded() -> set[tuple[str, str]]:
    """Channels and kinds that have words; Alibaba Cloud sends only what it has approved."""
    texts = MessageTemplate.objects.filter(is_active=True, way__in=AUTOMATIC)
    approved = texts.exclude(way=Way.SMS, provider_code="")
    return set(approved.values_list("way", "kind").distinct())
