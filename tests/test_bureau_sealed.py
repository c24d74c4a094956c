"""The embedded bureau's file: nothing personal can be read in it, or altered, without its key."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import apsw
import pytest

from bureau_more_scenes import SCENES
from bureau_world import ACCOUNT, CARD, World, world
from sstibet import Spoilt, Vault
from sstibet.bureau.sealed import BOUND, KINDS, LOOKED_UP

KEYS = {"a": b"a" * 32, "b": b"b" * 32}
OLD_TABLES = (Path(__file__).parent / "old" / "bureau_schema_1.sql").read_text("utf-8")


def written(folder: Path) -> bytes:
    """All bytes of a desk's files but its key."""
    return b"".join(file.read_bytes() for file in folder.glob("desk.db*") if file.suffix != ".key")


def personal(here: World) -> list[str]:
    """What may be read nowhere: names, numbers and days of persons."""
    found = list[str]()
    for person in here.bureau.persons():
        found += [person.name, person.id_number, person.mobile, person.birth_date.isoformat()]
        found += [person.user_name] if person.user_name else []
    rows = here.bureau._database.rows("SELECT account_number FROM bureau_accounts")
    return found + [row["account_number"] for row in rows]


class TestAtRest:
    """What is personal is sealed, whatever the bureau does."""

    def test_nothing_personal_can_be_read_after_every_answer_of_every_verb(
        self, tmp_path: Path
    ) -> None:
        here = world(tmp_path / "desk.db")
        before = personal(here)
        for play in SCENES.values():
            try:
                play(here)
            except Exception:  # a scene finds what the one before it has left
                continue
        filed = {**ACCOUNT, "account_name": "标记户名"}
        account = here.ask("accounts.file", here.cast.nobody, **filed).facts["account"]
        here.ask("agreements.sign", here.cast.nobody, account=account, scheme="resident_pension",
                 holder_is_another=True, holder_name="标记持有人", holder_id_type="201",
                 holder_id_number="540199200001010015", holder_mobile="13911112222")  # fmt: skip
        marked = ["标记户名", "标记持有人", "540199200001010015", "13911112222", "p0001", "p0018"]
        marked += [ACCOUNT["account_number"], ACCOUNT["bank_branch"], CARD["card_number"]]
        marked += [CARD["card_holder"], "demo_resident", "a_new_one"]
        found = written(tmp_path)

        assert b"bureau_agreements" in found, "the file is looked into as it is"
        assert len({*before, *marked}) > 80
        assert [each for each in {*before, *marked} if each.encode() in found] == []

    def test_what_is_sealed_is_what_the_tables_have(self, tmp_path: Path) -> None:
        here = world(tmp_path / "desk.db")
        database = here.bureau._database
        columns = {
            (table, row["name"]): row["type"]
            for table in [
                row["name"]
                for row in database.bare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            ]
            for row in database.bare(f"PRAGMA table_info({table})")
        }
        sealed = {(table, name) for table, names in LOOKED_UP.items() for name in names}
        sealed |= {(each.table, name) for name, each in BOUND.items()}
        marks = {
            ("bureau_failures", "who"), ("bureau_codes", "sent_to"), ("bureau_codes", "number"),
            ("bureau_codes", "mark"), ("bureau_sendings", "sent_to"), ("bureau_sessions", "mark"),
            ("bureau_sessions", "item"),
        }  # fmt: skip

        assert {each for each, kind in columns.items() if kind == "BLOB"} == sealed | marks
        for (table, name), kind in columns.items():
            plain = table in ("bureau_meta", "bureau_counters")
            assert plain or (name in KINDS or name in BOUND) == ((table, name) in sealed), kind

    def test_the_names_of_the_cast_are_read_back(self, tmp_path: Path) -> None:
        assert world(tmp_path / "desk.db").cast == world().cast

    def test_a_row_that_was_altered_is_refused(self, tmp_path: Path) -> None:
        here = world(tmp_path / "desk.db")
        other = apsw.Connection(str(tmp_path / "desk.db"))
        [(one,), (two,)] = other.execute("SELECT about FROM bureau_persons LIMIT 2")
        sql = "UPDATE bureau_persons SET about = ? WHERE about = ?"
        other.execute(sql, (two, one))
        with pytest.raises(Spoilt):
            here.ask("registry.myself")
        other.execute("UPDATE bureau_persons SET name = x'00112233' WHERE about = ?", (two,))
        with pytest.raises(Spoilt):
            here.bureau.persons()

    def test_another_key_opens_nothing(self, tmp_path: Path) -> None:
        world(tmp_path / "desk.db", vault=Vault({"a": KEYS["a"]})).bureau.close()

        with pytest.raises(Spoilt):
            world(tmp_path / "desk.db", vault=Vault({"a": KEYS["b"]}))
        with pytest.raises(Spoilt):
            world(tmp_path / "desk.db", vault=Vault({"b": KEYS["b"]}))

    def test_without_keys_one_stands_beside_the_file(self, tmp_path: Path) -> None:
        world(tmp_path / "desk.db").bureau.close()
        assert (tmp_path / "desk.db.key").stat().st_mode & 0o077 == 0
        (tmp_path / "desk.db.key").unlink()

        with pytest.raises(Spoilt):
            world(tmp_path / "desk.db")


