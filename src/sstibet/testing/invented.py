"""Hypothesis strategies for rule books invented whole: small, random, and valid.

They are for fuzzing whatever reads, checks, caches or prices a book. A schedule is a plain tree
(dicts, lists, texts), a book a dict from file names to their YAML.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from sstibet.money import MODES, Money, Unit

__all__ = ["books", "schedules", "write", "yaml_of"]

Tree = dict[str, Any]
Editions = st.SearchStrategy[Tree]

_MONTHS = st.builds(date, st.integers(2000, 2030), st.integers(1, 12), st.just(1))

_EVIDENCE = {
    "doc": "invented",
    "url": "none",
    "kind": "synthetic",
    "confidence": "low",
    "jurisdiction": "CN-00",
}
_CATEGORIES = ("plain", "helped", "exempted")
_FACTS: Tree = {
    "base": {"kind": "money", "least": "0", "most": "10000000"},
    "band": {"kind": "code"},
    "months": {"kind": "whole", "least": "1", "most": "24"},
    "tier": {"kind": "code"},
    "category": {"kind": "code", "codes": "categories"},
    "born": {"kind": "date"},
    "today": {"kind": "date", "derive": {"the_day": "asked_about"}},
    "age": {
        "kind": "whole",
        "derive": {"full_years": {"since": "born", "until": "today", "leap_day": "march_1"}},
    },
}


def yaml_of(tree: object) -> str:
    """A tree as YAML, every text quoted, a node a line. (JSON is YAML; so is its escaping.)"""
    return json.dumps(tree, ensure_ascii=False, indent=1) + "\n"


def write(book: dict[str, str], folder: Path) -> Path:
    """Write a book's files into a folder; gives the folder."""
    for name, text in book.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@st.composite
def schedules(draw: st.DrawFn, file: str | None = None) -> tuple[str, Tree]:
    """A valid schedule and the file it belongs in: ``tiers`` (pick one) or ``rates`` (monthly).

    Its facts are those of `books`: base, band, months, tier, category.
    """
    chosen = file or draw(st.sampled_from(["tiers", "rates"]))
    return chosen, draw(_pick_schedule() if chosen == "tiers" else _rate_schedule())


@st.composite
def books(draw: st.DrawFn) -> dict[str, str]:
    """A small valid book: one to three schedules, ages that may pay, no refunds."""
    parts: dict[str, Tree] = {"tiers": {}, "rates": {}}
    for number in range(draw(st.integers(1, 3))):
        file, schedule = draw(schedules())
        parts[file][f"scheme_{number}"] = schedule
    names = sorted([*parts["tiers"], *parts["rates"]])
    texts: dict[str, Any] = {
        "book.yaml": _book(names),
        "facts.yaml": {
            name: {**fact, "label": _label(name), "personal": "no"} for name, fact in _FACTS.items()
        },
        "codes/categories.yaml": {
            "label": _label("categories"),
            "evidence": _EVIDENCE,
            "codes": {name: {"label": _label(name)} for name in _CATEGORIES},
        },
        "periods.yaml": {
            **{name: {} for name in ("parameters", "windows", "notice_years", "waiting", "cover")},
            "may_pay": {name: draw(_may_pay()) for name in names},
        },
        "refunds.yaml": dict.fromkeys(names, "none"),
        **{f"{file}.yaml": tree for file, tree in parts.items() if tree},
    }
    return {name: yaml_of(tree) for name, tree in texts.items()}


def _book(schemes: list[str]) -> Tree:
    return {
        "id": "invented",
        "version": "1",
        "label": _label("invented"),
        "jurisdiction": "CN-00",
        "jurisdictions": ["CN-00"],
        "time_zone": "Asia/Shanghai",
        "currency": "CNY",
        "languages": {"required": ["zh", "en"], "optional": []},
        "examples": "some",
        "schemes": schemes,
    }


def _label(text: str) -> Tree:
    return {"zh": f"某{text}", "en": text}


@st.composite
def _may_pay(draw: st.DrawFn) -> Tree | str:
    if draw(st.booleans()):
        return "none"
    least = draw(st.integers(0, 30))
    must = {
        "fact": "age",
        "test": draw(st.sampled_from(["at_least", "above"])),
        "value": str(least),
    }
    return {
        "old_enough": {
            "label": _label("old enough"),
            "from": "2000-01-01",
            "until": "open",
            "evidence": _EVIDENCE,
            "must": must,
        }
    }


@st.composite
def _stretch(draw: st.DrawFn) -> tuple[date, date | None]:
    """The days that all tables of a schedule cover, from the first of a month on."""
    first, last = sorted(draw(st.sets(_MONTHS, min_size=2, max_size=2)))
    return first, draw(st.sampled_from([last, None]))


@st.composite
def _table(draw: st.DrawFn, covers: tuple[date, date | None], edition: Editions) -> Tree:
    """One to three editions that meet at firsts of months, each with an example: that no months at
    all are wrong, whatever the scheme and whichever its tables."""
    first, last = covers
    inner = [d for d in draw(st.lists(_MONTHS, max_size=2)) if first < d < (last or date.max)]
    starts = [day.isoformat() for day in sorted({first, *inner})]
    end = last.isoformat() if last else "open"
    editions = [
        {
            "from": start,
            "until": until,
            "published": start,
            "evidence": _EVIDENCE,
            **draw(edition),
            "examples": [{"on": start, "facts": {"months": "0"}, "wrong": "months"}],
        }
        for start, until in zip(starts, [*starts[1:], end], strict=True)
    ]
    return {"covers": {"from": starts[0], "until": end}, "editions": editions}


