"""Passwords, codes and waits: what is taken, what is told, and that a name that nobody has is
worked on like one that somebody has."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.door import Door, ways

from bureau_more_scenes import LONG, WRONG
from bureau_world import World, world
from sstibet import RulebookError, Settings
from sstibet.bureau import CHEAP, STRONG, Hashing
from sstibet.bureau import users as users_module
from sstibet.bureau.passwords import LONGEST, cost_of, normal, why_weak
from sstibet.bureau.throttle import wait
from sstibet.vault import Index

MIDDLING = Hashing(passes=2, memory=512)


@pytest.fixture
def here() -> Iterator[World]:
    """A bureau in memory."""
    made = world()
    yield made
    made.bureau.close()


class TestPasswords:
    """8 to 64 characters and more of any kind; no rule of which; none that is tried first."""

    @pytest.mark.parametrize(
        "password",
        [
            "correct horse battery",
            "ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
            "雪山下的八个字啊",
            "        x y z",
            "🏔🐑🧈🍵🏔🐑🧈🏵",
            "tr0ub4dour&3",
            "onlylowercaseletterswithoutanydigit",
            "9" * 3 + "17 28 46" * 7,
            "é" * 3 + "à la plage tous les étés " * 8,
        ],
    )
    def test_any_characters_will_do(self, here: World, password: str) -> None:
        assert here.ask("users.keep_password", "", password=password).answer == "kept"

    @pytest.mark.parametrize(
        ("password", "fault"),
        [
            ("sevench", "too_short"),
            ("e\u0301" * 7, "too_short"),  # 14 code points are seven letters
            ("x" + "长" * LONGEST, "too_long"),
            ("x" * 2_000_000, "too_long"),
            ("\ufdfa" * 20, "too_long"),  # each is eighteen, normalised
            ("Password1", "common"),
            ("ｐａｓｓｗｏｒｄ１", "common"),
            ("iloveyou2026!", "common"),
            ("aaaaaaaaaaaa", "run"),
            ("abcabcabcabc", "run"),
            ("23456789", "run"),
            ("87654321", "common"),
            ("ytrewqpoiuyt", "run"),
            ("kelsang_2026 x", "own"),
            ("13800138000ab", "own"),
            ("born 19900307", "own"),
            ("540102199003070011", "own"),
            ("sstibet Lhasa 1", "own"),
        ],
    )
    def test_what_is_tried_first_is_not_taken_and_why_is_told(
        self, here: World, password: str, fault: str
    ) -> None:
        own = {
            "user_name": "Kelsang_2026",
            "mobile": "13800138000",
            "id_number": "540102199003070011",
        }
        said = here.ask("users.keep_password", "", password=password, **own)

        assert (said.answer, said.facts) == ("weak", {"password_fault": fault})

    def test_what_holds_ones_own_name_is_taken_where_the_rest_is_a_password(self) -> None:
        assert why_weak("kelsang_2026 rides a blue yak", ["kelsang_2026"]) is None

    def test_full_width_and_composed_forms_are_the_same_password(self, here: World) -> None:
        person = here.cast.resident
        code = here.code_for(person)
        here.ask("messages.check_code", "", sms_code=code)
        new = "Ｃａｆé au lait №7"
        here.ask("users.reset_password", "", user_name=person.user_name, password=new)
        said = [
            here.ask("users.sign_in", "", user_name=person.user_name, password=typed,
                     sms_code=here.code_for(person)).answer
            for typed in (unicodedata.normalize(form, new) for form in ("NFD", "NFKC", "NFC"))
        ]  # fmt: skip

        assert said == ["signed_in"] * 3

    def test_the_last_character_counts(self, here: World) -> None:
        hashed = CHEAP.hash(normal("长" * 200 + "一") or "")

        assert CHEAP.fits(hashed, normal("长" * 200 + "一") or "")
        assert not CHEAP.fits(hashed, normal("长" * 200 + "二") or "")

    def test_what_is_no_text_is_refused_like_any_other(self, here: World) -> None:
        person = here.cast.resident
        for password in ("\ud800" * 9, "x" * 10**6):
            facts = {"user_name": person.user_name, "sms_code": here.code_for(person)}
            assert here.ask("users.sign_in", "", password=password, **facts).answer == "refused"


class TestTheCost:
    """The cost of a hash comes from the settings, and is renewed when its user signs in."""

    def test_it_is_at_least_what_owasp_asks_for_unless_it_is_for_tests(
        self, tmp_path: Path
    ) -> None:
        default = Settings.none().passwords
        assert (default.memory, default.passes, default.lanes) == (19_456, 2, 1)
        assert (STRONG.memory, STRONG.passes, STRONG.lanes) == (19_456, 2, 1)
        place = tmp_path / "desk.yaml"
        for text, code in (
            ("passwords: {memory: 19455, passes: 2}", "weak_hashing"),
            ("passwords: {memory: 47103, passes: 1}", "weak_hashing"),
            ("passwords: {lanes: 9, memory: 64, for_tests: yes}", "weak_hashing"),
            ("passwords: {memory: 99999999}", "setting_out_of_bounds"),
            ("sessions: {idle_minutes: 61}", "setting_out_of_bounds"),
        ):
            place.write_text(text + "\n", encoding="utf-8")
            with pytest.raises(RulebookError, match=code) as caught:
                Settings.read(place)
            assert [each.line for each in caught.value.problems] == [1]
        place.write_text("passwords: {memory: 256, passes: 1, for_tests: yes}\n", encoding="utf-8")
        assert Settings.read(place).passwords.memory == 256

    def test_a_hash_is_made_anew_at_the_next_good_sign_in(self, tmp_path: Path) -> None:
        first = world(tmp_path / "desk.db")
        person = first.cast.resident
        assert _cost(first, person.actor) == CHEAP.cost
        first.bureau.close()
        here = world(tmp_path / "desk.db", hashing=MIDDLING)
        facts = {"user_name": person.user_name, "password": here.bureau.demo_password(person)}
        here.ask("users.sign_in", "", **{**facts, "password": LONG}, sms_code=here.code_for(person))
        assert _cost(here, person.actor) == CHEAP.cost

        for _ in range(2):
            said = here.ask("users.sign_in", "", **facts, sms_code=here.code_for(person))
            assert said.answer == "signed_in"
            assert _cost(here, person.actor) == MIDDLING.cost

    def test_a_password_that_is_changed_while_it_is_compared_lets_nobody_in(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, other = world(tmp_path / "desk.db"), world(tmp_path / "desk.db")
        person, fits = here.cast.resident, Hashing.fits
        other.ask("messages.check_code", "", "reset", sms_code=other.code_for(person, "reset"))
        facts = {"user_name": person.user_name, "password": here.bureau.demo_password(person),
                 "sms_code": here.code_for(person)}  # fmt: skip

        def slow(hashing: Hashing, hashed: str, secret: str) -> bool:
            new = {"user_name": person.user_name, "password": LONG}
            other.ask("users.reset_password", "", "reset", "k", **new)
            return fits(hashing, hashed, secret)

        monkeypatch.setattr(Hashing, "fits", slow)
        assert here.ask("users.sign_in", "", **facts).answer == "refused"

    def test_a_new_password_costs_what_the_settings_say(self, tmp_path: Path) -> None:
        here = world(tmp_path / "desk.db", hashing=MIDDLING)
        person = here.cast.resident
        here.ask("messages.check_code", "", sms_code=here.code_for(person))
        here.ask("users.reset_password", "", user_name=person.user_name, password=LONG)

        assert _cost(here, person.actor) == MIDDLING.cost


def _cost(here: World, actor: str) -> str:
    rows = here.bureau._database.rows("SELECT actor, hash, cost FROM bureau_users")
    [row] = [each for each in rows if each["actor"] == actor]
    assert cost_of(row["hash"]) == row["cost"]
    return str(row["cost"])


class Work:
    """Counts what a bureau does: statements, and hashes by their cost."""

    def __init__(self, here: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.here, self.hashes = here, Counter[tuple[str, str]]()
        for name in ("hash", "fits"):
            monkeypatch.setattr(Hashing, name, self._counted(name, getattr(Hashing, name)))

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def count(hashing: Hashing, *given: str) -> Any:
            self.hashes[name, hashing.cost] += 1
            return real(hashing, *given)

        return count

    def of(self, verb: str, ref: str, **facts: str) -> tuple[object, ...]:
        """What one verb does and answers."""
        seen = list[str]()
        database = self.here.bureau._database
        database._connection.exec_trace = lambda _, sql, values: seen.append(sql) or True
        self.hashes.clear()
        said = self.here.ask(verb, "", ref, **facts)
        database._connection.exec_trace = None
        return said.answer, dict(self.hashes), seen


class TestTheSameWork:
    """Known or unknown: the same answer, the same statements, the same hashes at the same costs."""

    @pytest.fixture
    def work(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Work:
        here = world(tmp_path / "desk.db", hashing=MIDDLING)
        for cost in (CHEAP, MIDDLING):
            users_module.nobody(cost)
        # One user's hash is renewed already: there are hashes of two costs.
        person = here.cast.neighbour
        facts = {"user_name": person.user_name, "password": here.bureau.demo_password(person)}
        here.ask("users.sign_in", "", "first", **facts, sms_code=here.code_for(person, "first"))
        return Work(here, monkeypatch)

    def test_by_password(self, work: Work) -> None:
        names = ("demo_resident", "demo_neighbour", "nobody_has_it")
        found = list[object]()
        for name in names:
            steps = list[object]()
            for verb, facts in (
                ("messages.send_code_to_user", {"user_name": name}),
                *[("users.sign_in", {"user_name": name, "password": LONG, "sms_code": WRONG})] * 7,
            ):
                steps.append(work.of(verb, f"item {name}", **facts))
            found.append(steps)

        assert found[0] == found[1] == found[2]
        assert _answers(found[0]) == ["sent", *["refused"] * 5, "locked", "locked"]
        assert found[0][1][1] == {("fits", CHEAP.cost): 1, ("fits", MIDDLING.cost): 1}  # type: ignore[index]

    def test_the_right_password_with_a_wrong_code_is_like_a_wrong_one(self, work: Work) -> None:
        person = work.here.cast.resident
        found = list[object]()
        for password in (work.here.bureau.demo_password(person), LONG):
            work.here.code_for(person)
            facts = {"user_name": str(person.user_name), "password": password, "sms_code": WRONG}
            found.append(work.of("users.sign_in", "item-1", **facts))

        assert found[0] == found[1]

    def test_by_text_message(self, work: Work) -> None:
        found = list[object]()
        for mobile in (work.here.cast.resident.mobile, "13900000000"):
            steps = [work.of("messages.send_code", mobile, mobile=mobile)]
            facts = {"mobile": mobile, "sms_code": "no code"}
            steps += [work.of("users.sign_in_by_code", mobile, **facts) for _ in range(7)]
            found.append(steps)

        assert found[0] == found[1]

    def test_by_face(self, work: Work) -> None:
        person, found = work.here.cast.resident, list[object]()
        for number in (person.id_number, "549902199003300099"):
            facts = {"person_name": person.name, "id_number": number, "face_scan": "another"}
            found.append([work.of("users.sign_in_by_face", number, **facts) for _ in range(7)])

        assert found[0] == found[1]

    def test_in_a_reset(self, work: Work) -> None:
        found = list[object]()
        for name in ("demo_resident", "nobody_has_it"):
            steps = [work.of("messages.send_code_to_user", name, user_name=name)]
            steps += [work.of("messages.check_code", name, sms_code=WRONG) for _ in range(4)]
            steps.append(work.of("users.reset_password", name, user_name=name, password=LONG))
            found.append(steps)

        assert found[0] == found[1]
        assert _answers(found[0]) == ["sent", "wrong", "wrong", "too_many", "too_many", "refused"]

    def test_in_a_registration_until_the_number_is_proved(self, work: Work) -> None:
        nobody, found = work.here.cast.nobody, list[object]()
        for name in ("demo_resident", "quite_a_new_one"):
            own = {"user_name": name, "id_number": nobody.id_number, "mobile": nobody.mobile}
            person = {"person_name": nobody.name, "id_type": "201"}
            steps = [work.of("users.keep_password", name, password=LONG, **own)]
            steps.append(work.of("messages.send_code", name, mobile=nobody.mobile))
            steps.append(work.of("messages.check_code", name, sms_code=WRONG))
            found.append(steps)
            with pytest.raises(Exception, match="not verified"):
                work.of("users.register", name, **own, **person)

        assert found[0] == found[1]


def _answers(steps: object) -> list[object]:
    return [each[0] for each in steps]  # type: ignore[attr-defined]  # a list of what Work.of gives


class TestCodes:
    """Six digits, for one item and one number, once; and no way to more tries than there are."""

    def test_they_are_six_digits_that_nobody_can_foresee(self) -> None:
        from sstibet.bureau.bureau import _six_digits

        made = [_six_digits() for _ in range(2000)]
        assert all(len(each) == 6 and each.isascii() and each.isdigit() for each in made)
        assert len(set(made)) > 1980  # of 2,000, two are alike now and then
        assert any(each.startswith("0") for each in made)

    def test_a_new_code_makes_the_old_one_useless(self, here: World) -> None:
        person = here.cast.resident
        old = here.code_for(person)
        here.code_for(person)

        assert here.ask("messages.check_code", "", sms_code=old).answer == "wrong"

    def test_what_stands_in_the_file_is_no_hash_that_anybody_could_try(
        self, tmp_path: Path
    ) -> None:
        import hashlib

        here = world(tmp_path / "desk.db", codes=lambda: "424242")
        here.code_for(here.cast.resident)
        [row] = here.bureau._database.rows("SELECT * FROM bureau_codes")
        tried = {
            hashlib.new(name, text.encode()).digest()[:16]
            for name in ("sha256", "md5", "sha1")
            for text in ("424242", "item-1424242", "item-1\n424242")
        }

        assert len(row["mark"]) == 16
        assert row["mark"] not in tried
        assert here.bureau._database.mark("code", "424242") != row["mark"]

    def test_new_items_and_new_codes_bring_no_new_tries(self, here: World) -> None:
        person = here.cast.resident
        said = list[str]()
        for n in range(6):
            here.code_for(person, f"reset {n}")
            said.append(here.ask("messages.check_code", "", f"reset {n}", sms_code="no").answer)
            here.clock.at += 130

        assert said == ["wrong"] * 5 + ["too_many"]

    def test_a_number_has_one_count_whatever_it_is_asked_for(self, here: World) -> None:
        person = here.cast.resident
        for n in range(5):
            here.ask("messages.send_code", "", f"register {n}", mobile=person.mobile)
            here.ask("messages.check_code", "", f"register {n}", sms_code="no")
            here.clock.at += 130
        right = {"sms_code": here.code_for(person, "reset")}

        assert here.ask("messages.check_code", "", "reset", **right).answer == "too_many"

    def test_the_right_code_ends_the_count_and_a_new_one_does_not(self, here: World) -> None:
        person = here.cast.resident

        def tried(ref: str, code: str | None = None) -> str:
            sent = here.code_for(person, ref)
            said = here.ask("messages.check_code", "", ref, sms_code=code or sent).answer
            here.clock.at += 130
            return said

        assert [tried(f"a{n}", "no") for n in range(4)] == ["wrong"] * 4
        assert tried("b") == "right"
        assert [tried(f"c{n}", "no") for n in range(5)] == ["wrong"] * 5
        assert tried("d") == "too_many"

    def test_twenty_messages_a_day_and_no_more(self, here: World) -> None:
        mobile, said = here.cast.resident.mobile, list[str]()
        for n in range(22):
            said.append(here.ask("messages.send_code", "", f"item {n}", mobile=mobile).answer)
            here.clock.at += 300
        assert said == ["sent"] * 20 + ["too_many"] * 2
        here.clock.at += 86_400

        assert here.ask("messages.send_code", "", "later", mobile=mobile).answer == "sent"

    def test_a_number_that_was_not_proved_registers_nobody(self, here: World) -> None:
        nobody = here.cast.nobody
        here.ask("users.keep_password", "", password=LONG)
        facts = {"user_name": "a_new_one", "id_type": "201", "id_number": nobody.id_number}
        here.ask("messages.send_code", "", mobile="13900000000")
        code = here.bureau.code("13900000000")
        assert here.ask("messages.check_code", "", sms_code=code).answer == "right"

        with pytest.raises(Exception, match="not verified"):
            here.ask("users.register", "", **facts, person_name=nobody.name, mobile=nobody.mobile)


class TestWaits:
    """A wait grows and ends by itself; nobody makes another's longer, and other ways stay open."""

    def test_waits_double_up_to_a_day(self) -> None:
        assert [wait(n) for n in (0, 4, 5, 10, 15, 20)] == [0, 0, 900, 1800, 3600, 7200]
        assert max(wait(n) for n in range(0, 10_000, 5)) == 86_400

    def test_what_is_tried_meanwhile_makes_it_no_longer(self, here: World) -> None:
        person = here.cast.resident
        facts = {"user_name": person.user_name, "password": LONG, "sms_code": WRONG}
        for _ in range(5):
            here.ask("users.sign_in", "", **facts)
        for _ in range(89):
            here.clock.at += 10
            assert here.ask("users.sign_in", "", **facts).answer == "locked"
        here.clock.at += 10

        facts["password"], facts["sms_code"] = (
            here.bureau.demo_password(person),
            here.code_for(person),
        )
        assert here.ask("users.sign_in", "", **facts).answer == "signed_in"

    def test_a_month_of_attack_locks_nobody_out_for_longer_than_a_day(self, here: World) -> None:
        person = here.cast.resident
        wrong = {"user_name": person.user_name, "password": LONG, "sms_code": WRONG}
        tries = 0
        for _ in range(30 * 24):
            while here.ask("users.sign_in", "", **wrong).answer == "refused":
                tries += 1
            here.clock.at += 3600
        here.clock.at += 86_400

        assert tries < 200
        right = {**wrong, "password": here.bureau.demo_password(person),
                 "sms_code": here.code_for(person)}  # fmt: skip
        assert here.ask("users.sign_in", "", **right).answer == "signed_in"

    def test_a_way_that_is_locked_leaves_the_others_open(self, here: World) -> None:
        person = here.cast.resident
        facts = {"user_name": person.user_name, "password": LONG, "sms_code": WRONG}
        for _ in range(6):
            said = here.ask("users.sign_in", "", **facts)
        assert said.answer == "locked"
        here.ask("messages.send_code", "", "phone", mobile=person.mobile)
        by_code = {"mobile": person.mobile, "sms_code": here.bureau.code(person.mobile)}
        by_face = {"person_name": person.name, "id_number": person.id_number}

        assert here.ask("users.sign_in_by_code", "", "phone", **by_code).answer == "signed_in"
        assert (
            here.ask("users.sign_in_by_face", "", **by_face, face_scan=here.bureau.demo_face())
        ).answer == "signed_in"

    def test_a_new_password_opens_the_way_again(self, here: World) -> None:
        person = here.cast.resident
        facts = {"user_name": person.user_name, "password": LONG, "sms_code": WRONG}
        for _ in range(6):
            here.ask("users.sign_in", "", **facts)
        here.ask("messages.check_code", "", "reset", sms_code=here.code_for(person, "reset"))
        here.ask("users.reset_password", "", "reset", user_name=person.user_name, password=LONG)

        facts["sms_code"] = here.code_for(person)
        assert here.ask("users.sign_in", "", **facts).answer == "signed_in"


@pytest.mark.parametrize(
    "way", ["sign-in by password", "sign-in by text message", "sign-in by face"]
)
def test_of_who_is_refused_no_more_is_opened_than_of_nobody(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sealed of a user is opened once they are let in: before, it would take time that who
    is unknown doesn't."""
    door, opened = Door(), list[str]()
    opens = Index.open

    def watched(index: Index, kind: str, sealed: bytes) -> str:
        opened.append(kind)
        return opens(index, kind, sealed)

    monkeypatch.setattr(Index, "open", watched)
    counts = dict[str, list[str]]()
    for who, one in ways(door)[way].items():
        opened.clear()
        one(door)
        counts[who] = sorted(opened)
    door.close()
    sent_to = ["mobile"] if way == "sign-in by password" else []  # where the code is sent before
    nobody = counts.pop("unknown")
    assert all(each == sorted([*nobody, *sent_to]) for each in counts.values()), counts
