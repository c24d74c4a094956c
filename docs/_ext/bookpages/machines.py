"""A page for each business item: its machine drawn, its states and ways as tables, its forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from bookpages.forms import form
from bookpages.writing import (
    Sources,
    both,
    code,
    heading,
    page,
    place,
    plain,
    spoken,
    table,
)
from sstibet.contents import Contents
from sstibet.drawing.picture import Move, Picture, picture
from sstibet.items.documents import ItemRules

OPENED = {
    "person": "a person who is signed in",
    "anyone": "anyone, signed in or not",
    "items": "other items alone, by a call",
}


def item(contents: Contents, name: str, owner: dict[str, str], drawing: str) -> str:
    """The page of an item; ``owner`` says under which item each form stands, ``drawing`` is the SVG
    that the page shows."""
    rules = contents.items[name]
    sources = Sources(f"item-{name}")
    drawn = [picture(contents, name, language) for language in ("en", "zh")]
    return page(
        heading(rules.label),
        f"item-{name}",
        _head(contents, name, rules, sources),
        _picture(name, drawn, _size(drawing)),
        _states(rules, drawn),
        _ways(drawn),
        _never(rules),
        _forms(contents, name, rules, owner),
        sources.lines(),
    )


def _size(drawing: str) -> tuple[str, str, str]:
    """The width and height that an SVG says, and how far to the right its machine begins."""
    found = re.search(r'<svg [^>]*width="(\d+)" height="(\d+)"', drawing)
    begins = re.search(r'class="start"[^>]* cx="([\d.]+)"', drawing)
    assert found is not None, "a drawing says how large it is"
    assert begins is not None, "a drawing says where it begins"
    return found[1], found[2], begins[1]


def _head(contents: Contents, name: str, rules: ItemRules, sources: Sources) -> list[str]:
    steps = sorted(
        {s for state in rules.states.values() for on in state.on.values() for way in on.all_ways
         for s in way.steps},
        key=lambda step: (step.partition(".")[0], len(step), step),
    )  # fmt: skip
    rows = [
        ("id", code(name)),
        ("may be begun by", OPENED[rules.open_to]),
        ("version of the machine", str(rules.version)),
        ("evidence", sources.of(rules.evidence)),
        ("in the book at", place(rules.where)),
    ]
    if steps:
        rows.insert(2, ("steps of the app's guide", ", ".join(steps)))
    if rules.given:
        rows.append(("is given", ", ".join(code(each) for each in rules.given)))
    calls = {call.item for call in rules.calls.values()}
    if calls:
        linked = (f"[{both(contents.items[each].label)}](#item-{each})" for each in sorted(calls))
        rows.append(("calls", ", ".join(linked)))
    return table(["of the item", "what it is"], rows)


def _picture(name: str, drawn: list[Picture], size: tuple[str, str, str]) -> Iterator[str]:
    """The English drawing at its own size in a frame that scrolls, and links to both alone."""
    english, (wide, high, begin) = drawn[0], size
    text = (
        f"The machine of {name}: {len(english.states)} states and {len(english.moves)} ways, "
        "all listed in the tables under it"
    )
    at = f"../../_static/machines/{name}"
    yield "\n## The machine [状态图]{.language-zh-CN}\n"
    yield "Green: ends well; red: ends without success; dashed: a time is over, or nobody answered."
    yield "\n```{raw} html"
    yield (
        f'<p>It scrolls; or open it alone: <a href="{at}.en.svg">in English</a>, '
        f'<a href="{at}.zh.svg" lang="zh-CN">中文</a>.</p>'
    )
    yield (
        f'<div class="machine" tabindex="0" role="region" aria-label="The machine of {name}"'
        f' data-begin="{begin}">'
    )
    yield f'<img src="{at}.en.svg" alt="{text}" width="{wide}" height="{high}" loading="lazy">'
    yield "</div>\n```\n"


def _states(rules: ItemRules, drawn: list[Picture]) -> list[str]:
    ends = {None: "", "well": "well", "badly": "without success"}
    lines = ["", "## States [状态]{.language-zh-CN}", ""]
    rows = []
    for state in drawn[0].states:
        label = rules.states[state.name].label
        shown = rules.states[state.name].form
        begins = "<br>begins here" if state.name == rules.initial else ""
        rows.append(
            (
                code(state.name) + begins,
                both(label),
                f"[{code(shown)}](#form-{shown})" if shown else "",
                state.deadline or "",
                ends[state.ends],
            )
        )
    return lines + table(["state", "label", "shows the form", "at most", "ends"], rows)


def _ways(drawn: list[Picture]) -> Iterator[str]:
    yield "\n## What leads where [转移]{.language-zh-CN}\n"
    yield "Exactly one way of an event is taken; one that is refused changes nothing."
    pairs = list(zip(drawn[0].moves, drawn[1].moves, strict=True))
    yield from table(
        ["in the state", "event", "if", "leads to", "starts", "steps"],
        (
            _way(english, chinese, first=n == 0)
            for _, group in groupby(pairs, key=lambda pair: pair[0].source)
            for n, (english, chinese) in enumerate(group)
        ),
    )


def _way(english: Move, chinese: Move, first: bool) -> tuple[str, ...]:
    target = code(english.target) if english.target is not None else "refused"
    if english.target is None:
        target += f": {_two(english.refused or '', chinese.refused or '')}"
    elif english.stays:
        target += " (stays)"
    said = _two(english.says, chinese.says)
    return (
        f"**{code(english.source)}**" if first else code(english.source),
        f"{code(english.event)}<br>{said}",
        "<br>".join(map(_two, english.conditions, chinese.conditions)),
        target,
        "<br>".join(map(_two, english.effects, chinese.effects)),
        ", ".join(english.steps),
    )


def _two(english: str, chinese: str) -> str:
    return plain(english) if english == chinese else f"{plain(english)} {spoken(chinese, 'zh')}"


def _never(rules: ItemRules) -> list[str]:
    if not rules.never:
        return []
    return [
        "\n## What must never be\n",
        "A step that would break one of these is not taken.",
        *table(
            ["name", "what", "in the states", "place"],
            (
                (code(name), both(each.label), ", ".join(map(code, each.in_)), place(each.where))
                for name, each in rules.never.items()
            ),
        ),
    ]


def _forms(contents: Contents, name: str, rules: ItemRules, owner: dict[str, str]) -> Iterator[str]:
    shown = [each for each in contents.forms if each in rules.forms]
    if not shown:
        return
    yield "\n## Forms [表单]{.language-zh-CN}\n"
    for each in shown:
        if owner[each] == name:
            yield from form(contents, each)
        else:
            label = heading(contents.forms[each].label)
            at = f"[{label}](#form-{each})"
            yield f"\n{code(each)}: {at}, described with the item {code(owner[each])}.\n"
