"""What ``--json`` prints: the answers as plain data, amounts as decimal text.

These shapes are a promise to scripts: a key may be added, none changes its meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sstibet.outcomes import FailedRule, Missing, Refusal, Wrong
from sstibet.periods.ask import Allowed, MayPay
from sstibet.premium.quote import Difference, Line, Quote
from sstibet.refunds import Entitlement, RefundLine
from sstibet.texts import shown

Shape = dict[str, Any]


def quote(answer: Quote, language: str) -> Shape:
    """A quote; ``provisional`` only where an edition was carried on."""
    return {
        "scheme": answer.scheme,
        "due": str(answer.due),
        "total": str(answer.total),
        "lines": [_line(each, language) for each in answer.lines],
        "evidence": answer.evidence,
        "digest": answer.digest,
        **({"provisional": list(answer.provisional)} if answer.provisional else {}),
    }


def difference(answer: Difference, language: str) -> Shape:
    """A back-difference with both of its quotes."""
    lines = [
        {
            "label": line.label.text(language),
            "part": line.part,
            "payer": line.payer,
            "period": line.period,
            "before": str(line.before),
            "after": str(line.after),
            "amount": str(line.amount),
        }
        for line in answer.lines
    ]
    return {
        "scheme": answer.after.scheme,
        "due": str(answer.due),
        "lines": lines,
        "before": quote(answer.before, language),
        "after": quote(answer.after, language),
        "evidence": answer.evidence,
        "digest": answer.after.digest,
    }


def may_pay(answer: MayPay, language: str) -> Shape:
    """Whether a person may pay: yes with the rules, no with those that fail, or unknown."""
    match answer:
        case Allowed():
            return {"answer": "yes", "rules": list(answer.rules)}
        case Refusal():
            return {"answer": "no", **refusal(answer, language)}
        case Missing():
            return {"answer": "unknown", **missing(answer, language)}
        case Wrong():
            return {"answer": "unknown", **wrong(answer, language)}


def refund(answer: Entitlement, language: str) -> Shape:
    """What is given back, payment by payment."""
    return {
        "scheme": answer.scheme,
        "ground": answer.ground,
        "amount": str(answer.amount),
        "lines": [_refund_line(each, language) for each in answer.lines],
        "confirmed_by": answer.confirmed_by,
        "ends_enrolment": answer.ends_enrolment,
        "rule": answer.rule,
        "evidence": answer.evidence,
        "digest": answer.digest,
    }


def missing(answer: Missing, language: str) -> Shape:
    """The facts that would settle it; ``instead`` names those that would do as well."""
    instead = {fact: list(others) for fact, others in answer.instead.items()}
    return {
        "missing": list(answer.facts),
        "message": answer.text(language),
        **({"instead": instead} if instead else {}),
    }


def wrong(answer: Wrong, language: str) -> Shape:
    """The field that is wrong and why; ``also`` holds the others of the same question."""
    others = [_wrong(each, language) for each in answer.also]
    return {"wrong": _wrong(answer, language), **({"also": others} if others else {})}


def refusal(answer: Refusal, language: str) -> Shape:
    """Every rule that says no, with the values that were compared."""
    return {
        "refused": {
            "code": answer.code,
            "message": answer.text(language),
            "failed": [_failed(rule, language) for rule in answer.failed],
        }
    }


def _line(line: Line, language: str) -> Shape:
    return {
        "label": line.label.text(language),
        "payer": line.payer,
        "amount": str(line.amount),
        "rule": line.rule,
        "edition": line.edition,
        "evidence": line.evidence,
        "part": line.part,
        "period": line.period,
        "basis": None if line.basis is None else str(line.basis),
        "rate": None if line.rate is None else str(line.rate),
        "at_least": line.at_least,
    }


def _refund_line(line: RefundLine, language: str) -> Shape:
    return {
        "number": line.number,
        "paid": str(line.paid),
        "amount": str(line.amount),
        "refused": [_failed(rule, language) for rule in line.refused],
    }


def _wrong(answer: Wrong, language: str) -> Mapping[str, str]:
    return {"field": answer.field, "code": answer.code, "message": answer.text(language)}


def _failed(rule: FailedRule, language: str) -> Shape:
    tests = [
        {
            "fact": test.name,
            "left": None if test.left is None else shown(test.left, language),
            "test": test.test,
            "right": None if test.right is None else shown(test.right, language),
            "answer": {True: "yes", False: "no", None: "unknown"}[test.answer],
        }
        for test in rule.tests
    ]
    return {
        "id": rule.id,
        "label": rule.label.text(language),
        "rule": rule.rule,
        "evidence": rule.evidence.kind,
        "document": rule.evidence.doc,
        "tests": tests,
    }
