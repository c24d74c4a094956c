"""What people read: the answers as a sentence, a table of lines, and the rules that say no."""

from __future__ import annotations

from sstibet.cli.terminal import say_line, say_table, word
from sstibet.explanation import Compared, Explanation
from sstibet.outcomes import FailedRule, Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, MayPay
from sstibet.premium.quote import Difference, Quote
from sstibet.refunds import Entitlement
from sstibet.texts import say


def quote(answer: Quote, language: str) -> None:
    """The headline, then a row for each line with its rule."""
    say_line(answer.explain(language).headline)
    rows = [
        (
            line.period,
            line.label.text(language),
            say(f"payer.{line.payer}", language),
            line.basis,
            line.rate,
            f"≥ {line.amount}" if line.at_least else line.amount,
            line.rule,
            line.edition,
            line.evidence,
        )
        for line in answer.lines
    ]
    names = ("period", "part", "payer", "basis", "rate", "amount", "rule", "edition", "evidence")
    say_table("", [word(f"column.{name}", language) for name in names], rows)


def difference(answer: Difference, language: str) -> None:
    """Paid, due and the difference, line by line."""
    say_line(answer.explain(language).headline)
    rows = [
        (
            line.period,
            line.label.text(language),
            say(f"payer.{line.payer}", language),
            line.before,
            line.after,
            line.amount,
        )
        for line in answer.lines
    ]
    names = ("period", "part", "payer", "before", "after", "difference")
    say_table("", [word(f"column.{name}", language) for name in names], rows)


def may_pay(answer: MayPay, language: str) -> None:
    """Yes with the rules, no with those that fail, or unknown with what is missing."""
    match answer:
        case Allowed():
            rules = ", ".join(answer.rules) or word("no_rule", language)
            say_line(say("may_pay.headline", language, rules=rules))
        case Refusal():
            say_line(word("may_not_pay", language))
            refusal(answer, language)
        case Missing() | Wrong():
            say_line(word("may_pay_unknown", language, why=answer.text(language)))


def refund(answer: Entitlement, language: str) -> None:
    """What is given back, and why a payment isn't."""
    say_line(answer.explain(language).headline)
    rows = [
        (
            line.number,
            line.paid,
            line.amount,
            say("and", language).join(rule.label.text(language) for rule in line.refused),
        )
        for line in answer.lines
    ]
    names = ("payment", "paid", "given_back", "refused")
    say_table("", [word(f"column.{name}", language) for name in names], rows)
    if answer.confirmed_by:
        say_line(word("confirmed_by", language, who=answer.confirmed_by))
    if answer.ends_enrolment:
        say_line(word("ends_enrolment", language))


def missing(answer: Missing, language: str) -> None:
    """What is missing, and how to give it."""
    say_line(answer.text(language))
    say_line(word("set_facts", language, facts=" ".join(f"--set {f}=…" for f in answer.facts)))


def wrong(answer: Wrong, language: str) -> None:
    """Each field that is wrong, and why."""
    for each in (answer, *answer.also):
        say_line(f"wrong: {each.field}: {each.text(language)}")


def refusal(answer: Refusal, language: str) -> None:
    """The rules that say no, each with its place, its document and the values compared."""
    say_line(answer.text(language))
    for rule in answer.failed:
        _failed(rule, language)


def explanation(answer: Explanation) -> None:
    """The steps under a headline that stands there already."""
    for step in list(answer.lines())[1:]:
        say_line(step)


def _failed(rule: FailedRule, language: str) -> None:
    evidence = say(f"evidence.{rule.evidence.kind}", language)
    say_line(f"  {rule.id}  {rule.label.text(language)}")
    say_line(f"    {rule.rule}  {rule.evidence.doc} [{evidence}]")
    for test in rule.tests:
        say_line(f"    {Compared(test).text(language)}")
