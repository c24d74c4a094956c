"""Deciding, by small machines: every kind of work, every way, every refusal, worked out by hand."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_kit import (
    AT,
    DAY,
    an_event,
    an_item,
    book_of,
    decider_of,
    desk_of,
    rules_of,
    taken,
)
from item_samples import decides, walked
from sstibet import Engine
from sstibet.conditions import All, Any_, Condition, Not
from sstibet.conditions import Test as One
from sstibet.conditions import decide as the_long_way
from sstibet.deciding import BookFault, Decider, decider
from sstibet.deciding.machine import Machine
from sstibet.deciding.quick import quick
from sstibet.deciding.working import Workbench, work_on
from sstibet.items.value import Head, Item, Pending, Refused, Step
from sstibet.items.works import Put
from sstibet.known import Known
from sstibet.plain import Typed
from sstibet.stores.snapshot import dump, load
from sstibet.stores.sqlite import SqliteStore

DICTIONARY = decides().contents.dictionary


def machine(states: str, **parts: str) -> str:
    """A machine that begins in ``s`` and knows the event ``go``; parts are its other sections."""
    text = "initial: s\nevents: {go: {label: {zh: 走, en: go}}}\n"
    return text + "".join(f"{name}:\n{body}\n" for name, body in parts.items()) + f"states:{states}"


ENDS = """
  t: {label: {zh: 甲, en: t}, ends: well}
  u: {label: {zh: 乙, en: u}, ends: well}
  v: {label: {zh: 丙, en: v}, ends: well}
"""


def went(text: str, answers: Mapping[str, Any], *, day: date = DAY, **event: Any) -> Step | Refused:
    """What ``go`` leads to in state ``s`` with these answers."""
    return decider_of(trial=text).decide(an_item(**answers), an_event("go", day=day, **event))


def worked(work: str, answers: Mapping[str, Any], *, day: date = DAY) -> dict[str, Any]:
    """The answers after one work; the item before is as it was."""
    before = an_item(**copy.deepcopy(dict(answers)))
    text = machine(f"\n  s: {{on: {{go: {{works: [w], to: t}}}}}}{ENDS}", works=f"  w: {work}")
    step = decider_of(trial=text).decide(before, an_event("go", day=day))
    assert before.answers == answers, "the item before stays itself"
    return dict(taken(step).answers)


def refused(work: str, answers: Mapping[str, Any], *, day: date = DAY) -> Refused:
    """The refusal that one work ends in."""
    text = machine(f"\n  s: {{on: {{go: {{works: [w], to: t}}}}}}{ENDS}", works=f"  w: {work}")
    step = went(text, answers, day=day)
    assert isinstance(step, Refused)
    return step


# Quick guards say what the long way says

FACTS: dict[str, list[str]] = {
    "channel": ["ccb", "alipay"],
    "left_as": ["open", "cancelled", "expired"],
    "student": ["yes", "no"],
    "reason_text": ["是", "a"],
    "amount_due": ["0", "1.50"],
    "page_number": ["1", "2"],
}
PLAIN: dict[str, list[Any]] = {
    **FACTS, "student": [True, False], "amount_due": ["0.00", "1.50"], "page_number": [1, 2],
}  # fmt: skip


@st.composite
def comparisons(draw: st.DrawFn) -> One:
    """A comparison of one fact with a value, a list, or another fact."""
    fact = draw(st.sampled_from(sorted(FACTS)))
    if fact == "amount_due" and draw(st.booleans()):
        return One(where="", fact=fact, test="is", other_fact="amount_now")
    word = draw(st.sampled_from(["is", "is_not", "one_of", "none_of"]))
    values = st.sampled_from(FACTS[fact])
    if word in ("is", "is_not"):
        return One(where="", fact=fact, test=word, value=draw(values))
    several = draw(st.lists(values, min_size=1, max_size=2, unique=True))
    return One(where="", fact=fact, test=word, value=tuple(several))


def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Conditions made of conditions."""
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        some.map(lambda each: All(where="", all_=each)),
        some.map(lambda each: Any_(where="", any_=each)),
        inner.map(lambda each: Not(where="", not_=each)),
    )


conditions = st.recursive(comparisons(), joined, max_leaves=6)
answers_ = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in PLAIN.items()}
)


