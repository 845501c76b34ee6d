"""Taking over past visits: every row accounted for, nothing twice, no points."""

import os
import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clients.models import Client
from loyalty.importing.summary import summary
from loyalty.models import LoyaltyAccount, PointsEntry
from staff.models import AuditEntry
from staff.names import clean_name
from visits.models import Payment, Visit, VisitLine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

CDNOW = Path(os.environ.get("CDNOW_FILE") or Path(__file__).parents[3] / "shared" / "data" / "CDNOW_master.txt")
Import = Callable[..., tuple[str, str]]


@pytest.fixture
def importing(tmp_path: Path) -> Import:
    """`importing(text)` runs the command on a file with that text and gives what it told and what it refused."""

    def run(text: str, columns: str = "client=1,date=2,quantity=3,amount=4", **options: object) -> tuple[str, str]:
        path = tmp_path / "visits.csv"
        path.write_text(text, encoding="utf-8")
        told, refused = StringIO(), StringIO()
        call_command("import_visits", path, map=columns, no_header=True, stdout=told, stderr=refused, **options)
        return told.getvalue(), refused.getvalue()

    return run


def test_it_works(importing: Import) -> None:
    columns = "client=1,date=2,quantity=3,amount=4,item=5,name=6,phone=7"
    importing("A7,2026-01-31,2,198,补水,王丽华,13800138000", columns)

    client = Client.objects.get()
    visit = Visit.objects.get()
    line = VisitLine.objects.get()
    assert (client.name, client.phone, client.import_reference) == ("王丽华", "+8613800138000", "A7")
    assert "wlh" in client.search_keys
    assert (visit.client, visit.day, visit.total, visit.imported_from) == (client, date(2026, 1, 31), 198, "import")
    assert (line.name, line.quantity, line.unit_price, line.amount) == ("补水", 2, 99, 198)
    assert Payment.objects.get().amount == 198
    assert AuditEntry.objects.get(action="imported").count == 1


def test_a_clients_day_is_one_visit_and_its_rows_are_lines(importing: Import) -> None:
    importing("A,20260101,1,10\nA,20260101,1,20\nA,20260102,1,30\nB,20260101,1,40\n")

    assert sorted(Visit.objects.values_list("total", flat=True)) == [30, 30, 40]
    assert VisitLine.objects.count() == 4
    assert LoyaltyAccount.objects.get(client__import_reference="A").lifetime_visits == 2


def test_a_client_without_a_name_is_called_by_the_reference(importing: Import) -> None:
    importing("00042,20260101,1,10")

    assert Client.objects.get().name == "Client 00042"


def test_it_counts_for_the_standing_and_earns_no_points(importing: Import) -> None:
    importing("A,20240101,1,10\nA,20240201,1,20.50")

    account = LoyaltyAccount.objects.get()
    assert (account.first_visit_on, account.last_visit_on) == (date(2024, 1, 1), date(2024, 2, 1))
    assert (account.lifetime_spend, account.balance) == (Decimal("30.50"), 0)
    assert not PointsEntry.objects.exists()


def test_zero_amounts_are_kept_and_nothing_is_paid_for_them(importing: Import) -> None:
    importing("A,20260101,1,0")

    assert VisitLine.objects.get().amount == 0
    assert not Payment.objects.exists()


def test_an_amount_that_does_not_divide_is_kept_to_the_cent(importing: Import) -> None:
    importing("A,20260101,3,10.00")

    line = VisitLine.objects.get()
    assert (line.unit_price, line.manual_discount, line.amount) == (Decimal("3.34"), Decimal("0.02"), 10)
    assert Visit.objects.get().total == 10


def test_run_twice_it_adds_nothing(importing: Import) -> None:
    text = "A,20260101,1,10\nA,20260101,1,10\nA,20260101,1,10\nB,20260301,1,5\n"
    importing(text)
    told, refused = importing("".join(reversed(text.splitlines(keepends=True))))

    assert VisitLine.objects.count() == 4
    assert Visit.objects.count() == Client.objects.count() == 2
    assert "Added now: 0" in told
    assert "There already: 4" in told
    assert refused == ""


def test_equal_rows_are_real_purchases(importing: Import) -> None:
    importing("A,20260101,1,10\nA,20260101,1,10\n")

    assert Visit.objects.get().total == 20


def test_a_later_file_adds_new_days_and_refuses_rows_of_days_that_are_closed(importing: Import) -> None:
    importing("A,20260101,1,10\n")
    told, refused = importing("A,20260101,1,10\nA,20260101,1,10\nA,20260101,1,7\nA,20260102,1,5\nC,20260102,1,6\n")

    assert "Added now: 2" in told
    assert "There already: 1" in told
    assert [line.split(" refused")[0] for line in refused.splitlines()] == ["Line 2", "Line 3"]
    assert "2026-01-01" in refused
    assert summary("import", date(2026, 1, 1)).total == 21


def test_a_part_of_what_is_there_is_known(importing: Import) -> None:
    importing("A,20260101,1,10\nA,20260101,1,7\n")
    told, refused = importing("A,20260101,1,7\n")

    assert "There already: 1" in told
    assert refused == ""


def test_two_systems_do_not_mix(importing: Import) -> None:
    importing("A,20260101,1,10", source="old")
    importing("A,20260101,1,10", source="older")

    assert Client.objects.count() == Visit.objects.count() == 2


