"""Values that mask themselves: whoever prints, formats, logs, joins or pickles one shows no more
than its ends."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import traceback
from datetime import date
from typing import Any

import pytest

import sstibet
from sstibet import Engine, Personal, SetClock, reply
from sstibet.deciding import BookFault
from sstibet.personal import Veiled, mask, veiled
from sstibet.plain import plain
from sstibet.stores.records import Outgoing
from sstibet.sweeping import swept

NUMBER = "549901199001010017"
ID = Personal(NUMBER, "resident_id")
SECRET = Personal("correct horse", "secret")


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("resident_id", NUMBER, "549901********0017"),
        ("id_number", "E12345678", "*******78"),
        ("mobile", "19900000018", "199****0018"),
        ("bank_card", "6227000000000000011", "***************0011"),
        ("account_number", "6222020000000000018", "***************0018"),
        ("person_name", "格桑虚构", "格**"),
        ("person_name", "格", "******"),
        ("secret", "correct horse", "******"),
        ("text", "虚构路1号", "******"),
        ("user_name", "kelsang_2026", "******"),
        ("date", date(1990, 1, 1), "******"),
    ],
)
def test_each_kind_shows_what_may_be_shown(kind: str, value: Any, shown: str) -> None:
    """The ends of numbers, the first character of a name, of all else nothing."""
    assert mask(kind, value) == shown
    assert Personal(value, kind).masked == shown


class TestShowing:
    """Every way of making a text of it."""

    @pytest.mark.parametrize("value", [ID, SECRET, Personal(date(1990, 1, 1), "date")])
    def test_no_text_made_of_it_holds_more_than_the_mask(self, value: Personal[Any]) -> None:
        kept = dataclasses.make_dataclass("Kept", ["who"])(value)
        texts = [
            repr(value), str(value), f"{value}", f"{value!r:>80}", f"{value:>40}", f"{value!s}",
            "%s %r" % (value, value), "{} {!a}".format(value, value),  # noqa: UP031, UP032
            pprint.pformat([value]), repr({value: value}), repr(kept), repr((value,)),
        ]  # fmt: skip
        out = io.StringIO()
        log = logging.Logger("here")
        log.addHandler(logging.StreamHandler(out))
        log.warning("%s %r %s", value, value, [value])
        for text in (*texts, out.getvalue()):
            assert str(value.reveal()) not in text
            assert value.masked in text

    def test_it_is_no_text_and_is_not_joined_to_one(self) -> None:
        assert not isinstance(ID, str)
        for join in (lambda: "id " + ID, lambda: "".join([ID]), lambda: json.dumps(ID)):
            with pytest.raises(TypeError) as refused:
                join()
            assert NUMBER not in str(refused.value)

    def test_a_pickle_is_refused_and_a_copy_is_itself(self) -> None:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match="reveal"):
                pickle.dumps({"who": ID}, protocol)
        assert copy.copy(ID) is ID
        assert copy.deepcopy([ID])[0] is ID

    def test_a_traceback_with_locals_shows_it_masked(self) -> None:
        def fails(who: Personal[str]) -> None:
            held = [who]
            raise ValueError(f"no such person: {who} {held}")

        with pytest.raises(ValueError, match="no such") as refused:
            fails(ID)
        told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
        text = "".join(told.format())
        assert "549901********0017" in text.split("fails", 2)[2]
        frame = told.stack[-1]
        assert NUMBER not in str(frame.locals)

    def test_rich_and_pydantic_show_it_masked(self) -> None:
        pydantic = pytest.importorskip("pydantic")
        pretty = pytest.importorskip("rich.pretty")
        model = pydantic.create_model("Kept", who=(Personal, ...), age=(int, 1))
        kept = model(who=ID)
        assert NUMBER not in pretty.pretty_repr({"a": ID, "b": [kept], "c": veiled({"x": NUMBER})})
        assert NUMBER not in repr(kept) + kept.model_dump_json()
        assert kept.model_dump()["who"].reveal() == NUMBER
        with pytest.raises(pydantic.ValidationError) as refused:
            model(who=ID, age=ID)
        assert NUMBER not in str(refused.value)

    def test_answers_behind_a_veil_tell_how_many_they_are(self) -> None:
        answers = veiled({"id": ID, "rows": [{"who": ID}], "n": 1})
        assert isinstance(answers, Veiled)
        assert repr(answers) == f"{answers}" == "<3 answers>"
        assert answers == {"id": NUMBER, "rows": [{"who": NUMBER}], "n": 1}


class TestContent:
    """It is what it holds."""

    def test_it_equals_and_hashes_as_what_it_holds(self) -> None:
        assert ID == Personal(NUMBER, "id_number") == NUMBER
        assert NUMBER == ID
        assert NUMBER[:-1] != ID
        assert {NUMBER: 1}[ID] == 1  # type: ignore[index]  # that is what is shown
        assert Personal(date(1990, 1, 1)) == date(1990, 1, 1)
        assert Personal("1") != 1
        assert ID.reveal() == NUMBER

    def test_it_does_not_change_and_holds_no_other(self) -> None:
        with pytest.raises(AttributeError):
            ID._value = "x"  # type: ignore[misc]
        with pytest.raises(AttributeError):
            del ID._value
        with pytest.raises(TypeError):
            Personal(ID)

    def test_made_plain_it_is_stored_as_what_it_holds(self) -> None:
        """Never as its mask: what is kept is kept whole."""
        assert plain({"a": ID, "rows": ({"b": Personal(date(1990, 1, 1), "date")},)}) == {
            "a": NUMBER,
            "rows": [{"b": "1990-01-01"}],
        }


class TestAtPorts:
    """What ports are told, and may answer with."""

    def test_persons_are_told_masked_and_taken_back(self) -> None:
        seen = dict[str, Any]()

        class Registry(sstibet.PartialPort):
            def find_enrolments(self, call: sstibet.Call, **told: Any) -> sstibet.Reply:
                seen.update(told)
                return reply("not_found")

        desk = Engine.open(ports={"registry": Registry()}, clock=SetClock.on("2025-10-15T09:00"))
        ref = desk.start("resident_payment", actor="p").ref
        desk.send(ref, "submit", {"insured_name": "格桑", "insured_id_number": ID}, actor="p")
        assert seen["insured_name"] == "格桑"
        assert repr(seen["insured_id_number"]) == "<Personal 549901********0017>"
        assert type(seen["insurance_group"]) is str  # a code is nobody's

    def test_a_reply_may_hold_one(self) -> None:
        class Users(sstibet.PartialPort):
            def profile(self, call: sstibet.Call) -> sstibet.Reply:
                return reply(
                    "found",
                    user_name="kelsang_2026",
                    person_name="格桑虚构",
                    id_type="201",
                    id_number=Personal(NUMBER, "id_number"),
                    nationality="156",
                    mobile=Personal("19900000018", "mobile"),
                )

        desk = Engine.open(ports={"users": Users()}, clock=SetClock.on("2025-10-15T09:00"))
        own = desk.start("profile_query", actor="p")
        item = desk.store.get(own.ref)
        assert item is not None
        assert item.answers["id_number"] == NUMBER
        assert type(item.answers["id_number"]) is str

    def test_of_rows_the_personal_columns_are(self) -> None:
        dictionary = sstibet.load().contents.dictionary
        rows = [{"line": "1", "insured_name": "格桑", "amount": "1.00", "enrolment": "E1"}]
        (row,) = dictionary.guarded("declaration_lines", dictionary.read("declaration_lines", rows))
        assert {name for name, each in row.items() if isinstance(each, Personal)} == {
            "insured_name",
            "enrolment",
        }


class TestSweeping:
    """Errors leave the engine without its locals."""

    def test_the_frames_of_the_library_are_empty_and_others_are_not(self) -> None:
        def theirs() -> None:
            mine = "their own"
            raise OSError(mine)

        class Full:
            def commit(self, change: object) -> None:
                theirs()

        desk = Engine.open(clock=SetClock.on("2025-10-15T09:00"))
        ref = desk.start("resident_payment", actor="p").ref
        desk.store.commit = Full().commit  # type: ignore[method-assign]
        with pytest.raises(OSError, match="their own") as broken:
            desk.send(
                ref, "submit", {"insured_name": "格桑虚构", "insured_id_number": NUMBER}, actor="p"
            )
        told = traceback.TracebackException.from_exception(broken.value, capture_locals=True)
        ours = [each for each in told.stack if "/sstibet/" in each.filename]
        assert len(ours) > 2
        assert all(NUMBER not in str(each.locals) for each in ours)
        assert "their own" in str(told.stack[-1].locals)

    def test_what_led_to_an_error_is_swept_as_well(self) -> None:
        names: dict[str, Any] = {"__name__": "sstibet.somewhere"}
        code = """