@given(condition=conditions, answers=answers_)
def test_a_guard_says_what_the_long_way_says(condition: Condition, answers: dict[str, Any]) -> None:
    guard = quick(condition, DICTIONARY)
    if guard is None:
        return
    known = Known(DICTIONARY, DAY, Typed(DICTIONARY, answers, strict=True))
    assert guard(answers) is the_long_way(condition, known).truth


NAMED = """
  ccb: {label: {zh: 一, en: a}, holds: {fact: channel, test: is, value: ccb}}
  open: {label: {zh: 二, en: b}, holds: {fact: left_as, test: is, value: open}}
  ended:
    label: {zh: 三, en: c}
    holds:
      any:
        - {fact: left_as, test: one_of, value: [cancelled, expired]}
        - {fact: student, test: is, value: yes}
"""
WAYS = ["", *(f"{kind}: [{names}]" for kind in ("when", "unless")
              for names in ("ccb", "open", "ended", "ccb, ended", "open, ended"))]  # fmt: skip


def without_guards(decider: Decider) -> Decider:
    """The same, by the long way alone."""
    ready = decider.machines["trial"]
    plans = {
        key: dataclasses.replace(plan, guards=None, plain=False)
        for key, plan in ready.plans.items()
    }
    slow = copy.copy(decider.machines)
    slow["trial"] = dataclasses.replace(ready, plans=plans)
    return Decider(decider.contents, decider.digest, slow)


def outcome(decider: Decider, item: Item) -> object:
    """What an event leads to, faults of the book as well."""
    try:
        return decider.decide(item, an_event("go"))
    except BookFault as fault:
        return str(fault)


@given(
    ways=st.lists(st.sampled_from(WAYS), min_size=2, max_size=3),
    both=st.sampled_from(WAYS[1:6]),
    answers=answers_,
)
def test_the_quick_way_leads_where_the_long_one_does(
    ways: list[str], both: str, answers: dict[str, Any]
) -> None:
    """Whichever conditions hang together, known or not, two that hold and none among them."""
    ways = [*ways[:-1], f"{both}, unless: [open]" if both.startswith("when") else ways[-1]]
    lines = ", ".join(
        f"{{{way + ', ' if way else ''}to: {to}}}" for way, to in zip(ways, "tuv", strict=False)
    )
    text = machine(f"\n  s: {{on: {{go: {{ways: [{lines}]}}}}}}{ENDS}", conditions=NAMED)
    made = decider_of(trial=text)
    assert made.machines["trial"].plans["s", "go"].guards is not None
    assert outcome(made, an_item(**answers)) == outcome(without_guards(made), an_item(**answers))


# Ways

TWO = """
  s:
    on:
      go:
        ways:
          - {when: [ccb], to: t, steps: [PY.1]}
          - {when: [open], to: u}
          - {to: v}
"""


