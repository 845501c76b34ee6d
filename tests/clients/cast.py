"""Who plays in the tests of client files."""

from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.models import Group

from clients import file
from clients.models import Attendance, Client
from staff.models import User
from staff.roles import Role

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai
PHONE = "+8613800138000"


def staff(role: Role | None, username: str = "", name: str = "") -> User:
    """One of the staff with one role or none; the interface in English, so that the tests read well."""
    username = username or (role.value if role else "nobody")
    user = User.objects.create_user(username, password="salon-demo", display_name=name or username, language="en")
    if role:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    user.is_staff = role == Role.ADMIN
    user.save(update_fields=["is_staff"])
    return user


def client(name: str = "王丽华", phone: str = "", **fields: Any) -> Client:
    """A client on file, found by the search."""
    return file.create({"name": name, "phone": phone, **fields}, by=None, at=NOW)


def attended(client: Client, by: User, on: date = TODAY) -> None:
    """`by` treated the client, who is hers from then on."""
    Attendance.objects.create(client=client, user=by, last_on=on)
