"""Whether examples show every wait, every row of the cover, and every ground of a refund."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from sstibet.checks.alterations import alterations
from sstibet.checks.answers import agrees, in_words, words_of
from sstibet.checks.cover_rules import report_slips
from sstibet.checks.lookups import known_of
from sstibet.checks.review import Review
from sstibet.checks.shown import Cases, otherwise, sound, unnoticed, unseen
from sstibet.checks.worked import ASKED
from sstibet.conditions import Condition
from sstibet.editions import Edition
from sstibet.known import Known
from sstibet.loading import Site
from sstibet.outcomes import Wrong
from sstibet.periods import ask
from sstibet.periods.tables import CoverEdition, WaitingEdition
from sstibet.refunds import RefundEdition, RefundRules, refund

# An example or case, and what its facts let one know.
Shown = list[tuple[Any, Known]]
Answer = Callable[[Any, Known], Any]
_LIMIT = "add an example at this very limit, whose answer hangs on it"


def cover_answers(review: Review, cases: Cases) -> None:
    """Waits, cover and refunds."""
    periods = review.contents.periods
    for scheme, waiting in periods.waiting.items():
        if _shown_at_all(review, "wait", scheme, review.periods.at("waiting", scheme), cases):
            for n, wait in enumerate(waiting.table.editions):
                site = review.periods.at("waiting", scheme, "table", "editions", n)
                _cover_wait(review, site, scheme, wait, cases)
    for scheme, cover in periods.cover.items():
        if _shown_at_all(review, "cover", scheme, review.periods.at("cover", scheme), cases):
            for n, edition in enumerate(cover.table.editions):
                site = review.periods.at("cover", scheme, "table", "editions", n)
                _cover_cover(review, site, scheme, edition, cases)
    for scheme, rules in review.contents.refunds.items():
        if rules is None:
            continue
        site = review.site("refunds", scheme)
        if _shown_at_all(review, "refund", scheme, site, cases):
            for n, each in enumerate(rules.table.editions):
                place = site.at("table", "editions", n)
                _cover_refund(review, place, scheme, rules, each, cases)


def _shown_at_all(review: Review, word: str, scheme: str, site: Site, cases: Cases) -> bool:
    """Whether these rules are sound; a case elsewhere must show that they are there at all."""
    if not sound(review, (ASKED[word][0], scheme)):
        return False
    if not cases.get((word, scheme)):
        hint = f"add a case {{ask: {word}, of: {scheme}, …}}"
        unseen(review, site, f"these rules from outside, by 'ask: {word}'", hint)
    return True


def _shown(review: Review, word: str, scheme: str, edition: Any, cases: Cases) -> Shown:
    """The examples of an edition, and the cases that are answered from it."""
    there = [each for each in cases.get((word, scheme), []) if each.on in edition.span]
    known = [(each, known_of(review, each.on, each.facts)) for each in edition.examples]
    known += [(each, known_of(review, each.on, each.facts)) for each in there]
    return [(each, found) for each, found in known if not isinstance(found, Wrong)]


def _notices(word: str, shown: Shown, answer: Callable[[Known], Any]) -> bool:
    """Whether one of the examples comes out otherwise by other rules."""
    words = ASKED[word][1]
    return otherwise(
        lambda: any(
            not agrees(words_of(each, words), in_words(answer(known))) for each, known in shown
        )
    )


def _cover_wait(
    review: Review, site: Site, scheme: str, edition: WaitingEdition, cases: Cases
) -> None:
    waiting = review.contents.periods.waiting[scheme]
    shown = _shown(review, "wait", scheme, edition, cases)
    if not shown:
        hint = f"add 'examples: [{{on: {edition.from_}, facts: {{…}}, months: …}}]'"
        unseen(review, site, "how long one waits by this edition", hint)
        return

    def noticed(**changes: Any) -> bool:
        altered = _only(waiting, dataclasses.replace(edition, **changes))
        return _notices("wait", shown, lambda known: ask.wait(altered, known))

    report_slips(
        review,
        site.at("exempt"),
        alterations(review.contents.dictionary, edition.exempt),
        lambda condition: noticed(exempt=condition),
        _LIMIT,
    )
    for key in ("fixed_months", "months_per_lapsed_year", "months_off_per_year_bought_back"):
        number = getattr(edition, key)
        others: list[dict[str, Any]] = [{key: n} for n in _beside(number)]
        _cover_number(review, site.at(key), number, [noticed(**each) for each in others])
    for key in ("lapsed_years", "months"):
        number = getattr(edition.at_least, key)
        others = [{key: n} for n in _beside(number)]
        found = [noticed(at_least=dataclasses.replace(edition.at_least, **each)) for each in others]
        _cover_number(review, site.at("at_least", key), number, found)


def _only(rules: Any, edition: Edition) -> Any:
    """The same rules with one edition alone."""
    return dataclasses.replace(rules, table=dataclasses.replace(rules.table, editions=(edition,)))


def _beside(number: int) -> list[int]:
    """The numbers beside one that is never below zero."""
    return [number - 1, number + 1] if number else [1]


def _cover_number(review: Review, site: Site, number: int, noticed: list[bool]) -> None:
    for other, found in zip(_beside(number), noticed, strict=True):
        if not found:
            unnoticed(review, site, str(other), _LIMIT)
            return


def _cover_cover(
    review: Review, site: Site, scheme: str, edition: CoverEdition, cases: Cases
) -> None:
    cover = review.contents.periods.cover[scheme]
    shown = _shown(review, "cover", scheme, edition, cases)
    answers = [ask.covered(cover, known) for _, known in shown]
    rows = {answer.row for answer in answers if isinstance(answer, ask.Covered)}
    for name, row in edition.rows.items():
        if name not in rows:
            hint = f"add {{on: {edition.from_}, facts: {{…}}, first: …, last: …}}"
            unseen(review, site.at("rows", name), f"the row {name!r}", hint)
            continue

        def noticed(condition: Condition, name: str = name, row: Any = row) -> bool:
            changed = {**edition.rows, name: dataclasses.replace(row, when=condition)}
            altered = _only(cover, dataclasses.replace(edition, rows=changed))
            return _notices("cover", shown, lambda known: ask.covered(altered, known))

        if not any(getattr(each, "row", None) == name for each, _ in shown):
            hint = f"add 'row: {name}' to an example"
            unseen(review, site.at("rows", name), f"by name that the row {name!r} holds", hint)
        slips = alterations(review.contents.dictionary, row.when)
        report_slips(review, site.at("rows", name, "when"), slips, noticed, _LIMIT)


def _cover_refund(
    review: Review,
    site: Site,
    scheme: str,
    rules: RefundRules,
    edition: RefundEdition,
    cases: Cases,
) -> None:
    shown = _shown(review, "refund", scheme, edition, cases)
    asked = {known.given.get(rules.asks.ground) for _, known in shown}
    for name, ground in edition.grounds.items():
        place = site.at("grounds", name)
        if name not in asked:
            facts = f"{{{rules.asks.ground}: {name}, {rules.asks.payments}: […]}}"
            hint = f"add {{on: {edition.from_}, facts: {facts}, amount: …}}"
            unseen(review, place, f"the ground {name!r}", hint)
            continue
        for gives in ("whole", "nothing"):
            when = None if gives == "nothing" else ground.when
            other = dataclasses.replace(ground, gives=gives, column=None, when=when)
            changed = dataclasses.replace(edition, grounds={**edition.grounds, name: other})
            if gives != ground.gives and not _refund_notices(rules, shown, changed):
                hint = "add an example in which that makes a difference"
                unnoticed(review, place.at("gives"), repr(gives), hint)
                break
        _cover_ground(review, place, rules, edition, shown, name)
        if ground.when is not None:
            _cover_payments(review, place.at("when"), rules, edition, shown, ("grounds", name))
    for name in edition.every_line:
        place = site.at("every_line", name, "must")
        _cover_payments(review, place, rules, edition, shown, ("every_line", name))


def _cover_ground(
    review: Review,
    site: Site,
    rules: RefundRules,
    edition: RefundEdition,
    shown: Shown,
    name: str,
) -> None:
    """Who confirms a ground, whether it ends the enrolment, and what it rests on."""
    ground = edition.grounds[name]
    slips: dict[str, Any] = {
        "confirmed_by": "nobody",
        "ends_enrolment": not ground.ends_enrolment,
    }
    if ground.evidence is not None and ground.evidence.kind != edition.evidence.kind:
        slips["evidence"] = None
    for key, slip in slips.items() if ground.gives != "nothing" else ():
        altered: dict[str, Any] = {key: slip}
        both = {**edition.grounds, name: dataclasses.replace(ground, **altered)}
        if not _refund_notices(rules, shown, dataclasses.replace(edition, grounds=both)):
            hint = f"add '{key}: …' to an example of this ground that gives an amount"
            unnoticed(review, site.at(key), "something else", hint)


def _cover_payments(
    review: Review,
    site: Site,
    rules: RefundRules,
    edition: RefundEdition,
    shown: Shown,
    at: tuple[str, str],
) -> None:
    """What every payment must fulfil, in general or for a ground."""
    named, key = getattr(edition, at[0]), "must" if at[0] == "every_line" else "when"
    rule = named[at[1]]

    def noticed(condition: Condition) -> bool:
        slip: dict[str, Any] = {key: condition}
        both: dict[str, Any] = {at[0]: {**named, at[1]: dataclasses.replace(rule, **slip)}}
        return _refund_notices(rules, shown, dataclasses.replace(edition, **both))

    slips = alterations(review.contents.dictionary, getattr(rule, key), rules.asks.payments)
    report_slips(review, site, slips, noticed, _LIMIT)


def _refund_notices(rules: RefundRules, shown: Shown, edition: RefundEdition) -> bool:
    altered = _only(rules, edition)
    return _notices("refund", shown, lambda known: refund(altered, "", known))
