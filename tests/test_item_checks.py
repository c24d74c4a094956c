"""What is worked out about items before any is begun holds of every walk through them: what counts
as certain is known, what may come is decided, what is called impossible never holds.

Which words are said of which mistake is shown by ``test_bad_books``.
"""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sstibet.checks import check_contents
from sstibet.checks.apart import Literal, possible
from sstibet.checks.item_answers import Pending, next_ends
from sstibet.checks.item_certain import Certain
from sstibet.checks.item_look import Look
from sstibet.checks.items import check_items
from sstibet.checks.review import Review
from sstibet.conditions import All, Any_, Condition, Count, Not, Rows, decide
from sstibet.conditions import Test as One
from sstibet.contents import Contents
from sstibet.deciding import Decider, decider
from sstibet.files import Files, find_rules
from sstibet.items.value import Event, Head, Item, Refused
from sstibet.known import Known
from sstibet.loading import load_documents
from sstibet.problems import Problem

BOOK = Path(__file__).parent / "books" / "good" / "counter_item"
FILES = Files.of(BOOK)
DAY = date(2025, 3, 1)


def contents() -> Contents:
    """The book of a counter, checked to be sound."""
    loaded = load_documents(FILES)
    assert loaded.problems == []
    assert check_contents(loaded) == []
    assert loaded.contents is not None
    return loaded.contents


CONTENTS = contents()
REVIEW = Review(load_documents(FILES), CONTENTS)
LOOKS = {name: Look(REVIEW, name, rules) for name, rules in CONTENTS.items.items()}


# Conditions that exclude one another


def one(fact: str, word: str, value: Any) -> One:
    return One(where="", test=word, fact=fact, value=value)


TIER, DUE, YEAR, SEVERE = "tier", "due", "year_asked", "severe_disability"


def together(*conditions: Condition) -> bool:
    return possible(CONTENTS.dictionary, [Literal(each, True) for each in conditions])


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        (one(TIER, "is", "100"), one(TIER, "is", "200"), False),
        (one(TIER, "is", "100"), one(TIER, "one_of", ("100", "200")), True),
        (one(TIER, "is", "100"), one(TIER, "none_of", ("100", "200")), False),
        (one("for_another", "is_not", "yes"), one("for_another", "is_not", "no"), False),
        (one("category", "is_not", "general"), one("category", "is_not", SEVERE), False),
        (one(TIER, "is_not", "100"), one(TIER, "is_not", "200"), True),
        (one(DUE, "below", "5"), one(DUE, "at_least", "5"), False),
        (one(DUE, "at_most", "5"), one(DUE, "at_least", "5"), True),
        (one(YEAR, "above", "2020"), one(YEAR, "below", "2021"), False),
        (one(YEAR, "below", "2014"), one(DUE, "below", "5"), False),
        (one(DUE, "below", "0"), one(TIER, "is", "100"), False),
        (one(DUE, "is", "1"), one("total_due", "is", "2"), True),
    ],
)  # fmt: skip
def test_two_tests_of_one_fact_may_exclude_one_another(
    first: Condition, second: Condition, may: bool
) -> None:
    """By the values that they name, and by those that the fact can have."""
    assert together(first, second) is may
    assert together(second, first) is may


def test_sides_and_counts_exclude_one_another() -> None:
    """A fact beside another fact, and how many rows there are."""
    below = One(where="", test="below", fact=DUE, other_fact="total_due")
    above = One(where="", test="above", fact=DUE, other_fact="total_due")
    assert not together(below, above)
    assert together(below, Not(where="", not_=above))
    none = Count(where="", count=Rows(where="", fact="desks"), test="is", value=0)
    some = Count(where="", count=Rows(where="", fact="desks"), test="above", value=0)
    assert not together(none, some)
    assert not together(Not(where="", not_=none), Not(where="", not_=some))


VALUES = {
    TIER: ("100", "200", "300"),
    DUE: ("0.00", "4.99", "5.00", "9.00"),
    YEAR: ("2014", "2020", "2100"),
    "for_another": ("yes", "no"),
    "category": ("general", "severe_disability"),
}