class TestWays:
    """Exactly one way is taken, and says why."""

    TEXT = machine(TWO + ENDS, conditions=NAMED)

    @pytest.mark.parametrize(
        ("answers", "target", "when"),
        [
            ({"channel": "ccb", "left_as": "expired"}, "t", ("ccb",)),
            ({"channel": "alipay", "left_as": "open"}, "u", ("open",)),
            ({"channel": "alipay", "left_as": "expired"}, "v", ()),
        ],
    )
    def test_the_one_that_holds(
        self, answers: dict[str, Any], target: str, when: tuple[str, ...]
    ) -> None:
        step = went(self.TEXT, answers)
        assert isinstance(step, Step)
        assert (step.item.state, step.because.when) == (target, when)
        assert step.item.version == 1
        assert step.steps == (("PY.1",) if target == "t" else ())
        assert step.because.way.startswith("trial.yaml:")

    def test_two_that_hold_are_the_books_fault(self) -> None:
        with pytest.raises(BookFault, match=r"two ways hold at once: trial.yaml:\d+ and trial"):
            went(self.TEXT, {"channel": "ccb", "left_as": "open"})

    def test_none_that_holds_is_the_books_fault(self) -> None:
        ways = "[{when: [ccb], to: t}, {when: [open], to: u}]"
        text = machine(f"\n  s: {{on: {{go: {{ways: {ways}}}}}}}{ENDS}", conditions=NAMED)
        with pytest.raises(BookFault, match="no way holds"):
            went(text, {"channel": "alipay", "left_as": "expired"})

    def test_what_is_not_known_is_told_and_nothing_moves(self) -> None:
        step = went(self.TEXT, {"left_as": "expired"})
        assert isinstance(step, Refused)
        assert step.code == "missing"
        assert [(each.field, each.code) for each in step.problems] == [("channel", "required")]

    def test_what_is_not_known_beside_what_does_not_hold_is_not_asked(self) -> None:
        """No, whatever the other is: nothing is missing."""
        text = machine(
            "\n  s: {on: {go: {ways: [{when: [ccb, open], to: t}, {to: u}]}}}" + ENDS,
            conditions=NAMED,
        )
        for made in (decider_of(trial=text), without_guards(decider_of(trial=text))):
            step = made.decide(an_item(left_as="expired"), an_event("go"))
            assert taken(step).state == "u"

    def test_an_event_of_no_such_state(self) -> None:
        assert went(machine(TWO + ENDS, conditions=NAMED), {}) != Refused("not_now")
        made = decider_of(trial=self.TEXT)
        for event in ("stop", "go.go", "deadline", ""):
            assert made.decide(an_item(), an_event(event)) == Refused("not_now")
        assert made.decide(an_item("t"), an_event("go")) == Refused("not_now")

    @pytest.mark.parametrize("kind", ["when", "unless"])
    def test_a_named_refusal_tells_its_tests(self, kind: str) -> None:
        """Those of a condition that holds, and of one that had to."""
        ways = f"[{{{kind}: [ccb], refuse: no_card}}, {{to: t}}]"
        text = machine(
            f"\n  s: {{on: {{go: {{ways: {ways}}}}}}}{ENDS}",
            conditions=NAMED,
            refusals="  no_card: {zh: 不收卡, en: No cards today}",
        )
        value = "ccb" if kind == "when" else "alipay"
        step = went(text, {"channel": value})
        assert isinstance(step, Refused)
        assert (step.code, step.problems) == ("refused", ())
        assert step.refusal is not None
        assert (step.refusal.code, step.refusal.text("en")) == ("no_card", "No cards today")
        [failed] = step.refusal.failed
        assert [(t.name, t.left, t.right, t.answer) for t in failed.tests] == [
            ("channel", value, "ccb", kind == "when")
        ]


class TestNever:
    """An invariant that would be broken, or can't be answered, is the book's fault."""

    TEXT = machine(
        "\n  s: {on: {go: {to: t}}}" + ENDS,
        never="  nothing:\n    label: {zh: 零, en: nothing}\n    in: [t]\n"
        '    holds: {fact: amount_due, test: at_most, value: "0"}',
    )

    @pytest.mark.parametrize("answers", [{"amount_due": "0.00"}, {}])
    def test_broken(self, answers: dict[str, Any]) -> None:
        with pytest.raises(BookFault, match="never 'nothing'"):
            went(self.TEXT, answers)

    def test_kept(self) -> None:
        assert taken(went(self.TEXT, {"amount_due": "0.01"})).state == "t"

    def test_one_that_is_told_in_one_step_is_held_alike(self) -> None:
        """Broken, not known, kept; and beside another, in whichever order they stand."""
        rows = [
            (
                "  left:\n    label: {zh: 甲, en: left}\n    in: [t]\n"
                "    holds: {fact: left_as, test: is, value: open}\n"
            ),
            (
                "  nothing:\n    label: {zh: 零, en: nothing}\n    in: [t]\n"
                '    holds: {fact: amount_due, test: at_most, value: "0"}\n'
            ),
        ]
        for never in (rows, rows[::-1]):
            text = machine("\n  s: {on: {go: {to: t}}}" + ENDS, never="".join(never))
            made = decider_of(trial=text).machines["trial"].watched["t"]
            assert {name for name, at_once in made if at_once is not None} == {"left"}
            for answers, broken in (
                ({"left_as": "open", "amount_due": "1.00"}, "left"),
                ({"amount_due": "1.00"}, "left"),
                ({"left_as": "expired", "amount_due": "0.00"}, "nothing"),
                ({"left_as": "expired"}, "nothing"),
            ):
                with pytest.raises(BookFault, match=f"never '{broken}'"):
                    went(text, answers)
            assert taken(went(text, {"left_as": "expired", "amount_due": "1.00"})).state == "t"


# Works