def _amounts(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda fen: str(Money(fen)))


def _percent(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda n: f"{n}%")


@st.composite
def _round_to(draw: st.DrawFn, units: tuple[Unit, ...] = tuple(Unit)) -> Tree:
    unit = draw(st.sampled_from(units))
    return {"to": unit.name.lower(), "mode": draw(st.sampled_from(sorted(MODES)))}


@st.composite
def _pick_schedule(draw: st.DrawFn) -> Tree:
    relieved, covers = draw(st.booleans()), draw(_stretch())
    return {
        "label": _label("pick"),
        "at": draw(st.sampled_from(["paid_on", "declared_on"])),
        "asks": {
            "tier": "tier",
            "category": "category" if relieved else "none",
            "coverage_year": "none",
            "times": "none",
        },
        "parts": {name: _label(name) for name in ("individual", "paid_for", "subsidy")},
        "tiers": draw(_table(covers, _pick_edition())),
        "relief": draw(_table(covers, _relief_edition())) if relieved else "none",
    }


@st.composite
def _pick_edition(draw: st.DrawFn) -> Tree:
    amounts = sorted(draw(st.sets(st.integers(0, 10**6), min_size=1, max_size=4)))
    exact = st.sampled_from(["exact", "at_least"])
    return {
        "means": {"person": draw(exact), "government": draw(exact)},
        "steps": "listed",
        "picks": [
            {"id": f"t{fen}", "person": str(Money(fen)), "government": draw(_amounts(0, 10**5))}
            for fen in amounts
        ],
    }


@st.composite
def _relief_edition(draw: st.DrawFn) -> Tree:
    helped = {"pays": "share", "share": draw(_percent(1, 99)), "rounding": draw(_round_to())}
    amount = {"pays": "amount", "amount": draw(_amounts(1, 10**5))}
    rows = [{"pays": "none"}, draw(st.sampled_from([helped, amount])), {"pays": "all"}]
    return {"by_category": dict(zip(_CATEGORIES, rows, strict=True))}


@st.composite
def _rate_schedule(draw: st.DrawFn) -> Tree:
    fixed, covers = draw(st.booleans()), draw(_stretch())
    tiers = not fixed and draw(st.booleans())
    listed = not tiers and draw(st.booleans())  # tiers are shares of the mean, as bounds then are
    return {
        "label": _label("rate"),
        "at": draw(st.sampled_from(["period_start", "declared_on"])),
        "asks": {
            "base": "none" if fixed else "base",
            "tier": "band" if tiers else "none",
            "months": "months",
        },
        "rates": draw(_table(covers, _rate_edition(fixed))),
        "bases": "none" if fixed else draw(_table(covers, _base_edition(listed))),
        "tiers": draw(_table(covers, _tier_edition())) if tiers else "none",
        "late": "none",
    }


@st.composite
def _rate_edition(draw: st.DrawFn, fixed: bool) -> Tree:
    payer = st.sampled_from(["person", "government"])
    share = draw(st.integers(2, 40))
    some = {"of_premium": draw(_percent(0, 99))}
    if not fixed and draw(st.booleans()):
        some = {"of_base": draw(_percent(0, share - 1))}
    parts = [
        {"id": "some", "label": _label("some"), "payer": draw(payer), **some},
        {"id": "rest", "label": _label("rest"), "payer": draw(payer), "rest": "yes"},
    ]
    if draw(st.booleans()):
        on_top = {"on_top": draw(_amounts(1, 10**4))}
        parts.append({"id": "top", "label": _label("top"), "payer": draw(payer), **on_top})
    # The premium never falls below its exact amount, nor a part above it: no rest below zero.
    unit = draw(st.sampled_from(list(Unit))).name.lower()
    rounding = {
        "premium": {"to": unit, "mode": "up"},
        "parts": {"to": "fen", "mode": "down"},
    }
    method = {"method": "fixed", "amount": draw(_amounts(1, 10**6))}
    if not fixed:
        method = {"method": "rate", "rate": f"{share}%"}
    return {**method, "parts": parts, "rounding": rounding}


@st.composite
def _base_edition(draw: st.DrawFn, listed: bool) -> Tree:
    per = draw(st.sampled_from(["month", "year"]))
    bounds = {
        "method": "share",
        "of": draw(st.sampled_from(["rounded_mean", "unrounded_mean"])),
        "floor": draw(_percent(40, 99)),
        "ceiling": draw(_percent(150, 400)),
    }
    if listed:
        floor = draw(st.integers(10**5, 10**6))
        ceiling = draw(st.integers(floor + 1, 10**7))
        bounds = {"method": "listed", "floor": str(Money(floor)), "ceiling": str(Money(ceiling))}
    fine = _round_to((Unit.FEN, Unit.JIAO, Unit.YUAN))
    return {
        "mean": {"amount": draw(_amounts(10**6, 10**7)), "per": per},
        "bounds": bounds,
        "rounding": {"mean": draw(fine), "bounds": draw(fine)},
    }


@st.composite
def _tier_edition(draw: st.DrawFn) -> Tree:
    share = draw(st.integers(101, 149))
    ends = [("lowest", "floor"), ("highest", "ceiling")]
    picks: list[Tree] = [{"id": i, "label": _label(i), "take": take} for i, take in ends]
    middle = {"id": "middle", "label": _label("middle"), "take": "share_of_mean"}
    if draw(st.booleans()):
        picks.insert(1, {**middle, "share": f"{share}%"})
    return {"rounding": {"to": "fen", "mode": "half_up"}, "picks": picks}
