"""Who works in the salon of these tests, and how they sign in."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client as Browser

from staff import pins
from staff.models import User
from staff.roles import Role

PASSWORD = "rosewater-42"
REFUSED = "登录账号或密码不对。连续输错会暂时锁定。"


def staff(*roles: Role, username: str = "", **fields: object) -> User:
    """A member of the staff with these roles, by default named after the first one."""
    username = username or (roles[0].value if roles else "nobody")
    user = User(username=username, display_name=f"{username}-shown", **fields)
    user.set_password(PASSWORD)
    user.save()
    for role in roles:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def with_pin(user: User, pin: str = "2580") -> User:
    pins.set_pin(user, pin)
    return user


def sign_in(browser: Browser, user: User, password: str = PASSWORD, **more: str) -> Any:
    """Send the sign-in page as a person would."""
    return browser.post("/login/", {"username": user.username, "password": password, **more})


def who_is_in(browser: Browser) -> str | None:
    """The id of who is signed in at this browser."""
    return browser.session.get("_auth_user_id")
