"""Who works in the salon of these tests, and how they sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client as Browser
from playwright.sync_api import Page

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


def signed_in(user: User) -> Browser:
    """A browser without a screen in which `user` has signed in."""
    browser = Browser()
    browser.force_login(user, backend="staff.present.PresentBackend")
    return browser


def enters(page: Page, server: str, user: User) -> Page:
    """The real browser, in which `user` has now signed in instead of whoever was there before."""
    cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.clear_cookies()
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
    return page