@st.composite
def single_tests(draw: st.DrawFn) -> One:
    fact = draw(st.sampled_from(sorted(VALUES)))
    words = ["is", "is_not", "one_of", "none_of"]
    if fact in (DUE, YEAR):
        words += ["below", "at_most", "at_least", "above"]
    word = draw(st.sampled_from(words))
    if word in ("one_of", "none_of"):
        found = draw(st.lists(st.sampled_from(VALUES[fact]), min_size=1, unique=True))
        return one(fact, word, tuple(found))
    return one(fact, word, draw(st.sampled_from(VALUES[fact])))


conditions = st.recursive(
    single_tests(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda c: All(where="", all_=tuple(c))),
        st.lists(inner, min_size=1, max_size=3).map(lambda c: Any_(where="", any_=tuple(c))),
        inner.map(lambda c: Not(where="", not_=c)),
    ),
    max_leaves=6,
)


@given(
    st.lists(st.tuples(conditions, st.booleans()), min_size=1, max_size=3),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}),
)
def test_what_is_called_impossible_never_holds(
    asked: list[tuple[Condition, bool]], facts: dict[str, str]
) -> None:
    """Of any facts by which all conditions come out as asked, the conditions are possible."""
    given = {name: CONTENTS.dictionary.read(name, value) for name, value in facts.items()}
    known = Known(CONTENTS.dictionary, DAY, given)
    if all(decide(condition, known).truth is holds for condition, holds in asked):
        literals = [Literal(condition, holds) for condition, holds in asked]
        assert possible(CONTENTS.dictionary, literals)


# Walks


def test_the_ends_of_a_called_item_follow_one_another() -> None:
    """Only what is given up may be paid late; what is paid is over."""
    charging = LOOKS["charging"]
    assert next_ends(charging, "") == ("paid", "given_up")
    assert next_ends(charging, "given_up") == ("paid_late",)
    assert next_ends(charging, "paid") == next_ends(charging, "paid_late") == ()


PLAIN: dict[str, Any] = {
    "person_name": "格桑梅朵",
    "other_name": "扎西次仁",
    "category": "general",
    "birth_date": "1980-05-17",
    "student": False,
    "receipt_no": "R1",
    "reason": "declined",
    "desks": [
        {"desk": "1", "scheme": "resident_pension", "open": True, "fee": "1.00"},
        {"desk": "2", "scheme": "resident_pension", "open": False, "fee": "2.00"},
    ],
}
SENT = {
    "who": st.fixed_dictionaries(
        {
            "for_another": st.booleans(),
            "other_name": st.just("扎西次仁"),
            "consent": st.just(True),
            "tier": st.sampled_from(["100", "200"]),
        }
    ),
    "desk": st.just({"chosen_desk": [{"key": "1", "tier": "200"}]}),
    "pin": st.just({"pin": "246810", "pin_again": "246810"}),
}


def events(item: Item, deciding: Decider, data: st.DataObject) -> Event | None:
    """Something that may happen to an item next; None where nothing may."""
    look = LOOKS[item.head.item]
    state, choices = look.rules.states[item.state], list[tuple[str, int | None, dict[str, Any]]]()
    for name in state.on:
        if look.is_persons(name) or name == "deadline":
            form = state.form if name == "submit" else None
            choices.append((name, None, data.draw(SENT[form]) if form is not None else {}))
    for each in item.pending:
        if each.name in look.rules.effects:
            verb = look.verb(each.name)
            for answer in look.answers(each.name) or ():
                found = verb.answers.get(answer)
                gives = found.gives if found is not None else ()
                brings = {name: PLAIN[name] for name in gives}
                choices.append((f"{each.name}.{answer}", each.number, brings))
        else:
            ended = ENDED.get((item.head.ref, each.number), "")
            call = look.rules.calls[each.name]
            for end in next_ends(LOOKS[call.item], ended):
                # Walks through the called item itself show that it knows these.
                theirs = Certain(LOOKS).of(call.item)[end]
                brings = {ours: PLAIN[ours] for ours, fact in call.back.items() if fact in theirs}
                choices.append((f"{each.name}.{end}", each.number, brings))
    if not choices:
        return None
    name, number, payload = data.draw(st.sampled_from(choices))
    source, _, answer = name.partition(".")
    if source in look.rules.calls:
        ENDED[item.head.ref, number or 0] = answer
    return Event(name, item.head.opened + item.version * 10, DAY, payload, number)