LINES = [
    {"line": "1", "scheme": "resident_pension", "coverage_year": 2025, "tier": "200"},
    {"line": "2", "scheme": "resident_pension", "coverage_year": 2025, "tier": "500"},
]
QUOTE = (
    "rows: declaration_lines, scheme: {column: scheme}, on: {fact: day}, facts: "
    "{tier: {column: tier}, coverage_year: {column: coverage_year}, category: {value: general}}, "
    "due: amount, government: government_amount, total: amount_due"
)
FLEXIBLE = (
    "scheme: {value: flexible_pension}, on: {value: 2025-03-01}, facts: "
    '{base: {fact: base}, months: {value: "1"}}, due: amount_due'
)


class TestQuote:
    """国发〔2014〕8号: 30 yuan at least to a tier below 500, 60 from there on. Flexible workers pay
    20% of their base: 7066.20 × 20% = 1413.24."""

    def test_each_row_and_the_sum(self) -> None:
        after = worked(f"{{quote: {{{QUOTE}}}}}", {"declaration_lines": LINES})
        rows = after["declaration_lines"]
        assert [row["amount"] for row in rows] == ["200.00", "500.00"]
        assert [row["government_amount"] for row in rows] == ["30.00", "60.00"]
        assert after["amount_due"] == "700.00"

    def test_a_fact_with_its_lines_and_basis(self) -> None:
        work = f"{{quote: {{{FLEXIBLE}, basis: amount_now, lines: premium_lines}}}}"
        after = worked(work, {"base": "7066.20"})
        assert (after["amount_due"], after["amount_now"]) == ("1413.24", "7066.20")
        # To the pool and to one's own account: 7066.20 × 12% = 847.944, × 8% = 565.296.
        found = {(line["rate"], line["amount"]) for line in after["premium_lines"]}
        assert found == {("12%", "847.94"), ("8%", "565.30")}
        assert {line["basis"] for line in after["premium_lines"]} == {"7066.20"}
        assert {line["payer"] for line in after["premium_lines"]} == {"person"}

    def test_what_has_no_price_refuses(self) -> None:
        row = {**LINES[0], "tier": "201"}
        step = refused(f"{{quote: {{{QUOTE}}}}}", {"declaration_lines": [row]})
        assert (step.code, [each.field for each in step.problems]) == ("wrong", ["tier"])
        step = refused(f"{{quote: {{{FLEXIBLE}}}}}", {})
        assert step.code == "missing"

    def test_or_is_marked(self) -> None:
        rows = [
            {"line": "1", "scheme": "flexible_pension", "month": "2025-03", "base": "7066.20"},
            {"line": "2", "scheme": "flexible_pension", "month": "2025-03", "base": "1.00"},
            {"line": "3", "scheme": "flexible_pension", "month": "2025-03", "amount": "9.99"},
        ]
        work = (
            "{quote_rows: {rows: month_lines, scheme: {column: scheme}, on: {column: month}, "
            'facts: {base: {column: base}, months: {value: "1"}}, due: amount, column: priced, '
            "total: amount_due}}"
        )
        after = worked(work, {"month_lines": rows})
        assert [row["priced"] for row in after["month_lines"]] == [True, False, False]
        assert [row.get("amount") for row in after["month_lines"]] == ["1413.24", None, None]
        assert after["amount_due"] == "1413.24"


CHILD: dict[str, Any] = {
    "birth_date": "2015-05-05", "student": False, "public_employee": False,
    "in_employee_pension": False, "in_employee_medical": False, "local_hukou": True,
    "in_another_medical_pool": False, "monastic": False, "paid_this_year": False,
    "left_employee_insurance": False, "coverage_year": 2025,
}  # fmt: skip
ASKED = "facts: {" + ", ".join(f"{name}: {{fact: {name}}}" for name in CHILD) + "}"
ROWS: list[dict[str, Any]] = [
    {"line": "1", "amount": "0.10", "paid": True},
    {"line": "2", "amount": "0.20", "paid": False},
    {"line": "3", "paid": False},
]


