"""Writing down a client's file: who it is, skin, allergies, preferences, days, tags, enquiries, consents."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from django.utils import timezone

from clients.models import (
    Allergy,
    Calendar,
    Client,
    ClientTag,
    Consent,
    Enquiry,
    MemorableDay,
    Preference,
    PrivacyNotice,
    SkinRecord,
    Tag,
)
from clients.search import keys_of, phone_keys
from frontdesk.sample import words
from frontdesk.sample.accounts import Team
from frontdesk.sample.people import Person
from frontdesk.sample.rhythm import Course, Habit
from loyalty.importing.copying import Table

NOON = time(12)
ASKED_BUT = 9  # one in so many clients was never asked about allergies
SKIN_TYPES = (
    (SkinRecord.SkinType.DRY, 20),
    (SkinRecord.SkinType.OILY, 16),
    (SkinRecord.SkinType.NORMAL, 10),
    (SkinRecord.SkinType.COMBINATION, 34),
    (SkinRecord.SkinType.SENSITIVE, 20),
)


@lru_cache(maxsize=4_000)
def spoken_keys(name: str, honorific: str) -> tuple[str, ...]:
    """The search keys of a name: the same name is met again and again, and reading it takes longest."""
    return tuple(keys_of(name, honorific))


class Files:
    """The tables of the client floor, being filled."""

    def __init__(self, team: Team, today: date) -> None:
        self.team, self.today = team, today
        self.zone = timezone.get_current_timezone()
        self.tags = {
            name: Tag.objects.get_or_create(name=name, defaults={"group": group})[0].pk for name, group, _ in words.TAGS
        }
        start = today - timedelta(days=800)
        self.notice = (
            PrivacyNotice.objects.order_by("pk").first()
            or PrivacyNotice.objects.create(version=f"{start.year}-1", text=words.NOTICE, in_force_from=start)
        ).pk
        self.clients = Table(
            Client,
            *("id", "name", "honorific", "gender", "phone", "second_phone", "wechat_id", "address"),
            *("birthday_calendar", "birthday_month", "birthday_day", "birthday_year", "birthday_leap_month"),
            *("source", "occupation", "note", "referred_by", "consultant", "status", "search_keys"),
            "allergies_asked_on",
            *("created_at", "created_by", "touched_at"),
        )
        after = [self.clients]
        self.allergies = Table(
            Allergy, "client", "substance", "reaction", "severity", "confirmed_by", "confirmed_on", after=after
        )
        self.skin = Table(
            SkinRecord,
            *("client", "recorded_on", "recorded_by", "skin_type", "concerns", "hair_type", "contraindications"),
            *("consultation", "care_plan"),
            after=after,
        )
        self.preferences = Table(Preference, "client", "text", "added_by", "added_at", after=after)
        self.days = Table(MemorableDay, "client", "label", "calendar", "month", "day", "year", after=after)
        self.tagged = Table(ClientTag, "client", "tag", "added_by", "added_at", after=after)
        self.enquiries = Table(Enquiry, "client", "about", "why_not", "asked_on", "status", "taken_by", after=after)
        self.consents = Table(
            Consent, "client", "purpose", "channel", "notice", "given", "at", "how", "by", after=after
        )
        self.tables = (
            *(self.clients, self.allergies, self.skin, self.preferences),
            *(self.days, self.tagged, self.enquiries, self.consents),
        )

    def add(self, pk: int, person: Person, course: Course, joined: date, visits: list[date], draw: Random) -> None:
        """Write down the file of one client, who came on these days."""
        opened = datetime.combine(joined, time(10 + draw.randrange(9), draw.randrange(60)), self.zone)
        last = visits[-1] if visits else joined
        consultant = None if person.consultant is None else self.team.beauticians[person.consultant]
        desk = draw.choice(self.team.front_desk)
        self._client(pk, person, opened, last, consultant, desk, came=bool(visits))
        self._care(pk, person, joined, visits, consultant or draw.choice(self.team.beauticians), draw)
        self._small_things(pk, person, course, last, desk, opened, draw)
        self._consents(pk, person, opened, desk, draw)

    def _client(
        self, pk: int, person: Person, opened: datetime, last: date, consultant: int | None, desk: int, *, came: bool
    ) -> None:
        name, birthday = person.name, person.birthday
        phones = [phone for phone in (person.phone, person.second_phone) if phone]
        keys = [*spoken_keys(name.full, name.address), *(key for phone in phones for key in phone_keys(phone))]
        self.clients.add(
            *(pk, name.full, name.address, Client.Gender.FEMALE if person.woman else Client.Gender.MALE),
            *(person.phone, person.second_phone, person.wechat, person.address),
            *(birthday.calendar, birthday.month, birthday.day, birthday.year, birthday.leap),
            *(person.source, person.occupation, person.note),
            None if person.referrer is None else pk - person.referrer,
            consultant,
            Client.Status.ACTIVE if came else Client.Status.PROSPECT,
            list(dict.fromkeys(keys)),
            None if pk % ASKED_BUT == 3 else timezone.localdate(opened),
            *(opened, desk, max(opened, datetime.combine(last, time(21), self.zone))),
        )

    def _care(self, pk: int, person: Person, joined: date, visits: list[date], beautician: int, draw: Random) -> None:
        reactions = {substance: reaction for substance, reaction, _ in words.ALLERGENS}
        confirmed = draw.choice(visits) if visits else joined
        for substance in person.allergens:
            severity = draw.choices(Allergy.Severity.values, (4, 5, 1))[0]
            self.allergies.add(pk, substance, reactions[substance], severity, beautician, confirmed)
        if person.is_known:
            seen = (SkinRecord.SkinType.SENSITIVE, "细纹、泛红", "细软", "", "希望改善干燥和细纹", words.CARE_PLANS[1])
            self.skin.add(pk, joined, beautician, *seen)
            return
        for day in visits[:: max(1, len(visits) // 2)][:2]:
            if draw.random() < 0.4:
                self.skin.add(
                    *(pk, day, beautician),
                    draw.choices([kind for kind, _ in SKIN_TYPES], [weight for _, weight in SKIN_TYPES])[0],
                    draw.choice(words.CONCERNS),
                    draw.choice(words.HAIR),
                    draw.choice(words.CONTRAINDICATIONS) if draw.random() < 0.06 else "",
                    draw.choice(words.CONSULTATIONS) if draw.random() < 0.4 else "",
                    draw.choice(words.CARE_PLANS) if draw.random() < 0.35 else "",
                )

    def _small_things(
        self, pk: int, person: Person, course: Course, last: date, desk: int, opened: datetime, draw: Random
    ) -> None:
        liked: list[str] = []
        if person.is_known:
            liked = ["温柠檬水", "安静少聊", "玫瑰精油", "靠窗床位"]
            self.days.add(pk, "结婚纪念日", Calendar.SOLAR, 5, 20, self.today.year - 16)
        elif draw.random() < 0.3:
            liked = [draw.choice(one) for one in draw.sample(words.PREFERENCES, draw.randrange(1, 4))]
        for text in liked:
            self.preferences.add(pk, text, desk, opened)
        if draw.random() < 0.12:
            day = self.today + timedelta(days=draw.randrange(365))
            exact = draw.random() < 0.5 and (day.month, day.day) != (2, 29)
            since = day.year - draw.randrange(1, 25) if exact else None
            self.days.add(pk, draw.choice(words.MEMORABLE), Calendar.SOLAR, day.month, day.day, since)
        for name, _, share in words.TAGS:
            if draw.random() < share:
                self.tagged.add(pk, self.tags[name], desk, opened)
        if draw.random() < (0.75 if course.habit is Habit.PROSPECT else 0.07):
            about, why_not = draw.choice(words.ENQUIRIES)
            status = draw.choices(Enquiry.Status.values, (5, 3, 2))[0]
            self.enquiries.add(pk, about, why_not, last, status, desk)

    def _consents(self, pk: int, person: Person, opened: datetime, desk: int, draw: Random) -> None:
        given = [(Consent.Purpose.FILE, Consent.Channel.NONE)] if draw.random() < 0.94 else []
        if given and (person.allergens or draw.random() < 0.6):
            given.append((Consent.Purpose.HEALTH, Consent.Channel.NONE))
        if given and draw.random() < 0.15:
            given.append((Consent.Purpose.PHOTOS, Consent.Channel.NONE))
        if given and (person.is_known or draw.random() < 0.62):
            given.append((Consent.Purpose.MARKETING, Consent.Channel.WECHAT))
        if given and draw.random() < 0.25:
            given.append((Consent.Purpose.MARKETING, Consent.Channel.SMS))
        for purpose, channel in given:
            how = Consent.How.SIGNED if purpose == Consent.Purpose.FILE else Consent.How.SAID
            self.consents.add(pk, purpose, channel, self.notice, True, opened, how, desk)
        if len(given) > 2 and draw.random() < 0.04:
            now = datetime.combine(self.today, NOON, self.zone)
            withdrawn = min(opened + timedelta(days=draw.randrange(20, 200)), now)
            self.consents.add(pk, *given[-1], self.notice, False, withdrawn, Consent.How.WRITTEN, desk)