ENDED: dict[tuple[str, int], str] = {}


@given(st.sampled_from(["declaring", "charging"]), st.data())
def test_on_every_walk_what_is_certain_is_known_and_what_comes_is_decided(
    name: str, data: st.DataObject
) -> None:
    """Whatever happens in whatever order, nothing is missing and nothing comes unforeseen."""
    ENDED.clear()
    deciding = decider(CONTENTS, "0")
    certain, pending = Certain(LOOKS).of(name), Pending(LOOKS[name], LOOKS)
    begun = dict.fromkeys(CONTENTS.items[name].given, "400.00")
    step = deciding.begin(Head("r", name, 1, "p", 0, "0"), begun, DAY)
    assert not isinstance(step, Refused)
    for _ in range(14):
        item = step.item
        known = {fact for fact in certain[item.state] if isinstance(fact, str)}
        assert known <= item.answers.keys()
        for each in item.pending:
            assert any(token[1] == each.name for token in pending.tokens[item.state])
        event = events(item, deciding, data)
        if event is None:
            break
        taken = deciding.decide(item, event)
        if isinstance(taken, Refused):
            assert taken.code != "missing", (item.state, event.name, taken)
            # Only a port that broke answers after a person or a deadline has led on.
            late = not LOOKS[name].is_persons(event.name) and event.name != "deadline"
            assert taken.code != "not_now" or late
            continue
        step = taken


# No book, however broken, makes the checks fail

DOCUMENTS = {
    name: yaml.load(data, Loader=yaml.BaseLoader)
    for name, data in FILES.data.items()
    if name.startswith(("items/", "forms/", "ports"))
}


def nodes(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    steps = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for step in steps:
        found += nodes(node[step], (*path, step))
    return found


PATHS = [(name, path) for name, document in DOCUMENTS.items() for path in nodes(document)]
WORDS = sorted({str(step) for _, path in PATHS for step in path if isinstance(step, str)})


def problems(changed: dict[str, Any]) -> list[Problem]:
    data = {
        name: yaml.safe_dump(tree, allow_unicode=True).encode() for name, tree in changed.items()
    }
    loaded = load_documents(Files(BOOK, {**FILES.data, **data}))
    return loaded.problems or check_contents(loaded)


SLIPS = st.tuples(st.sampled_from(PATHS), st.sampled_from([None, [], {}, *WORDS]))


@given(st.lists(SLIPS, min_size=1, max_size=3))
def test_a_broken_item_is_told_and_never_fails(
    slips: list[tuple[tuple[str, tuple[Any, ...]], Any]],
) -> None:
    """A node that is gone, empty, or another word gives problems with their places, if any."""
    changed = dict[str, Any]()
    for (name, path), instead in slips:
        tree = changed.setdefault(name, copy.deepcopy(DOCUMENTS[name]))
        try:
            for step in path[:-1]:
                tree = tree[step]
            tree[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue
        if isinstance(tree, str):  # put there by an earlier slip; its letters are no nodes
            continue
        if instead is None:
            del tree[path[-1]]
        else:
            tree[path[-1]] = instead
    assert all(each.line >= 1 and each.column >= 1 for each in problems(changed))


def test_what_names_a_file_that_cannot_be_read_is_left_alone() -> None:
    """A form or an item with a misspelt key: that is told, and nothing that follows from it."""
    shipped = Files.of(find_rules(None))
    leaves = [name for name in shipped.data if name.startswith(("forms/", "items/"))]
    for name in [*leaves[::8], "forms/base_paid.yaml", "items/payment.yaml"]:
        broken = shipped.data[name].replace(b"label:", b"lable:", 1)
        loaded = load_documents(Files(shipped.root, {**shipped.data, name: broken}))
        assert {each.file for each in loaded.problems} == {name}
        assert loaded.contents is not None
        review = Review(loaded, loaded.contents)
        check_items(review)
        assert review.problems == []
