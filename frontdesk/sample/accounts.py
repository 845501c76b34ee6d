"""The people who work at 花间美容. Four of them have the password of the demo; the others cannot sign in."""

from dataclasses import dataclass

from django.contrib.auth.models import Group

from staff.models import User
from staff.roles import Role

PASSWORD = "salon-demo"  # noqa: S105  # printed on the demo's first page, and never used outside it
DEMO = (
    ("qiantai", "李晓雨", Role.FRONT_DESK),
    ("meirong", "林美", Role.BEAUTICIAN),
    ("dianzhang", "陈静", Role.MANAGER),
    ("admin", "系统管理员", Role.ADMIN),
)
COLLEAGUES = (
    ("qiantai2", "吴倩", Role.FRONT_DESK),
    ("zhouya", "周雅", Role.BEAUTICIAN),
    ("hejing", "何静", Role.BEAUTICIAN),
    ("sunyue", "孙悦", Role.BEAUTICIAN),
    ("xumin", "徐敏", Role.BEAUTICIAN),
    ("zhaotao", "赵涛", Role.BEAUTICIAN),
    ("gaojie", "高洁", Role.BEAUTICIAN),
)
VISITS_FOR_EACH = 8_000  # that one beautician can do in two years; a larger sample gets more of them


@dataclass(frozen=True, slots=True)
class Team:
    """Ids of who does what. The first beautician is 林美, the first of the front desk 李晓雨."""

    front_desk: tuple[int, ...]
    beauticians: tuple[int, ...]
    manager: int


def make_team(visits: int) -> Team:
    """Make the accounts that are missing, and return who does what in a salon with so many visits."""
    groups = {role: Group.objects.get(name=role) for role in Role}
    more = max(0, visits // VISITS_FOR_EACH - len(COLLEAGUES))
    helpers = tuple((f"jishi{number:03d}", f"技师{number:03d}", Role.BEAUTICIAN) for number in range(1, more + 1))
    made: dict[Role, list[int]] = {role: [] for role in Role}
    for username, name, role in DEMO:
        made[role].append(_made(username, name, role, groups, PASSWORD))
    for username, name, role in (*COLLEAGUES, *helpers):
        made[role].append(_made(username, name, role, groups, ""))
    return Team(tuple(made[Role.FRONT_DESK]), tuple(made[Role.BEAUTICIAN]), made[Role.MANAGER][0])


def _made(username: str, name: str, role: Role, groups: dict[Role, Group], password: str) -> int:
    user = User.objects.filter(username=username).first()
    if user is None:
        user = User(username=username, display_name=name)
        user.is_staff = user.is_superuser = False
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save()
        user.groups.add(groups[role])
    return user.pk