def first(it):
    raise KeyError
def second(it):
    try: first(it)
    except KeyError: raise OSError("broken")
"""
        exec(code, names)
        call = swept(lambda it: names["second"](it))
        with pytest.raises(OSError, match="broken") as broken:
            call(NUMBER)
        error: BaseException | None = broken.value
        while error is not None:
            place = error.__traceback__
            while place is not None:
                if place.tb_frame.f_globals.get("__name__") == "sstibet.somewhere":
                    assert place.tb_frame.f_locals == {}
                place = place.tb_next
            error = error.__context__


class TestMessages:
    """What a caller gives comes back in no message."""

    def test_neither_a_reference_nor_a_key_nor_a_ports_name(self) -> None:
        desk = Engine.open(clock=SetClock.on("2025-10-15T09:00"))
        ref = desk.start("resident_payment", actor="p", key=NUMBER).ref
        asks: list[Any] = [
            lambda: desk.view(NUMBER, actor="p"),
            lambda: desk.view(ref, actor=NUMBER),
            lambda: desk.send(NUMBER, "submit", {}, actor="p"),
            lambda: desk.start("login", actor="p", key=NUMBER),
            lambda: desk.callback(NUMBER, NUMBER, reply("found")),
            lambda: desk.callback("gateway", NUMBER, reply(NUMBER, charge_no=NUMBER)),
        ]
        for ask in asks:
            with pytest.raises((LookupError, ValueError)) as refused:
                ask()
            assert NUMBER not in str(refused.value) + repr(refused.value)

    @pytest.mark.parametrize(
        "answer", [reply(NUMBER), reply("found"), reply("found", id_number=NUMBER), NUMBER, None]
    )
    def test_nothing_that_a_broken_port_answers(
        self, answer: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Users(sstibet.PartialPort):
            def profile(self, call: sstibet.Call) -> Any:
                return answer

        desk = Engine.open(ports={"users": Users()}, clock=SetClock.on("2025-10-15T09:00"))
        with pytest.raises(BookFault) as refused:
            desk.start("profile_query", actor="p")
        desk.clock.forward(minutes=20)  # type: ignore[attr-defined]
        desk.deliver()
        assert NUMBER not in str(refused.value) + caplog.text

    def test_a_value_that_can_be_read_no_more_is_not_repeated(self) -> None:
        """A told value that the dictionary takes no more, as after a change of the book."""
        desk = Engine.open(clock=SetClock.on("2025-10-15T09:00"))
        ref = desk.start("resident_payment", actor="p").ref
        row = Outgoing(f"{ref}:1:1", ref, 1, "effect", "lines", "registry.find_enrolments",
                       {"insured_id_number": f"no {NUMBER}"})  # fmt: skip
        with pytest.raises(BookFault) as refused:
            desk._courier._ask(row, {}, {})
        assert NUMBER not in str(refused.value)
        assert refused.value.__suppress_context__