class TestOtherRules:
    """May one pay, what is given back, how long is waited."""

    def test_one_may_pay_or_the_rules_refuse(self) -> None:
        """A resident's pension is for those of 16 and more: a child of ten may not pay."""
        work = f"{{allow: {{scheme: {{value: resident_pension}}, on: {{fact: day}}, {ASKED}}}}}"
        step = refused(work, CHILD)
        assert step.code == "refused"
        assert step.refusal is not None
        assert worked(work, {**CHILD, "birth_date": "1990-05-05"})
        assert refused(work, {}).code == "missing"

    def test_or_each_row_is_marked(self) -> None:
        work = (
            "{allow_rows: {rows: month_lines, scheme: {column: scheme}, on: {fact: day}, "
            f"{ASKED}, column: allowed}}}}"
        )
        rows = [{"line": "1", "scheme": "resident_pension"}]
        for born, allowed in (("2015-05-05", False), ("1990-05-05", True)):
            after = worked(work, {**CHILD, "birth_date": born, "month_lines": rows})
            assert [row["allowed"] for row in after["month_lines"]] == [allowed]

    @pytest.mark.parametrize(
        ("day", "amounts", "total"),
        [(date(2025, 12, 31), ["400.00", "400.00"], "800.00"),
         (date(2026, 1, 1), ["0.00", "400.00"], "400.00")],
    )  # fmt: skip
    def test_what_is_given_back(self, day: date, amounts: list[str], total: str) -> None:
        """Whoever has joined employees' medical insurance gets back the years not begun yet."""
        rows = [
            {"payment": f"p{year}", "amount": "400.00", "given_back": "0.00", "booked_in": True,
             "coverage_year": year}
            for year in (2026, 2027)
        ]  # fmt: skip
        work = (
            "{refund: {scheme: {value: resident_medical}, on: {fact: day}, facts: {refund_ground: "
            "{value: joined_employee_medical}}, payments: refund_lines, amount: refund_amount, "
            "total: refund_total, confirmed_by: confirmed_by}}"
        )
        after = worked(work, {"refund_lines": rows}, day=day)
        assert [row["refund_amount"] for row in after["refund_lines"]] == amounts
        assert (after["refund_total"], after["confirmed_by"]) == (total, "agency")

    def test_how_long_is_waited(self) -> None:
        """国办发〔2024〕38号: three months, one more for each lapsed year, one less for each that
        was bought back. What has no waiting brings nothing, and drops what was known before."""
        facts = {"birth_date": "1990-01-01", "left_employee_insurance": False,
                 "lapsed_years": 2, "bought_back_years": 1}  # fmt: skip
        asked = ", ".join(f"{name}: {{fact: {name}}}" for name in facts)
        asked += ", category: {column: category}, coverage_year: {column: coverage_year}"
        work = (
            "{wait: {rows: waiting_enrolments, scheme: {column: scheme}, on: {fact: day}, "
            f"facts: {{{asked}}}, months: wait_months}}}}"
        )
        rows = [
            {"scheme": scheme, "category": "general", "coverage_year": 2026, "wait_months": 99}
            for scheme in ("resident_medical", "resident_pension")
        ]
        after = worked(work, {**facts, "waiting_enrolments": rows})
        assert [row.get("wait_months") for row in after["waiting_enrolments"]] == [4, None]


def test_works_that_only_set_constants_are_settled_as_they_would_be_worked() -> None:
    """On every plan of the shipped machines, and on no other sort of work."""
    made, settled = decides(), 0
    for item in made.contents.items:
        for plan in (each for each in made.machines[item].plans.values() if each.works):
            constants = all(
                isinstance(work, Put) and all(each.value is not None for each in work.set.values())
                for work in plan.works
            )
            assert (plan.settled is not None) == constants
            if constants:
                settled += 1
                bench = Workbench(made.contents, made.digest, DAY, {})
                for work in plan.works:
                    work_on(bench, work)
                assert bench.answers == plan.settled
    assert settled >= 10