def test_a_merged_client_is_followed_and_an_erased_one_refused(importing: Import) -> None:
    importing("A,20260101,1,10\nB,20260101,1,10\nC,20260101,1,10")
    kept = Client.objects.get(import_reference="A")
    Client.objects.filter(import_reference="B").update(status=Client.Status.MERGED, merged_into=kept)
    Client.objects.filter(import_reference="C").update(status=Client.Status.ERASED)

    told, refused = importing("B,20260102,1,5\nC,20260102,1,5")
    assert "Added now: 1" in told
    assert Visit.objects.get(total=5).client == kept
    assert "Line 2 refused: this client's file was erased" in refused


def test_refused_rows_are_named_and_the_others_come(importing: Import) -> None:
    told, refused = importing("A,20260101,1,10\nA,20269901,1,10\nA,20260102,1,-1\n")

    assert "Added now: 1" in told
    assert "Rows refused: 2" in told
    assert [line.split(" refused")[0] for line in refused.splitlines()] == ["Line 2", "Line 3"]


def test_every_line_of_a_file_with_broken_marks_is_added_or_refused(importing: Import) -> None:
    told, refused = importing(
        'c0,2026-01-01,1,50,剪发\nc1,2026-01-01,1,100,"补水\nc2,2026-01-02,1,200,"面部\nc3,2026-01-03,1,300,"剪发\n二"\n',
        "client=1,date=2,quantity=3,amount=4,item=5",
    )

    assert ("Added now: 2" in told, "Rows refused: 2" in told) == (True, True)
    assert refused.splitlines() == [f"Line {n} refused: its quotation marks do not match" for n in (2, 3)]
    assert sorted(VisitLine.objects.values_list("name", "amount")) == [("剪发", 50), ("剪发 二", 300)]


def test_a_name_made_of_the_reference_is_one_that_the_files_own_page_takes(importing: Import) -> None:
    importing(f"{'9' * 80},2026-01-01,1,10\nA\u200b7,2026-01-01,1,10")

    names = list(Client.objects.order_by("pk").values_list("name", flat=True))
    assert names == [clean_name(name) for name in names]
    assert [len(name) for name in names] == [40, len("Client A7")]


def test_what_came_with_an_uncleaned_name_is_known_again(importing: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = "client=1,date=2,quantity=3,amount=4,item=5"
    with monkeypatch.context() as before:
        before.setattr("loyalty.importing.reading._visible", str)  # as it was before names were cleaned
        importing("A,2026-01-01,1,10,补  水", columns)
    assert VisitLine.objects.get().name == "补  水"

    told, refused = importing("A,2026-01-01,1,10,补  水", columns)

    assert "There already: 1" in told
    assert refused == ""


def test_it_is_all_or_nothing(importing: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("staff.audit.record", fail)
    with pytest.raises(RuntimeError):
        importing("A,20260101,1,10")

    assert not Client.objects.exists()
    assert not Visit.objects.exists()


def test_a_file_that_cannot_be_read_is_told_in_words(importing: Import) -> None:
    with pytest.raises(CommandError, match="no rows"):
        importing("")
    with pytest.raises(CommandError, match="lacks"):
        importing("A,20260101,1,10", "client=1,date=2")


def test_what_is_dormant_is_counted_to_the_day(importing: Import) -> None:
    importing("A,20251231,1,10\nB,20260101,1,10\nA,20250101,1,1\n")

    assert summary("import", date(2026, 6, 30)).dormant == 0
    assert summary("import", date(2026, 7, 1)).dormant == 2
    assert summary("import", date(2026, 6, 30)).boundary == date(2025, 12, 30)


def test_a_random_file_adds_up(importing: Import) -> None:
    draw = random.Random(7)
    days = [date(2024, 1, 1) + timedelta(days=draw.randrange(60)) for _ in range(400)]
    rows = [(draw.randrange(40), day, draw.randrange(1, 5), Decimal(draw.randrange(9_999)) / 100) for day in days]
    text = "\n".join(f"{client},{day},{quantity},{amount}" for client, day, quantity, amount in rows)
    importing(text)
    importing(text)

    now = summary("import", date(2024, 9, 1))
    assert now.rows == 400
    assert now.total == sum(amount for *_, amount in rows)
    assert now.clients == len({client for client, *_ in rows})
    assert now.visits == len({(client, day) for client, day, *_ in rows})


@pytest.mark.drill
@pytest.mark.skipif(not CDNOW.exists(), reason=f"no {CDNOW}: set CDNOW_FILE")
def test_the_purchases_of_23570_real_customers() -> None:
    options = {"map": "client=1,date=2,quantity=3,amount=4", "delimiter": "whitespace", "source": "cdnow"}
    for _run in range(2):
        refused = StringIO()
        call_command("import_visits", CDNOW, today=date(1998, 6, 30), stdout=StringIO(), stderr=refused, **options)
        assert refused.getvalue() == ""

    now = summary("cdnow", date(1998, 6, 30))
    assert (now.rows, now.total) == (69_659, Decimal("2500315.63"))
    assert (now.clients, now.visits) == (23_570, 67_591)
    assert (now.boundary, now.dormant) == (date(1997, 12, 30), 18_189)
    assert VisitLine.objects.filter(amount=0).count() == 80
