"""The embedded bureau's file: its invented persons, and several processes on one file."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bureau_scenes import declare
from bureau_world import Clock, World, contents, world
from sstibet.bureau import Bureau, OldSqlite
from sstibet.bureau.database import check_version
from sstibet.money import Money
from sstibet.resident_id import parse_resident_id


@pytest.fixture
def here() -> Iterator[World]:
    """A bureau in memory."""
    made = world()
    yield made
    made.bureau.close()


class TestThePersons:
    """Three hundred invented persons, always the same, none of whom can be real."""

    def test_each_has_a_right_and_invented_id_number(self) -> None:
        persons = Bureau.open(clock=Clock()).persons()
        resident = [each for each in persons if each.id_type == "201"]

        assert len(persons) == 300
        assert len({each.id_number for each in persons}) == 300
        for person in resident:
            assert parse_resident_id(person.id_number) == person.id_number
            assert person.id_number[:4] == "5499"
            assert int(person.id_number[16]) % 2 == (person.sex == "male")

    def test_each_is_what_the_facts_allow(self) -> None:
        read = contents().dictionary.read
        for person in Bureau.open(clock=Clock()).persons():
            assert read("person_name", person.name) == person.name
            assert read("mobile", person.mobile) == person.mobile
            read("birth_date", person.birth_date)
            for name in ("sex", "category", "nationality", "id_type"):
                read(name, getattr(person, name))
            if person.user_name is not None:
                read("user_name", person.user_name)

    def test_the_same_seed_invents_the_same_persons(self, tmp_path: Path) -> None:
        open_ = [
            Bureau.open(tmp_path / f"{n}.db", clock=Clock(), seed=seed, persons=40).persons()
            for n, seed in enumerate((1, 1, 2))
        ]

        assert open_[0] == open_[1] != open_[2]

    def test_all_money_of_the_past_is_booked(self) -> None:
        sums = Bureau.open(clock=Clock()).money()

        assert sums.charged == sums.booked != Money(0)

    def test_the_cast_is_as_it_says(self, here: World) -> None:
        cast = here.cast
        paid = {
            role: sorted((row["scheme"], row["period"]) for row in _payments(here, role))
            for role in ("resident", "settled", "flexible", "refunder")
        }

        assert paid == {
            "resident": [],
            "settled": [("resident_medical", "2025"), ("resident_pension", "2025")],
            "flexible": [
                (scheme, month)
                for scheme in ("flexible_medical", "flexible_pension")
                for month in ("2024-12", "2025-09", "2025-10")
            ],
            "refunder": [
                ("resident_medical", "2025"),
                *[("resident_medical", "2026")] * 2,
                ("resident_pension", "2024"),
                *[("resident_pension", "2025")] * 2,
            ],
        }
        assert [cast.resident.accounts, cast.nobody.enrolments, cast.worker.accounts] == [()] * 3
        assert all(each.accounts for each in (cast.settled, cast.refunder, cast.flexible))
        assert (cast.newborn.user_name, cast.nobody.user_name) == (None, None)

    def test_the_cast_has_a_payment_for_each_ground_of_a_refund(self, here: World) -> None:
        found = {
            (role, name): row["amount"]
            for role in ("settled", "flexible", "employee", "refunder")
            for row in _payments(here, role)
            for name in ("overcharged", "kept_elsewhere", "overlaps_employee_pension")
            if row.get(name)
        }

        assert set(found) == {
            ("settled", "overcharged"),
            ("flexible", "kept_elsewhere"),
            ("employee", "overlaps_employee_pension"),
        }
        assert found["settled", "overcharged"] == "420.00"
        twice = [row for row in _payments(here, "refunder") if row["sequence"] == 2]
        assert sorted(row["period"] for row in twice) == ["2025", "2026"]

    @pytest.mark.parametrize("at", [1735660800, 1740672000, 1767110400, 1709164800])
    def test_whatever_the_day_there_is_a_month_left_to_pay(self, at: int) -> None:
        # New year's day, the end of February, the last of December, a 29 February.
        here = world(at=at)
        year = here.today().year
        months = {row["period"] for row in _payments(here, "flexible")}
        paid = {month for month in months if month.startswith(str(year))}

        assert months - paid == {f"{year - 1}-12"}
        assert len(paid) == 2
        assert f"{year}-12" not in paid


def _payments(here: World, role: str) -> list[dict[str, Any]]:
    answer = here.ask("ledger.paid", getattr(here.cast, role))
    return list(answer.facts.get("payments", ()))


class TestTheFile:
    """Two processes and many threads on one file: filled once, numbered once, booked once."""

    def test_an_older_sqlite_is_refused(self) -> None:
        check_version("3.51.3")
        with pytest.raises(OldSqlite, match=r"3\.51\.3"):
            check_version("3.51.2")

    def test_threads_that_open_one_file_fill_it_once(self, tmp_path: Path) -> None:
        made: list[World] = []
        threads = [
            threading.Thread(target=lambda: made.append(world(tmp_path / "desk.db")))
            for _ in range(4)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert [len(each.bureau.persons()) for each in made] == [18] * 4
        assert len({repr(each.cast) for each in made}) == 1

    def test_a_second_process_declares_what_the_first_has_not(self, tmp_path: Path) -> None:
        here = world(tmp_path / "desk.db")
        scripts = [
            subprocess.Popen([sys.executable, "-c", _RACE, str(tmp_path / "desk.db"), str(n)],
                             cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True)
            for n in range(2)
        ]  # fmt: skip
        said = [json.loads(each.communicate(timeout=60)[0]) for each in scripts]
        numbers = [number for each in said for number in each if number]

        # Twenty years are declared, each by one of the two.
        assert len(numbers) == len(set(numbers)) == 20
        assert here.ask("ledger.declared").facts["page_count"] == 2

    def test_who_opens_it_by_another_seed_finds_the_first(self, tmp_path: Path) -> None:
        first = world(tmp_path / "desk.db", seed=1)
        second = world(tmp_path / "desk.db", seed=2)
        assert first.cast == second.cast
        assert first.bureau.demo_password("p0001") == second.bureau.demo_password("p0001")
        # Numbers are scattered by the seed: with two of them, two numbers might be the same.
        assert first.bureau._office.offset == second.bureau._office.offset == 1

    def test_it_lies_beside_other_tables(self, tmp_path: Path) -> None:
        import apsw

        path = tmp_path / "desk.db"
        other = apsw.Connection(str(path))
        other.execute("CREATE TABLE items (ref); INSERT INTO items VALUES ('kept')")
        here = world(path)
        declare(here)

        names = [row[0] for row in other.execute("SELECT name FROM sqlite_schema")]
        assert list(other.execute("SELECT ref FROM items")) == [("kept",)]
        assert all("bureau_" in name for name in names if name != "items")


_RACE = """
import json, sys
from bureau_world import DECLARED_YEARS, world
here = world(sys.argv[1])
print(json.dumps([here.try_year(year) for year in DECLARED_YEARS]))
"""