class TestOtherWorks:
    """Sums, rows kept and marked, facts taken, set and forgotten."""

    def test_a_sum_is_exact_and_of_what_is_there(self) -> None:
        work = "{sum: {rows: month_lines, column: amount, into: amount_due}}"
        assert worked(work, {"month_lines": ROWS})["amount_due"] == "0.30"
        assert worked(work, {})["amount_due"] == "0.00"

    def test_rows_are_kept_as_other_records(self) -> None:
        """Columns that those don't have are left out."""
        that = "{field: paid, test: is, value: no}"
        work = f"{{keep: {{rows: month_lines, that: {that}, into: declaration_lines}}}}"
        after = worked(work, {"month_lines": ROWS})
        assert after["declaration_lines"] == [{"line": "2", "amount": "0.20"}, {"line": "3"}]
        assert after["month_lines"] == ROWS

    def test_rows_are_marked(self) -> None:
        """What can't be answered of a row counts as no."""
        that = '{field: amount, test: above, value: "0.10"}'
        work = f"{{mark: {{rows: month_lines, that: {that}, column: allowed}}}}"
        after = worked(work, {"month_lines": ROWS})
        assert [row["allowed"] for row in after["month_lines"]] == [False, True, False]

    def test_facts_are_taken_from_the_only_row(self) -> None:
        work = (
            "{take: {rows: chosen_account, into: {account: account, account_name: account_name}}}"
        )
        after = worked(work, {"chosen_account": [{"account": "A1"}], "account_name": "格桑"})
        assert after["account"] == "A1"
        assert "account_name" not in after, "what the row doesn't say is nobody's any more"
        for rows in ([], [{"account": "A1"}, {"account": "A2"}]):
            assert refused(work, {"chosen_account": rows}).code == "missing"
        assert refused(work, {}).code == "missing"

    def test_facts_are_set_at_one_moment(self) -> None:
        work = "{set: {amount_due: {fact: amount_now}, amount_now: {fact: amount_due}}}"
        after = worked(work, {"amount_due": "1.00", "amount_now": "2.00"})
        assert (after["amount_due"], after["amount_now"]) == ("2.00", "1.00")
        assert worked("{set: {declared_on: {fact: day}}}", {})["declared_on"] == "2025-10-15"
        assert worked("{set: {student: {value: yes}}}", {})["student"] is True
        assert refused(work, {}).code == "missing"

    def test_what_is_forgotten_is_gone_from_what_was_typed(self) -> None:
        text = machine(
            f"\n  s: {{on: {{go: {{works: [w], to: t}}}}}}{ENDS}",
            works="  w: {forget: [insured_name, mobile]}",
        )
        typed = {"insured_name": "格桑", "insured_id_number": "x"}
        item = an_item(insured_name="格桑", sex="male")._replace(
            drafts={"resident_who": typed, "other": {"mobile": "1"}}
        )
        after = taken(decider_of(trial=text).decide(item, an_event("go")))
        assert after.answers == {"sex": "male"}
        assert after.drafts == {"resident_who": {"insured_id_number": "x"}, "other": {}}
        assert item.drafts["resident_who"] == typed


# Effects, calls and what they answer

BUSY = machine(
    """
  s:
    deadline: {minutes: 10}
    ignores: [card.accepted, me]
    on:
      go: {to: s, effects: [declare, card]}
      card.succeeded: {to: t}
      card.declined: {to: u}
      card.failed: {to: u}
      card.lost: {to: w}
      deadline: {to: u}
  w:
    deadline: {hours: 1}
    ignores: [card]
    on:
      deadline: {to: u}
"""
    + ENDS,
    effects="""
  me: {do: registry.myself}
  card: {do: gateway.charge_card, with: {amount_due: amount_now}}
  declare: {do: ledger.declare, with: {declaration_lines: month_lines}}
""",
)
TOLD = {
    "amount_due": "1.00", "amount_now": "2.00", "card_number": "6217000000000000004",
    "id_last_four": "0015", "card_holder": "格桑",
    "month_lines": [{"line": "1", "amount": "1.00", "paid": False}],
}  # fmt: skip


