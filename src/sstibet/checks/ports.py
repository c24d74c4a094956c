"""Ports: what they are told and what they tell are facts, and every question has an answer."""

from __future__ import annotations

from collections.abc import Mapping

from sstibet.checks.review import Review
from sstibet.facts import Fact
from sstibet.items.documents import Verb
from sstibet.loading import Site


def check_ports(review: Review) -> None:
    """Every verb of every port."""
    for name, port in review.contents.ports.items():
        with review.holding(("port", name)):
            site = review.site("ports", name).at("verbs")
            if not port.verbs:
                message = f"the port {name!r} can be asked nothing"
                review.fault(site, "empty_list", message, "add its verbs, or drop the port")
            for verb, each in port.verbs.items():
                _check_verb(review, site.at(verb), verb, each)


def _check_verb(review: Review, site: Site, name: str, verb: Verb) -> None:
    told = [("needs", verb.needs), ("may_need", verb.may_need)]
    _check_facts(review, site, told, told_back=False)
    for answer, each in verb.answers.items():
        place = site.at("answers", answer)
        given = [("gives", each.gives), ("may_give", each.may_give)]
        _check_facts(review, place, given, told_back=True)
        _check_confirms(review, place.at("confirms"), verb, each.confirms)
        if each.progress and not verb.later:
            message = f"{name!r} is answered at once, so nothing comes after {answer!r}"
            hint = "add 'later: yes' to the verb, or drop 'progress'"
            review.fault(place.at("progress"), "progress_at_once", message, hint)
    if all(each.progress for each in verb.answers.values()):
        message = f"{name!r} has no last answer: it would be waited for for ever"
        hint = "add an answer without 'progress'"
        review.key_fault(site.at("answers"), "no_last_answer", message, hint)


def _check_confirms(review: Review, site: Site, verb: Verb, names: tuple[str, ...]) -> None:
    facts = review.contents.dictionary.facts
    for n, name in enumerate(names):
        if name in facts and facts[name].kind == "secret":
            message = f"{name!r} is secret, so no answer repeats it"
            review.fault(site.at(n), "confirms_untold", message, "confirm another fact")
        elif name not in facts:
            message, hint = f"there is no fact {name!r}", review.meant(name, facts)
            review.fault(site.at(n), "unknown_fact", message, hint)
        elif name not in verb.needs and (verb.for_desk or facts[name].derive is not None):
            why = "no item asks it" if verb.for_desk else "no item keeps what is worked out"
            message = f"the verb needn't be told {name!r}, and {why}: nothing can be confirmed"
            hint = "add it to 'needs', or confirm another fact"
            review.fault(site.at(n), "confirms_untold", message, hint)
    review.distinct(site, names, "confirmed facts")


def _check_facts(
    review: Review, site: Site, lists: list[tuple[str, tuple[str, ...]]], told_back: bool
) -> None:
    """Facts that are told (a secret may be), or told back: none that is secret or worked out."""
    facts, before = review.contents.dictionary.facts, set[str]()
    for key, names in lists:
        for n, name in enumerate(names):
            place = site.at(key, n)
            fact = facts.get(name)
            if fact is None:
                message, hint = f"there is no fact {name!r}", review.meant(name, facts)
                review.fault(place, "unknown_fact", message, hint)
            elif name in before:
                message = f"{name!r} is told twice"
                review.fault(place, "doubled_entry", message, "keep one of them")
            elif told_back and fact.kind == "secret":
                message = f"{name!r} is secret: no port tells it"
                review.fault(place, "secret_misplaced", message, f"see {fact.where}")
            elif told_back and fact.derive is not None:
                message = f"{name!r} is worked out, so no port can tell it"
                given = [each for each in fact.derive.sources() if not _derived(facts, each)]
                hint = f"tell {' and '.join(given) or 'another fact'} ({fact.where})"
                review.fault(place, "derived_fact", message, hint)
            before.add(name)


def _derived(facts: Mapping[str, Fact], name: str) -> bool:
    return name in facts and facts[name].derive is not None