class TestANewKey:
    """After `reseal` has come to its end, the old key is needed no more."""

    def test_everything_is_sealed_anew_bit_by_bit(self, tmp_path: Path) -> None:
        here = world(tmp_path / "desk.db", vault=Vault({"a": KEYS["a"]}))
        said = here.ask("papers.payment_certificate", here.cast.settled, key="k")
        here.ready("papers")
        cast = here.cast
        here.bureau.close()
        both = world(tmp_path / "desk.db", vault=Vault({"b": KEYS["b"], "a": KEYS["a"]}))
        rounds = 0
        while both.bureau.reseal(7):
            rounds += 1
        assert rounds > 2
        both.bureau.close()

        here = world(tmp_path / "desk.db", vault=Vault({"b": KEYS["b"]}))
        assert here.bureau.cast() == cast
        assert here.ask("papers.payment_certificate", here.cast.settled, key="k") == said
        assert here.bureau.reseal(100) == 0

    def test_in_memory_there_is_nothing_to_do(self) -> None:
        assert world().bureau.reseal(100) == 0


class TestAnOlderFile:
    """A bureau in plain text is brought forward as it is opened, whole; a newer one is refused."""

    def test_it_is_sealed_and_says_the_same(self, tmp_path: Path) -> None:
        new = world()
        new.ask("papers.payment_certificate", new.cast.settled, key=OLD_KEY)
        new.ready("papers")
        _write_old(tmp_path / "desk.db", new)
        told = personal(new)
        assert told[0].encode() in written(tmp_path)

        here = world(tmp_path / "desk.db")
        assert here.bureau.persons() == new.bureau.persons()
        assert here.bureau.money() == new.bureau.money()
        assert here.bureau.live_payments() == new.bureau.live_payments()
        again = ("papers.payment_certificate", here.cast.settled)
        assert here.ask(*again, key=OLD_KEY) == new.ask(*again, key=OLD_KEY)
        assert here.ask("registry.myself", here.cast.settled, key="m:1:1").answer == "not_found"
        facts = {"user_name": "DEMO_resident", "sms_code": here.code_for(here.cast.resident),
                 "password": here.bureau.demo_password("p0001")}  # fmt: skip
        assert here.ask("users.sign_in", "", **facts).answer == "signed_in"
        assert [each for each in told if each.encode() in written(tmp_path)] == []
        assert here.state().keys() == new.state().keys()

    def test_two_at_once_bring_it_forward_once(self, tmp_path: Path) -> None:
        import threading

        new = world()
        new.ask("papers.payment_certificate", new.cast.settled, key=OLD_KEY)
        _write_old(tmp_path / "desk.db", new)
        made = list[World]()
        threads = [
            threading.Thread(target=lambda: made.append(world(tmp_path / "desk.db")))
            for _ in range(3)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert [each.bureau.persons() for each in made] == [new.bureau.persons()] * 3

    def test_a_newer_one_is_refused(self, tmp_path: Path) -> None:
        world(tmp_path / "desk.db").bureau.close()
        other = apsw.Connection(str(tmp_path / "desk.db"))
        other.execute("UPDATE bureau_meta SET value = 99 WHERE name = 'schema'")
        other.close()

        with pytest.raises(RuntimeError, match="schema 99"):
            world(tmp_path / "desk.db")


def _write_old(path: Path, new: World) -> None:
    """What a bureau holds, in plain text, as schema 1 had it."""
    old = apsw.Connection(str(path))
    old.execute("PRAGMA journal_mode = WAL")
    old.execute(OLD_TABLES)
    for table, rows in _old_rows(new).items():
        columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
        for row in rows:
            values = [row[name] for name in columns]
            places = ", ".join("?" * len(values))
            old.execute(f"INSERT INTO {table} VALUES ({places})", values)
    old.execute(
        "INSERT INTO bureau_failures VALUES ('demo_resident', 5, 99999999999);"
        "INSERT INTO bureau_codes VALUES ('r', '13800138000', 'h', 0, 0, 'sent');"
        "INSERT INTO bureau_sendings VALUES ('13800138000', 0);"
        "INSERT INTO bureau_reservations VALUES ('r', 'somebody', '540102', 0)"
    )
    old.close()


def _old_rows(new: World) -> dict[str, list[dict[str, Any]]]:
    database, found = new.bureau._database, dict[str, list[dict[str, Any]]]()
    kept = ["bureau_meta", "bureau_counters", "bureau_persons", "bureau_enrolments", "bureau_bases",
            "bureau_declarations", "bureau_lines", "bureau_payments", "bureau_orders",
            "bureau_accounts", "bureau_agreements", "bureau_users", "bureau_replies", "bureau_jobs",
            "bureau_certificates", "bureau_certified"]  # fmt: skip
    for table in kept:
        found[table] = [
            {name: str(value) if type(value).__name__ == "Actor" else value
             for name, value in row.items()}
            for row in database.rows(f"SELECT * FROM {table}")
        ]  # fmt: skip
    found["bureau_meta"] = [
        {"name": row["name"], "value": str(row["value"])}
        for row in found["bureau_meta"]
        if row["name"] in ("seed", "seeded_on")
    ]
    persons = {each.actor: each for each in new.bureau.persons()}
    for row in found["bureau_persons"]:
        person = persons[row["actor"]]
        for name in OLD_PERSON:
            value: object = getattr(person, name)
            value = int(value) if isinstance(value, bool) else value
            row[name] = value.isoformat() if isinstance(value, date) else value
    for row in found["bureau_users"]:
        row["user_name"] = row["written"]
    [said] = [row["answered"] for row in found["bureau_replies"] if "issu" in row["answered"]]
    found["bureau_replies"] = [
        {"verb": "papers.payment_certificate", "key": OLD_KEY, "reply": said},
        {"verb": "registry.myself", "key": f"m:1:1 {new.cast.settled.actor}", "reply": SAID},
        {"verb": "registry.myself", "key": "nobody-knows:1:1", "reply": SAID},
    ]
    return found


OLD_KEY, SAID = "item-1:1:1", '["not_found", {}]'
OLD_PERSON = (
    "birth_date", "sex", "nationality", "category", "student", "public_employee",
    "in_employee_pension", "in_employee_medical", "in_another_medical_pool", "local_hukou",
    "monastic", "left_employee_insurance_on", "lapsed_years", "bought_back_years",
)  # fmt: skip
