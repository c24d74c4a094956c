"""Answers of the rules beside what an example says: which of its words differ, and by which rule.

Every kind of answer is first brought into the words in which examples are written (``due``,
``wrong``, ``months`` …), and only then compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sstibet.checks.review import Review
from sstibet.loading import Site
from sstibet.money import ZERO, Money
from sstibet.outcomes import Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, Covered, Wait
from sstibet.premium.quote import PERSON, Difference, Quote
from sstibet.refunds import Entitlement


@dataclass(frozen=True, slots=True)
class Found:
    """An answer in an example's words; ``text`` says it in short, ``rules`` which rules gave it."""

    words: Mapping[str, Any]
    text: str
    rules: tuple[str, ...] = ()


def in_words(answer: Any) -> Found:
    """Any answer of `Rules` in the words of examples and cases."""
    match answer:
        case Quote() | Difference():
            return _priced(answer)
        case Allowed():
            return Found({"allowed": "yes"}, "yes, this person may pay")
        case Refusal():
            ids = (answer.code, *(rule.id for rule in answer.failed))
            places = tuple(rule.rule for rule in answer.failed)
            return Found({"refused": ids}, f"refused: {' and '.join(dict.fromkeys(ids))}", places)
        case Entitlement():
            words = {
                "amount": answer.amount,
                "confirmed_by": answer.confirmed_by or "none",
                "ends_enrolment": answer.ends_enrolment,
                "evidence": answer.evidence,
            }
            return Found(words, f"amount: {answer.amount}", (answer.rule,))
        case Wait():
            return Found({"months": answer.months}, f"{answer.months} months", (answer.rule,))
        case Covered():
            first, last = answer.span.start, answer.last_day
            words = {"first": first, "last": last, "row": answer.row}
            return Found(words, f"{first} to {last}", (answer.rule,))
        case Missing():
            return Found({"missing": answer.facts}, f"missing: {', '.join(answer.facts)}")
        case Wrong():
            fields = (answer.field, *(each.field for each in answer.also))
            place = answer.values.get("rule")
            why = answer.values.get("message") or answer.code
            rules = (str(place),) if place else ()
            return Found(
                {"wrong": fields, "code": answer.code}, f"wrong: {answer.field} ({why})", rules
            )
        case _:
            return Found({"value": answer}, str(answer))


def _priced(answer: Quote | Difference) -> Found:
    paid = [(line.part, line.payer, line.amount) for line in answer.lines]
    parts = dict[str, Money]()
    for part, _, amount in paid:
        parts[part] = parts.get(part, ZERO) + amount
    others = Money(sum(amount.fen for _, payer, amount in paid if payer != PERSON))
    quote = answer if isinstance(answer, Quote) else answer.after
    words = {
        "due": answer.due,
        "government": others,
        "parts": parts,
        "evidence": answer.evidence if quote.lines else None,
    }
    rules = tuple(dict.fromkeys(line.rule for line in quote.lines))
    return Found(words, f"due: {answer.due}", rules)


def compare(review: Review, site: Site, said: Mapping[str, Any], found: Found) -> bool:
    """Report every word of an example that isn't the rules' answer. True where all are.

    ``said`` holds the example's words; the first of them is the kind of answer that it expects.
    """
    before = len(review.problems)
    kind = next(iter(said))
    hint = f"by {', '.join(found.rules)}" if found.rules else "mend the one that is wrong"
    if kind not in found.words:
        message = f"the rules give {found.text}; the example says {kind}: {_shown(said[kind])}"
        review.fault(site.at(kind), "example_differs", message, hint)
        return False
    for word, value in said.items():
        given = found.words[word]
        if word == "parts":
            _compare_parts(review, site.at("parts"), value, given, found.rules)
        elif not _same(word, value, given):
            told = found.text if word == kind else f"{word}: {_shown(given)}"
            message = f"the rules give {told}; the example says {word}: {_shown(value)}"
            review.fault(site.at(word), "example_differs", message, hint)
    return len(review.problems) == before


def agrees(said: Mapping[str, Any], found: Found) -> bool:
    """Whether every word of an example is the rules' answer."""
    if next(iter(said)) not in found.words:
        return False
    for word, value in said.items():
        given = found.words[word]
        if word == "parts":
            parts = {part for part in (*value, *given) if value.get(part) != given.get(part)}
            if any(value.get(part, ZERO) != given.get(part, ZERO) for part in parts):
                return False
        elif not _same(word, value, given):
            return False
    return True


def words_of(example: Any, words: tuple[str, ...]) -> dict[str, Any]:
    """What an example says, the kind of its answer first."""
    return {word: each for word in words if (each := getattr(example, word, None)) is not None}


def _same(word: str, said: Any, given: Any) -> bool:
    if word in ("wrong", "refused"):
        return said in given
    if word == "missing":
        return sorted(said) == sorted(given)
    return bool(said == given)


def _shown(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _compare_parts(
    review: Review,
    site: Site,
    said: Mapping[str, Money],
    given: Mapping[str, Money],
    rules: tuple[str, ...],
) -> None:
    hint, unknown = f"by {', '.join(rules)}" if rules else "", False
    for part, amount in said.items():
        if part not in given and amount != ZERO:
            message = f"the rules give no part {part!r}; the example says {amount}"
            review.key_fault(site.at(part), "unknown_part", message, review.meant(part, given))
            unknown = True
        elif given.get(part, ZERO) != amount:
            message = f"the rules give {part} {given[part]}; the example says {amount}"
            review.fault(site.at(part), "example_differs", message, hint)
    for part, amount in given.items():
        if part not in said and amount != ZERO and not unknown:
            message = f"the rules give {part} {amount}; the example leaves it out"
            review.key_fault(site, "example_differs", message, hint or f"add '{part}: {amount}'")