class TestEffects:
    """Effects are numbered, told by name, and stay pending until their last answer."""

    def test_what_a_port_is_told(self) -> None:
        step = went(BUSY, TOLD)
        assert isinstance(step, Step)
        declare, card = step.effects
        assert (declare.verb, declare.number) == ("ledger.declare", 1)
        assert declare.told == {
            "declaration_lines": [{"line": "1", "amount": "1.00"}], "amount_due": "1.00",
        }  # fmt: skip
        assert (card.number, card.told["amount_due"]) == (2, "2.00")
        assert (card.needs_secret, dict(card.secrets)) == (True, {})
        assert step.item.pending == (Pending("declare", 1), Pending("card", 2))
        assert step.item.numbered == 2

    def test_what_it_must_be_told_and_is_not_known_is_the_books_fault(self) -> None:
        with pytest.raises(BookFault, match=r"effect 'card': the fact 'amount_now' is not known"):
            went(BUSY, {name: each for name, each in TOLD.items() if name != "amount_now"})

    @pytest.mark.parametrize(
        ("answer", "state", "pending"),
        [("succeeded", "t", []), ("declined", "u", []), ("failed", "u", []),
         ("accepted", "s", [3]), ("lost", "w", [3])],
    )  # fmt: skip
    def test_the_last_answer_ends_it(self, answer: str, state: str, pending: list[int]) -> None:
        """After a lost secret a callback may still tell."""
        item = an_item()._replace(pending=(Pending("card", 3),), deadline=AT + 5)
        facts = {"succeeded": {"charge_no": "C1", "paid_on": "2025-10-15"}}.get(answer, {})
        event = an_event(f"card.{answer}", facts, number=3)
        after = taken(decider_of(trial=BUSY).decide(item, event))
        assert (after.state, [each.number for each in after.pending]) == (state, pending)
        assert {name: after.answers[name] for name in facts} == facts

    def test_what_is_ignored_changes_nothing_but_that_it_came(self) -> None:
        """The deadline stays where it was."""
        item = an_item(sex="male")._replace(pending=(Pending("me", 4),), deadline=AT + 5)
        found = {"person_name": "格桑", "sex": "female"}
        after = taken(decider_of(trial=BUSY).decide(item, an_event("me.found", found, number=4)))
        assert after == item._replace(version=1, pending=())

    def test_facts_that_cannot_be_read_are_refused(self) -> None:
        item = an_item()._replace(pending=(Pending("card", 3),))
        facts = {"charge_no": "C1", "paid_on": "2025-02-30"}
        step = decider_of(trial=BUSY).decide(item, an_event("card.succeeded", facts, number=3))
        assert isinstance(step, Refused)
        assert (step.code, [each.field for each in step.problems]) == ("wrong", ["paid_on"])

    def test_a_deadline_is_counted_from_the_event(self) -> None:
        """Late as it may be, and even where the clock was put back."""
        made = decider_of(trial=BUSY)
        for at in (AT, AT + 10**6, AT - 10**6):
            item = an_item(**TOLD)._replace(deadline=AT)
            assert taken(made.decide(item, an_event("go", at=at))).deadline == at + 600
            lost = item._replace(pending=(Pending("card", 3),))
            event = an_event("card.lost", at=at, number=3)
            assert taken(made.decide(lost, event)).deadline == at + 3600
            assert taken(made.decide(item, an_event("deadline", at=at))).deadline is None

    def test_a_payload_that_nobody_asked_for_is_not_kept(self) -> None:
        after = taken(went(machine("\n  s: {on: {go: {to: t}}}" + ENDS), {}, payload={"sex": "x"}))
        assert (after.answers, after.drafts) == ({}, {})


CALLING = {
    "trial": machine(
        "\n  s:\n    on:\n      go: {to: s, call: pay}\n      pay.t: {to: t}\n      pay.u: {to: u}"
        + ENDS,
        calls="  pay: {item: other, with: {amount_due: amount_now}, back: {account: enrolment}}",
    ),
    "other": "open_to: items\ngiven: [amount_due]\n" + machine("\n  s: {on: {go: {to: t}}}" + ENDS),
}


class TestCalls:
    """What is called is given its facts, and may end more than once."""

    def test_what_it_is_given(self) -> None:
        step = decider_of(**CALLING).decide(an_item(amount_now="2.00"), an_event("go"))
        assert isinstance(step, Step)
        assert step.call is not None
        assert (step.call.item, step.call.number) == ("other", 1)
        assert step.call.given == {"amount_due": "2.00"}
        assert step.item.pending == (Pending("pay", 1),)

    def test_its_end_brings_facts_back_and_leaves_it_open(self) -> None:
        item = an_item()._replace(pending=(Pending("pay", 1),))
        event = an_event("pay.t", {"account": "A1"}, number=1)
        after = taken(decider_of(**CALLING).decide(item, event))
        assert (after.state, after.answers) == ("t", {"account": "A1"})
        assert after.pending == (Pending("pay", 1),), "it may move to another end yet"


GIVEN = "given: [amount_due, student]\n" + machine(
    "\n  s: {deadline: {minutes: 1}, on: {go: {to: t}, deadline: {to: u}}}" + ENDS
)


