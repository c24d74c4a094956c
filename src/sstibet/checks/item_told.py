"""What the rules are told by an item is enough for an answer.

A work that asks by a column may meet any scheme of its list, of which the rows often are only some;
so it is enough if there is one scheme that is told all it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from sstibet.checks.item_look import Look
from sstibet.checks.item_reads import asked_in, bases, read_by
from sstibet.items import works as kinds
from sstibet.items.works import Work
from sstibet.premium.rate import RateSchedule

_ASKING = (kinds.Quote, kinds.QuoteRows, kinds.Allow, kinds.AllowRows, kinds.Refund)


def check_told(look: Look) -> None:
    """Every question to the rules of an item whose names are sound."""
    for name, work in look.rules.works.items():
        if not isinstance(work, _ASKING):
            continue
        asked, lacking = asked_in(work), list[tuple[str, str]]()
        for scheme in _schemes(look, work):
            needs = [each for each in _needs(look, work, scheme) if each]
            missing = [each for each in needs if not each & asked.facts.keys()]
            if not missing:
                break
            lacking.append((scheme, " or ".join(repr(each) for each in sorted(missing[0]))))
        else:
            for scheme, fact in lacking[:1]:
                message = f"the rules of {scheme!r} ask for {fact}, which they aren't told"
                hint = "add it under 'facts', with where it comes from"
                site = look.site.at("works", name)
                look.review.key_fault(site, "rules_not_told", message, hint)


def _schemes(look: Look, work: Work) -> list[str]:
    """The schemes that a work may ask about."""
    asked, facts = asked_in(work), look.facts
    if asked.scheme.value is not None:
        return [asked.scheme.value]
    source = facts.get(asked.scheme.fact or "")
    if asked.scheme.column is not None and asked.rows is not None:
        source = (facts[asked.rows].fields or {}).get(asked.scheme.column)
    codes = look.review.contents.dictionary.codes.get((source.codes or "") if source else "")
    return [] if codes is None else [*codes.codes]


def _needs(look: Look, work: Work, scheme: str) -> Iterator[set[str]]:
    """The facts that the rules of a scheme ask for; of each set one is enough."""
    review = look.review
    if isinstance(work, (kinds.Allow, kinds.AllowRows)):
        for rule in (review.contents.periods.may_pay.get(scheme) or {}).values():
            for name, _ in read_by(review, rule.must):
                yield from ({base} for base in bases(review, name))
        return
    if isinstance(work, kinds.Refund):
        rules = review.contents.refunds.get(scheme)
        # A scheme of which nothing is given back says so, whatever it is told.
        if rules is not None:
            yield {rules.asks.ground}
        return
    schedule = review.schedules.get(scheme)
    if isinstance(schedule, RateSchedule):
        yield {schedule.asks.months}
        yield {each for each in (schedule.asks.base, schedule.asks.tier) if each is not None}
    elif schedule is not None:
        asks = schedule.asks
        found = (asks.tier, asks.category, asks.coverage_year, asks.times)
        yield from ({each} for each in found if each is not None)
