"""What goes wrong between the steps: races, processes that die or are slow, ports that say
nonsense, ends told twice, one faulty item among many."""

from __future__ import annotations

import dataclasses
import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import sstibet
from engine_kit import AT, BOOK, Port, book_of, desk_of, opened
from sstibet import Engine, Reply, SetClock, View, reply
from sstibet.deciding import BookFault
from sstibet.engine.delivery import ROUNDS
from sstibet.engine.ids import CountedIds
from sstibet.items.roles import Withheld
from sstibet.rulebook import Rulebook
from sstibet.settings import Agent, Settings
from sstibet.stores.records import DONE, DUE, Change
from sstibet.stores.sqlite import SqliteStore

FOUND = reply(
    "found", person_name="格桑", id_type="201", id_number="540101199001010015", nationality="156"
)
ENDS = """
  t: {label: {zh: 甲, en: t}, ends: well}
  u: {label: {zh: 乙, en: u}, ends: badly}
"""
GO = "initial: s\nevents: {go: {label: {zh: 走, en: go}}, submit: {label: {zh: 交, en: submit}}}\n"
PLAIN = f"{GO}states:\n  s: {{on: {{go: {{to: m}}}}}}\n  m: {{on: {{go: {{to: t}}}}}}{ENDS}"
ASKING = f"""{GO}
effects: {{me: {{do: registry.myself}}}}
states:
  s: {{on: {{go: {{to: m, effects: [me]}}}}}}
  m: {{on: {{me.found: {{to: t}}, me.not_found: {{to: u}}, me.failed: {{to: u}}}}}}
{ENDS}"""


class Power(BaseException):
    """The process is gone."""


class Before:
    """A store that lets something happen right before its next commit, once."""

    def __init__(self, store: Any, act: Callable[[Change], object]) -> None:
        self._store, self._act = store, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, change: Change) -> None:
        act, self._act = self._act, lambda change: None
        act(change)
        self._store.commit(change)


class Ids:
    """References as they are listed; something may happen before the first."""

    def __init__(self, names: Iterable[str], act: Callable[[], object] = lambda: None) -> None:
        self._names, self._act = iter(names), act

    def new(self, kind: str) -> str:
        act, self._act = self._act, lambda: None
        act()
        return next(self._names)


def everything(desk: Engine) -> list[Any]:
    """All that the store holds."""
    tables = ("items", "history", "outbox", "keys")
    database: Any = desk.store
    return [list(database._db.execute(f"SELECT * FROM {table}")) for table in tables]


def events(desk: Engine, ref: str) -> list[str]:
    """What has happened to an item since it was begun."""
    return [past.event for past in desk.store.history(ref) if past.version]


def two_desks(path: Path, text: str, ports: dict[str, object], clock: SetClock) -> list[Engine]:
    """Two processes at one file."""
    book = book_of(trial=text)
    first, second = (
        desk_of(book, ports, path=path / "desk.db", clock=clock, ids=Ids(names))
        for names in (["a1", "a2", "a3"], ["b1", "b2", "b3"])
    )
    return [first, second]


@pytest.fixture
def clock() -> SetClock:
    """A Wednesday morning in Lhasa."""
    return SetClock(AT)