class TestBegin:
    """An item begins with what it asks for, of the kinds that it asks for, and nothing else."""

    HEAD = Head("r", "trial", 1, "p", AT, "small")

    def test_with_all(self) -> None:
        begun = decider_of(trial=GIVEN).begin(self.HEAD, {"amount_due": 5, "student": "no"}, DAY)
        assert taken(begun).answers == {"amount_due": "5.00", "student": False}
        assert (taken(begun).deadline, taken(begun).version) == (AT + 60, 0)

    @pytest.mark.parametrize(
        ("given_", "wrong"),
        [
            ({"student": True}, ["amount_due"]),
            ({"amount_due": None, "student": True}, ["amount_due"]),
            ({}, ["amount_due", "student"]),
            ({"amount_due": 1.5, "student": True}, ["amount_due"]),
            ({"amount_due": "1", "student": []}, ["student"]),
            ({"amount_due": "1", "student": {"a": {1}}}, ["student"]),
            ({"amount_due": "1", "student": True, "sex": "male"}, ["sex"]),
            ({"amount_due": "1", "student": True, 7: "x"}, [7]),
        ],
    )
    def test_with_less_more_or_worse(self, given_: Any, wrong: list[Any]) -> None:
        begun = decider_of(trial=GIVEN).begin(self.HEAD, given_, DAY)
        assert isinstance(begun, Refused)
        assert [each.field for each in begun.problems] == wrong


# An item never changes

ITEMS = sorted(decides().contents.items)


@pytest.mark.parametrize("name", ITEMS)
def test_an_item_never_changes_and_an_event_leads_to_one_place(name: str) -> None:
    """Each walk again: what was, stays what it was, however the payload is treated afterwards; the
    same again gives the same; and what comes of it is its own snapshot."""
    for walk in walked(name).walks:
        item = walk.start
        for event in walk.events:
            before, payload = copy.deepcopy(item), copy.deepcopy(event.payload)
            ours = event._replace(payload=copy.deepcopy(dict(event.payload)))
            step = decides().decide(item, ours)
            spoil(ours.payload)
            assert item == before
            assert decides().decide(item, event) == step
            assert event.payload == payload
            if isinstance(step, Refused):
                break
            assert load(dump(step.item)) == step.item
            item = step.item


def spoil(value: Any) -> None:
    """Change whatever can be changed in a payload."""
    if isinstance(value, dict):
        for each in value.values():
            spoil(each)
        value["spoilt"] = "spoilt"
    elif isinstance(value, list):
        for each in value:
            spoil(each)
        value.append("spoilt")


def test_machines_are_made_ready_once_and_know_their_ends() -> None:
    made = decider_of(trial=machine(TWO + ENDS, conditions=NAMED))
    ready = made.machines["trial"]
    assert made.machines["trial"] is ready
    assert isinstance(ready, Machine)
    assert dict(ready.ends) == {"t": "well", "u": "well", "v": "well"}
    assert rules_of(machine(TWO + ENDS, conditions=NAMED)).version == ready.version == 1


class TestSeveralWhoDecideByOneBook:
    """Machines are the book's, opinions are not."""

    TEXT = machine(f"\n  s: {{on: {{go: {{to: t}}}}}}{ENDS}")

    def test_its_machines_are_made_ready_once(self) -> None:
        book = book_of(trial=self.TEXT)
        first, second = (desk_of(book, {}) for _ in range(2))
        assert first.decider is not second.decider
        assert first.decider.machines["trial"] is second.decider.machines["trial"]

    def test_a_changed_book_has_its_own(self) -> None:
        contents = book_of(trial=self.TEXT).contents
        before = decider(contents, "small").machines["trial"]
        rules = dataclasses.replace(contents.items["trial"], version=2)
        changed = dataclasses.replace(contents, items={"trial": rules})
        assert (before.version, decider(changed, "small").machines["trial"].version) == (1, 2)

    def test_an_opinion_is_asked_by_those_alone_who_have_it(self) -> None:
        class Against:
            def agree(self, *asked: Any) -> Any:
                raise BookFault("never")

        book = book_of(trial=self.TEXT)
        plain, careful, other = (
            Engine(book, store=SqliteStore(None), ports={}, opinion=opinion)
            for opinion in (None, Against(), None)
        )
        for desk in (plain, other):
            ref = desk.start("trial", actor="p").ref
            assert desk.send(ref, "go", actor="p").state == "t"
        ref = careful.start("trial", actor="p").ref
        with pytest.raises(BookFault, match="never"):
            careful.send(ref, "go", actor="p")
