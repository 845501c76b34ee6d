"""When people come: the numbers add up, and days are days on which the salon is open."""

from datetime import date

import pytest

from frontdesk.sample.rhythm import SPAN, Shape

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(("clients", "visits"), [(1, 0), (1, 50), (60, 400), (200, 90), (300, 3_000)])
def test_there_are_as_many_visits_as_asked_for(clients: int, visits: int) -> None:
    shape = Shape(clients, visits, 1, TODAY)

    counts = [count for _number, _course, count in shape.courses()]
    assert len(counts) == clients
    assert sum(counts) + shape.walk_ins == visits


def test_the_days_of_a_client_rise_and_the_salon_is_open_on_each() -> None:
    shape = Shape(200, 1_400, 1, TODAY)

    for number, course, count in shape.courses():
        days = shape.days_of(number, course, count)
        assert len(days) == count
        assert days == sorted(days)
        assert all(0 <= day <= SPAN and shape.busyness[day] for day in days)


def test_clients_are_numbered_in_the_order_they_came() -> None:
    shape = Shape(200, 1_400, 1, TODAY)

    joined = [course.joined for number, course, _count in shape.courses() if number != shape.known]
    assert joined == sorted(joined)


def test_the_salon_is_closed_at_the_lunar_new_year() -> None:
    closed = Shape(10, 10, 1, TODAY).closed_days

    assert date(2026, 2, 16) in closed  # New Year's Eve of the year of the horse
    assert date(2026, 2, 21) not in closed