class TestOneKeyAtOnce:
    """Two processes take the same request at the same moment: it is taken once."""

    def test_begun_once(self, tmp_path: Path, clock: SetClock) -> None:
        first, second = two_desks(tmp_path, PLAIN, {}, clock)
        theirs: list[View] = []
        second.ids = Ids("yz", lambda: theirs.append(first.start("trial", actor="p", key="k")))
        ours = second.start("trial", actor="p", key="k")
        assert ours.ref == theirs[0].ref
        assert len(first.items(actor="p")) == 1

    def test_begun_for_something_else(self, tmp_path: Path, clock: SetClock) -> None:
        first, second = two_desks(tmp_path, PLAIN, {}, clock)
        view = first.start("trial", actor="p")
        second.ids = Ids("yz", lambda: first.send(view.ref, "go", actor="p", key="k"))
        with pytest.raises(sstibet.KeyReused):
            second.start("trial", actor="p", key="k")
        assert len(first.items(actor="p")) == 1

    def test_sent_once(self, tmp_path: Path, clock: SetClock) -> None:
        """Though the event would be taken in the next state as well."""
        first, second = two_desks(tmp_path, PLAIN, {}, clock)
        ref = first.start("trial", actor="p").ref
        second.store = Before(
            second.store, lambda change: first.send(ref, "go", actor="p", key="k")
        )
        view = second.send(ref, "go", actor="p", key="k")
        assert (view.state, view.code) == ("m", None)
        assert events(first, ref) == ["go"]

    def test_sent_for_something_else(self, tmp_path: Path, clock: SetClock) -> None:
        first, second = two_desks(tmp_path, PLAIN, {}, clock)
        ref, other = (first.start("trial", actor="p").ref for _ in range(2))
        second.store = Before(
            second.store, lambda change: first.send(other, "go", actor="p", key="k")
        )
        with pytest.raises(sstibet.KeyReused):
            second.send(ref, "go", actor="p", key="k")
        assert events(first, ref) == []

    def test_a_reference_that_somebody_has_is_not_taken_for_ones_own(
        self, tmp_path: Path, clock: SetClock
    ) -> None:
        """A process that counts from one again begins nothing under an old reference."""
        book, path = book_of(trial=PLAIN), tmp_path / "desk.db"
        old = desk_of(book, {}, path=path, clock=clock)
        mine = old.start("trial", actor="p", key="k1")
        theirs = old.start("trial", actor="q", key="k2")
        old.send(mine.ref, "go", actor="p")
        new = desk_of(book, {}, path=path, clock=clock, ids=CountedIds())
        begun = new.start("trial", actor="p", key="k3")
        assert begun.ref not in (mine.ref, theirs.ref)
        assert begun.state == "s"
        assert new.start("trial", actor="p", key="k3").ref == begun.ref

    def test_threads_at_one_desk(self, clock: SetClock) -> None:
        """The same request from many threads is one; each thread's own are all there."""
        desk = desk_of(book_of(trial=ASKING), {"registry": Port(myself=FOUND)}, clock=clock)
        seen: list[str] = []

        def visit(n: int) -> None:
            seen.append(desk.start("trial", actor="p", key="k").ref)
            for m in range(5):
                view = desk.start("trial", actor="p", key=f"{n}-{m}")
                assert desk.send(view.ref, "go", actor="p", key=f"go {n}-{m}").state == "t"

        threads = [threading.Thread(target=visit, args=(n,)) for n in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(seen) == 4
        assert len(set(seen)) == 1
        assert [view.state for view in desk.items(actor="p")].count("t") == 20


# What a called item tells of its end

CALLED = f"""open_to: items
given: [amount_due]
begins_with: [code]
{GO}
effects: {{code: {{do: gateway.charge_qr}}}}
states:
  s:
    ignores: [code]
    on:
      go: {{to: u}}
  t: {{label: {{zh: 甲, en: t}}, ends: well}}
  u:
    label: {{zh: 乙, en: u}}
    ends: badly
    ignores: [code]
    on:
      code.succeeded: {{to: t}}
"""
CALLER = """given: [amount_due]
initial: s
events: {go: {label: {zh: 走, en: go}}, leave: {label: {zh: 离开, en: leave}}}
calls: {pay: {item: called, with: {amount_due: amount_due}}}
states:
  s: {on: {go: {to: paying, call: pay}}}
  paying: {on: {pay.u: {to: unpaid}, pay.t: {to: paid}, leave: {to: busy}}}
  busy: {on: {go: {to: paying}}}
  unpaid: {ignores: [pay.u], on: {go: {to: paying, call: pay}, pay.t: {to: paid}}}
  paid: {label: {zh: 已付, en: paid}, ends: well, on: {pay.u: {to: spoilt}}}
  spoilt: {label: {zh: 错, en: spoilt}, ends: badly}
"""
READY = reply("ready", qr_text="https://example.invalid")
CHARGED = reply("succeeded", charge_no="C-1", paid_on="2025-10-15", amount_due="1.00")


class TestEnds:
    """A called item's end moves its caller once, and as long as it is the end."""

    @pytest.fixture
    def desk(self, clock: SetClock) -> Engine:
        """A desk whose gateway has a code ready."""
        book = book_of(trial=CALLER, called=CALLED)
        return desk_of(book, {"gateway": Port(charge_qr=READY)}, clock=clock)

    def paying(self, desk: Engine) -> View:
        """An item that waits for what it has called."""
        view = desk.start("trial", actor="p", given={"amount_due": "1.00"})
        return desk.send(view.ref, "go", actor="p")

    def test_a_late_answer_that_changes_nothing_is_no_second_end(self, desk: Engine) -> None:
        view = self.paying(desk)
        first = view.front
        assert desk.send(first.ref, "go", actor="p").state == "u"
        again = desk.send(view.ref, "go", actor="p")
        assert (again.state, again.front.ref) == ("paying", f"{view.ref}.2")
        key = desk.ports["gateway"].asked[0]  # type: ignore[attr-defined]  # the kit's own port
        assert desk.callback("gateway", key, reply("declined", decline_reason="x"))
        assert desk.view(view.ref, actor="p").state == "paying", "the second one is under way"

    def test_an_end_told_by_two_processes_is_taken_once(self, desk: Engine) -> None:
        """One was slow past its lease, and the caller has gone on since."""
        view = self.paying(desk)
        called = desk.send(view.front.ref, "go", actor="p")
        row = desk.store.outgoing(f"{called.ref}:{called.version}:end")
        assert row is not None
        assert row.status == DONE
        desk.send(view.ref, "go", actor="p")
        desk._courier.run([row._replace(status=DUE)], {})
        assert desk.view(view.ref, actor="p").state == "paying"
        assert events(desk, view.ref) == ["go", "pay.u", "go"]

    def test_an_end_that_cannot_be_taken_now_is_kept(
        self, desk: Engine, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        view = self.paying(desk)
        desk.send(view.ref, "leave", actor="p")
        assert desk.send(view.front.ref, "go", actor="p").state == "u"
        assert "pay.u" in caplog.text
        assert desk.view(view.ref, actor="p").state == "busy"
        desk.send(view.ref, "go", actor="p")
        clock.forward(minutes=20)
        desk.deliver()
        assert desk.view(view.ref, actor="p").state == "unpaid"

    def test_an_end_that_it_has_left_since_is_not_told(self, desk: Engine, clock: SetClock) -> None:
        view, store = self.paying(desk), desk.store

        def dies(change: Change) -> None:
            desk.store = Before(store, lies_down)

        def lies_down(change: Change) -> None:
            desk.store = store
            raise Power

        desk.store = Before(store, dies)
        with pytest.raises(Power):
            desk.send(view.front.ref, "go", actor="p")
        assert desk.view(view.ref, actor="p").state == "paying"
        key = desk.ports["gateway"].asked[0]  # type: ignore[attr-defined]  # the kit's own port
        assert desk.callback("gateway", key, CHARGED)
        assert desk.view(view.ref, actor="p").state == "paid"
        clock.forward(minutes=5)
        desk.deliver()
        assert desk.view(view.ref, actor="p").state == "paid"
        assert events(desk, view.ref) == ["go", "pay.t"]


class TestPortsThatSayNonsense:
    """Nothing is taken of it, nothing is lost by it: the effect stays to be answered."""

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            (reply("found", person_name="格桑"), "without id_type, id_number, nationality"),
            (reply("found", **{**FOUND.facts, "id_type": None}), "without id_type"),
            (reply("found", **{**FOUND.facts, "mobile": "12"}), "mobile"),
            (reply("lost"), "'lost', which ports.yaml doesn't list"),
            (reply("perhaps"), "'perhaps', which ports.yaml doesn't list"),
            (None, "no Reply"),
            ({"answer": "found"}, "no Reply"),
        ],
    )
    def test_an_answer_that_cannot_be_taken(
        self, clock: SetClock, answer: Any, says: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        port = Port(myself=lambda call: answer)
        desk = desk_of(book_of(trial=ASKING), {"registry": port}, clock=clock)
        ref = desk.start("trial", actor="p").ref
        with pytest.raises(BookFault, match=says):
            desk.send(ref, "go", actor="p", key="k")
        assert desk.send(ref, "go", actor="p", key="k").state == "m"
        clock.forward(minutes=2)
        assert desk.deliver() == 0
        assert says in caplog.text
        port.verbs["myself"] = FOUND
        clock.forward(minutes=2)
        assert desk.deliver() == 1
        assert desk.view(ref, actor="p").state == "t"
        assert len(set(port.asked)) == 1, "always under the same key"

    def test_that_nothing_was_done_is_believed_of_the_first_try_only(self, clock: SetClock) -> None:
        """The first try may have been done before its answer was lost: what can't be reached after
        that hasn't said that nothing was. (The simulator found money charged and never booked.)"""

        def breaks(call: sstibet.Call) -> Reply:
            raise ConnectionError("the answer is lost")

        def away(call: sstibet.Call) -> Reply:
            raise sstibet.Unavailable("away")

        port = Port(myself=breaks)
        desk = desk_of(book_of(trial=ASKING), {"registry": port}, clock=clock)
        ref = desk.start("trial", actor="p").ref
        assert desk.send(ref, "go", actor="p").state == "m"
        port.verbs["myself"] = away
        for _ in range(3):
            clock.forward(minutes=11)
            desk.deliver()
            assert desk.view(ref, actor="p").state == "m", "it isn't told that nothing was done"
        port.verbs["myself"] = FOUND
        clock.forward(minutes=11)
        desk.deliver()
        assert desk.view(ref, actor="p").state == "t"
        assert (len(port.asked), len(set(port.asked))) == (5, 1)

        other = desk.start("trial", actor="p").ref
        port.verbs["myself"] = away
        assert desk.send(other, "go", actor="p").state == "u", "the first try is believed"

    def test_what_it_may_give_may_be_none(self, clock: SetClock) -> None:
        told = reply("found", **{**FOUND.facts, "mobile": None, "sex": None})
        desk = desk_of(book_of(trial=ASKING), {"registry": Port(myself=told)}, clock=clock)
        ref = desk.start("trial", actor="p").ref
        view = desk.send(ref, "go", actor="p")
        assert view.state == "t"
        assert {"mobile", "sex"}.isdisjoint(desk.store.history(ref)[-1].payload["answers"])

    def test_a_callback_that_says_nonsense_is_the_callers_mistake(self, clock: SetClock) -> None:
        book = book_of(trial=CALLER, called=CALLED)
        desk = desk_of(book, {"gateway": Port(charge_qr=READY)}, clock=clock)
        view = TestEnds().paying(desk)
        desk.send(view.front.ref, "go", actor="p")
        before = everything(desk)
        key = desk.ports["gateway"].asked[0]  # type: ignore[attr-defined]  # the kit's own port
        wrong = {"paid_on": "2025-02-30"}, {"amount_due": "1.01"}, {"amount_due": None}
        for facts in ({}, *({"paid_on": "2025-10-15", "amount_due": "1.00"} | w for w in wrong)):
            with pytest.raises(BookFault, match=r"paid_on|amount_due"):
                desk.callback("gateway", key, Reply("succeeded", {"charge_no": "C-1", **facts}))
        assert everything(desk) == before
        assert desk.callback("gateway", key, CHARGED)
        assert desk.view(view.ref, actor="p").state == "paid"


class TestSlowProcesses:
    """A row is delivered again once its lease is over; its answer is taken once."""

    def test_both_bring_the_answer(self, tmp_path: Path, clock: SetClock) -> None:
        port = Port()
        first, second = two_desks(tmp_path, ASKING, {"registry": Port(myself=FOUND)}, clock)
        first.ports["registry"] = port

        def slow(call: sstibet.Call) -> Reply:
            clock.forward(seconds=61)
            assert second.deliver() == 1
            return reply("not_found")

        port.verbs["myself"] = slow
        ref = first.start("trial", actor="p").ref
        assert first.send(ref, "go", actor="p").state == "t"
        assert events(first, ref) == ["go", "me.found"]
        assert port.asked == second.ports["registry"].asked  # type: ignore[attr-defined]  # ours

    def test_both_decide_the_same_answer_at_once(self, tmp_path: Path, clock: SetClock) -> None:
        """Though the next state would take such an answer as well, of another asking."""
        text = ASKING.replace("m: {on: {me.found: {to: t}", "m: {on: {me.found: {to: n}")
        text += "  n: {on: {me.found: {to: u}, go: {to: t}}}"
        first, second = two_desks(tmp_path, text, {"registry": Port(myself=FOUND)}, clock)
        store = first.store

        def once_more(change: Change) -> None:
            first.store = Before(store, quicker)  # the commit of `go`; the next is the answer's

        def quicker(change: Change) -> None:
            first.store = store
            clock.forward(seconds=61)
            assert second.deliver() == 1

        ref = first.start("trial", actor="p").ref
        first.store = Before(store, once_more)
        assert first.send(ref, "go", actor="p").state == "n"
        assert events(first, ref) == ["go", "me.found"]

    def test_a_row_is_over_whatever_is_told_after_its_last_answer(self, clock: SetClock) -> None:
        book = book_of(
            trial=CALLER,
            called=CALLED.replace("go: {to: u}", "go: {to: u}\n      code.succeeded: {to: t}"),
        )

        def early(call: sstibet.Call, **told: Any) -> Reply:
            assert desk.callback("gateway", call.key, CHARGED)
            return READY

        desk = desk_of(book, {"gateway": Port(charge_qr=early)}, clock=clock)
        view = TestEnds().paying(desk)
        assert view.state == "paid"
        key = desk.ports["gateway"].asked[0]  # type: ignore[attr-defined]  # the kit's own port
        row = desk.store.outgoing(key)
        assert row is not None
        assert row.status == DONE
        clock.forward(days=1)
        assert desk.deliver() == 0

    def test_a_circle_is_left_to_the_next_delivery(self, clock: SetClock) -> None:
        """An answer that asks the same again and again holds nobody up."""
        text = ASKING.replace("me.found: {to: t}", "me.found: {to: m, effects: [me]}")
        port = Port(myself=FOUND)
        desk = desk_of(book_of(trial=text), {"registry": port}, clock=clock)
        ref = desk.start("trial", actor="p").ref
        assert desk.send(ref, "go", actor="p").state == "m"
        assert len(port.asked) == ROUNDS
        clock.forward(minutes=2)
        assert desk.deliver() == 1
        assert len(set(port.asked)) == 2 * ROUNDS
        item = desk.store.get(ref)
        assert item is not None
        assert len(item.pending) == 1


ENDING = f"""given: [amount_due]
{GO}
states:
  s: {{deadline: {{minutes: 1}}, on: {{go: {{to: t}}, deadline: {{to: u}}}}}}
{ENDS}
never:
  nothing:
    label: {{zh: 零, en: nothing}}
    in: [u]
    holds: {{fact: amount_due, test: at_most, value: "0"}}
"""


TWICE = f"""{GO}
effects: {{me: {{do: registry.myself}}}}
states:
  s: {{deadline: {{minutes: 1}}, on: {{go: {{to: t}}, deadline: {{to: m, effects: [me]}}}}}}
  m: {{on: {{me.found: {{to: w}}, me.not_found: {{to: w}}, me.failed: {{to: w}}}}}}
  w: {{deadline: {{minutes: 1}}, on: {{go: {{to: t}}, deadline: {{to: u}}}}}}
{ENDS}"""


def test_a_clock_put_back_fires_no_deadline_early(clock: SetClock) -> None:
    """A person comes too late, and while the deadline is fired for them the clock is put back. The
    next state's time is over by when they came. (The simulator found it fired before it was.)"""

    def puts_back(call: sstibet.Call) -> Reply:
        clock.forward(seconds=-90)
        return FOUND

    port = Port(myself=puts_back)
    desk = desk_of(book_of(trial=TWICE), {"registry": port}, clock=clock)
    began, ref = clock.now(), desk.start("trial", actor="p").ref
    clock.forward(minutes=2)
    view = desk.send(ref, "go", actor="p")
    assert (view.code, view.state) == ("not_now", "u")
    lines = [(each.event, each.at - began) for each in desk.store.history(ref)]
    assert lines == [("begin", 0), ("deadline", 120), ("me.found", 30), ("deadline", 120)]


def test_what_is_left_to_the_owner_stays_so_for_an_agent_who_was_slower() -> None:
    """Where the owner was quicker, what the agent sends meets another state, and a form that is
    withheld from them there."""
    text = f"""{GO}
states:
  s: {{on: {{submit: {{to: t}}, go: {{to: m}}}}}}
  m: {{form: payment_channel, on: {{submit: {{to: t}}}}}}
{ENDS}"""
    never = Withheld(where="", facts=("channel",))
    known, may = BOOK.contents.roles["counter_clerk"], {"trial": "start"}
    roles = {"clerk": dataclasses.replace(known, may=may, never=never)}
    small = dataclasses.replace(book_of(trial=text).contents, roles=roles)
    held = Agent(where="", actor="a", role="clerk", for_=("p",))
    store = SqliteStore(None)
    desk = Engine(
        Rulebook(small, "small", BOOK.root), store=store, ports={}, clock=SetClock(AT),
        settings=Settings(where="", agents=(held,)),
    )  # fmt: skip
    ref = desk.start("trial", actor="p").ref

    def quicker(change: Change) -> None:
        desk.store = store
        desk.send(ref, "go", actor="p")

    desk.store = Before(store, quicker)
    sent = {"payload": {"channel": "alipay"}, "actor": "a", "on_behalf_of": "p"}
    view = desk.send(ref, "submit", **sent)
    assert (view.state, view.code) == ("m", "in_person")
    assert [each.event for each in store.history(ref)] == ["begin", "go"]
    desk.close()


class TestOneFaultyItem:
    """What is the matter with one stands in no other's way."""

    def test_deadlines(self, clock: SetClock, caplog: pytest.LogCaptureFixture) -> None:
        desk = desk_of(book_of(trial=ENDING), {}, clock=clock)
        refs = [
            desk.start("trial", actor="p", given={"amount_due": due}).ref
            for due in ("0.00", "1.00", "2.00", "3.00")
        ]
        database: Any = desk.store
        database._db.execute("UPDATE items SET sealed = x'01' WHERE ref = ?", (refs[1],))
        clock.forward(minutes=1)
        assert desk.due() == 2
        assert [desk.view(ref, actor="p").state for ref in refs[2:]] == ["u", "u"]
        assert desk.view(refs[0], actor="p").state == "s"
        assert f"{refs[0]} is not fired: never 'nothing'" in caplog.text
        assert desk.due() == 0
        with pytest.raises(sstibet.Spoilt, match="isn't sealed"):
            desk.view(refs[1], actor="p")

    def test_a_way_that_leads_nowhere_hides_no_other(
        self, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Each way is tried for the view; who takes the one that breaks an invariant is told."""
        text = ENDING.replace("go: {to: t}, deadline", "go: {to: u}, submit: {to: t}, deadline")
        desk = desk_of(book_of(trial=text), {}, clock=clock)
        view = desk.start("trial", actor="p", given={"amount_due": "0.00"})
        assert [(each.name, each.allowed) for each in view.events] == [
            ("go", False),
            ("submit", True),
        ]
        assert "never 'nothing'" in caplog.text
        with pytest.raises(BookFault, match="never 'nothing'"):
            desk.send(view.ref, "go", actor="p")
        assert desk.send(view.ref, "submit", actor="p").state == "t"

    def test_effects_left_behind(self, clock: SetClock, caplog: pytest.LogCaptureFixture) -> None:
        def dies(call: sstibet.Call) -> Reply:
            raise Power

        port = Port(myself=dies)
        desk = desk_of(book_of(trial=ASKING), {"registry": port}, clock=clock)
        refs = [desk.start("trial", actor="p").ref for _ in range(3)]
        for ref in refs:
            with pytest.raises(Power):
                desk.send(ref, "go", actor="p")
        database: Any = desk.store
        database._db.execute("UPDATE items SET sealed = x'01' WHERE ref = ?", (refs[0],))
        port.verbs["myself"] = FOUND
        clock.forward(minutes=2)
        assert desk.deliver() == 2
        assert [desk.view(ref, actor="p").state for ref in refs[1:]] == ["t", "t"]
        assert "it isn't sealed" in caplog.text

    def test_a_port_whose_callbacks_cannot_be_looked_at(
        self, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Breaks(Port):
            def ready(self, now: int) -> Iterable[tuple[str, Reply]]:
                raise ConnectionError("card 6217000000000000004")

        class Gives(Port):
            def ready(self, now: int) -> Iterable[tuple[str, Reply]]:
                yield "nobody:1:1", FOUND
                yield self.asked[0], CHARGED

        book = book_of(trial=CALLER, called=CALLED)
        ports = {"agency": Breaks(), "gateway": Gives(charge_qr=READY)}
        desk = desk_of(book, ports, clock=clock)
        view = TestEnds().paying(desk)
        desk.send(view.front.ref, "go", actor="p")
        assert desk.deliver() == 1
        assert desk.view(view.ref, actor="p").state == "paid"
        assert "agency.ready broke (ConnectionError)" in caplog.text
        assert "6217" not in caplog.text

    def test_items_of_another_version_of_their_machine(
        self, tmp_path: Path, clock: SetClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Nothing is done about them: neither their deadlines nor their effects nor callbacks."""

        def dies(call: sstibet.Call) -> Reply:
            raise Power

        text = ASKING.replace("  m: {", "  m: {deadline: {minutes: 1}, ")
        text = text.replace("me.failed: {to: u}", "me.failed: {to: u}, deadline: {to: u}")
        path = tmp_path / "desk.db"
        old = desk_of(book_of(trial=text), {"registry": Port(myself=dies)}, path=path, clock=clock)
        ref = old.start("trial", actor="p").ref
        with pytest.raises(Power):
            old.send(ref, "go", actor="p")
        before, key = everything(old)[:2], f"{ref}:1:1"
        book = book_of(trial=text)
        rules = dataclasses.replace(book.contents.items["trial"], version=2)
        book.contents = dataclasses.replace(book.contents, items={"trial": rules})
        port = Port(myself=FOUND)
        new = desk_of(book, {"registry": port}, path=path, clock=clock, ids=Ids("yz"))
        mine = new.start("trial", actor="p").ref
        clock.forward(minutes=2)
        assert (new.due(), new.deliver(), port.asked) == (0, 0, [])
        with pytest.raises(sstibet.MachineChanged):
            new.callback("registry", key, FOUND)
        with pytest.raises(sstibet.MachineChanged):
            new.view(ref, actor="p")
        assert [view.ref for view in new.items(actor="p")] == [mine]
        assert f"{ref} was opened under version 1 of 'trial'" in caplog.text
        still = [[row for row in table if row[0] == ref] for table in everything(new)[:2]]
        assert still == before
        clock.forward(minutes=2)
        old.ports["registry"] = port
        assert old.deliver() == 1, "the old book's process goes on with it"
        assert old.view(ref, actor="p").state == "t"


class TestOddBeginnings:
    """What a program may get wrong when it begins an item."""

    @pytest.mark.parametrize("given", [[1], "amount_due", 7, [("amount_due", "1.00")]])
    def test_what_is_no_mapping(self, clock: SetClock, given: Any) -> None:
        desk = desk_of(book_of(trial=ENDING), {}, clock=clock)
        with pytest.raises(TypeError, match="mapping"):
            desk.start("trial", actor="p", given=given, key="k")

    @pytest.mark.parametrize("given", [None, {}, {"amount_due": None}, {"amount_due": "x"}])
    def test_what_is_missing(self, clock: SetClock, given: Any) -> None:
        desk = desk_of(book_of(trial=ENDING), {}, clock=clock)
        with pytest.raises(sstibet.NotOpen, match="amount_due"):
            desk.start("trial", actor="p", given=given, key="k")
        assert everything(desk) == [[], [], [], []]

    def test_called_items_are_no_items_of_ones_own(self, clock: SetClock) -> None:
        book = book_of(trial=CALLER, called=CALLED)
        desk = desk_of(book, {"gateway": Port(charge_qr=READY)}, clock=clock)
        view = desk.start("trial", actor="p", given={"amount_due": "1.00"})
        clock.forward(minutes=1)
        desk.send(view.ref, "go", actor="p")
        assert [each.ref for each in desk.items(actor="p", limit=1)] == [view.ref]


# Secrets

PASSWORD = "739151"
CHARGING = f"""given: [amount_due, card_number, id_last_four]
{GO}
effects: {{card: {{do: gateway.charge_card}}}}
states:
  s: {{form: payment_card_password, on: {{submit: {{to: m, effects: [card]}}}}}}
  m:
    ignores: [card.accepted, card.lost]
    on:
      card.succeeded: {{to: t}}
      card.declined: {{to: u}}
      card.failed: {{to: u}}
{ENDS}"""
CARD = {"amount_due": "1.00", "card_number": "6217000000000000004", "id_last_four": "0015"}


class TestSecrets:
    """However a secret is sent and whatever breaks, it is written down nowhere."""

    @pytest.mark.parametrize(
        "typed",
        [
            {"card_holder": "格桑", "withdrawal_password": PASSWORD},
            {"card_holder": "格桑", "withdrawal_password": [PASSWORD]},
            {"card_holder": "格桑", "withdrawal_password": {"withdrawal_password": PASSWORD}},
            {"card_holder": "格桑", "withdrawal_password": PASSWORD * 2000},
            {"card_holder": "格桑", "withdrawal_password": f"\ud800{PASSWORD}"},
            {"card_holder": ["格桑", PASSWORD], "withdrawal_password": PASSWORD},
            {"card_holder": {"withdrawal_password": PASSWORD}, "withdrawal_password": None},
            {"withdrawal_password": int(PASSWORD)},
            {PASSWORD: "x", "withdrawal_password": PASSWORD},
            {"withdrawal_passwort": PASSWORD, "card_number": [PASSWORD]},
        ],
    )
    @pytest.mark.parametrize("answer", ["accepted", "hm", "breaks", "nothing"])
    def test_it_is_nowhere(
        self, clock: SetClock, caplog: pytest.LogCaptureFixture, typed: dict[str, Any], answer: str
    ) -> None:
        def charge(call: sstibet.Call, **told: Any) -> Any:
            if answer == "breaks":
                raise ValueError(f"cannot charge {told}")
            return None if answer == "nothing" else reply(answer)

        caplog.set_level(logging.DEBUG)
        desk = desk_of(book_of(trial=CHARGING), {"gateway": Port(charge_card=charge)}, clock=clock)
        ref, seen = desk.start("trial", actor="p", given=CARD, key="k0").ref, list[str]()
        for act in (
            lambda: desk.save(ref, typed, actor="p"),
            lambda: desk.send(ref, "submit", typed, actor="p", key="k1"),
            lambda: desk.send(ref, "submit", typed, actor="p"),
            lambda: desk.view(ref, actor="p"),
        ):
            try:
                view = act()
                seen += [repr(view), view.text("zh"), view.text("en")]
                seen += [repr(each.values) for each in view.problems]
            except (BookFault, TypeError) as fault:
                seen.append("".join(traceback.format_exception(fault)))
        seen += [repr(desk.store.get(ref)), repr(desk.store.history(ref)), caplog.text]
        seen += [json.dumps(everything(desk), ensure_ascii=False, default=repr), opened(desk.store)]
        assert "6217000000000000004" in seen[-1], "this test would find what is there"
        assert "6217000000000000004" not in seen[-2], "what is personal is sealed"
        assert all(PASSWORD not in text for text in seen)

    def test_a_process_that_is_slow_with_a_secret_charges_once(
        self, tmp_path: Path, clock: SetClock
    ) -> None:
        """Another finds the row without its secret, and asks nothing of the gateway."""
        port, other = Port(), Port(charge_card=reply("accepted"))
        first, second = two_desks(tmp_path, CHARGING, {"gateway": other}, clock)
        first.ports["gateway"] = port

        def slow(call: sstibet.Call, **told: Any) -> Reply:
            assert told["withdrawal_password"] == PASSWORD
            clock.forward(seconds=61)
            second.deliver()
            return CHARGED

        port.verbs["charge_card"] = slow
        ref = first.start("trial", actor="p", given=CARD).ref
        typed = {"card_holder": "格桑", "withdrawal_password": PASSWORD}
        assert first.send(ref, "submit", typed, actor="p").state == "t"
        assert events(first, ref) == ["submit", "card.lost", "card.succeeded"]
        assert other.asked == []
