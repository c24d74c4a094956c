"""What the written pages take in: the schemes and the items there are, each with a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from bookpages.writing import both, chip, code, days, table, toctree
from sstibet.contents import Contents
from sstibet.evidence import KINDS, Evidence
from sstibet.premium.pick import PickSchedule


def schemes(contents: Contents) -> str:
    """The schemes, with every kind of evidence that anything in them rests on."""
    rows = []
    for name in contents.schemes:
        schedule = contents.schedule(name)
        editions = (
            schedule.tiers.editions
            if isinstance(schedule, PickSchedule)
            else (schedule.bases or schedule.rates).editions
        )
        kinds = sorted(set(_kinds(schedule)), key=KINDS.index)
        rows.append(
            (
                f"[{code(name)}](#scheme-{name})",
                both(schedule.label),
                days(editions[0].from_, editions[-1].until),
                str(len(editions)),
                " ".join(chip(kind) for kind in kinds),
            )
        )
    columns = ["scheme", "label", "in force", "editions", "rests on"]
    pages = toctree((f"made/schemes/{each}" for each in contents.schemes), hidden="")
    return "\n".join([*table(columns, rows), *pages]) + "\n"


def items(contents: Contents) -> str:
    """The items, with how many states and forms each has."""
    rows = [
        (
            f"[{code(name)}](#item-{name})",
            both(rules.label),
            str(len(rules.states)),
            str(len(rules.forms)),
            chip(rules.evidence.kind),
        )
        for name, rules in contents.items.items()
    ]
    pages = toctree((f"made/items/{each}" for each in contents.items), hidden="")
    return (
        "\n".join([*table(["item", "label", "states", "forms", "evidence"], rows), *pages]) + "\n"
    )


def _kinds(node: object) -> Iterator[str]:
    """The kind of every piece of evidence in a part of the book."""
    if isinstance(node, Evidence):
        yield node.kind
    elif isinstance(node, (tuple, list)):
        for each in node:
            yield from _kinds(each)
    elif isinstance(node, dict):
        for each in node.values():
            yield from _kinds(each)
    elif is_dataclass(node):
        for each in fields(node):
            yield from _kinds(getattr(node, each.name))
