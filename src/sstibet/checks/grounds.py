"""Refunds: every ground of the official list is decided, and amounts are columns of amounts."""

from __future__ import annotations

from sstibet.checks.asks import asked, each_once
from sstibet.checks.review import Review
from sstibet.facts import CodeList, Fact
from sstibet.loading import Site
from sstibet.refunds import RefundEdition, RefundRules


def check_grounds(review: Review) -> None:
    """The refund rules of every scheme."""
    for scheme, rules in review.contents.refunds.items():
        if rules is None:
            continue
        with review.holding(("refunds", scheme)):
            site = review.site("refunds", scheme)
            payments = _check_asks(review, scheme, site.at("asks"), rules)
            fact = review.contents.dictionary.facts.get(rules.asks.ground)
            codes = review.contents.dictionary.codes.get((fact.codes or "") if fact else "")
            for n, edition in enumerate(rules.table.editions):
                place = site.at("table", "editions", n, "grounds")
                _check_edition(review, place, edition, rules.asks.ground, codes)
                _check_columns(review, place, edition, rules.asks.payments, payments)


def _check_asks(review: Review, scheme: str, site: Site, rules: RefundRules) -> Fact | None:
    """The facts asked; the payments, if they are records."""
    asks, key = rules.asks, ("refunds", scheme)
    ground = asked(review, key, site.at("ground"), asks.ground, "code")
    if ground is not None and ground.codes is None:
        message = f"{asks.ground!r} has no code list, so its grounds aren't known"
        review.fault(
            site.at("ground"), "asked_bounds", message, f"give it 'codes' ({ground.where})"
        )
    payments = asked(review, key, site.at("payments"), asks.payments, "records")
    if payments is not None:
        for name in ("paid", "given_back"):
            _column(review, site.at(name), getattr(asks, name), asks.payments, payments)
    each_once(review, site, [(name, getattr(asks, name)) for name in ("paid", "given_back")])
    return payments


def _column(review: Review, site: Site, name: str, row: str, payments: Fact) -> None:
    fields = payments.fields or {}
    found = fields.get(name)
    if found is None:
        message = f"the rows of {row!r} have no field {name!r}"
        review.fault(site, "unknown_field", message, review.meant(name, fields))
    elif found.kind != "money":
        message = f"{name!r} is of the kind {found.kind}, not an amount"
        review.fault(site, "column_kind", message, f"see {found.where}")


def _check_edition(
    review: Review, site: Site, edition: RefundEdition, fact: str, codes: CodeList | None
) -> None:
    if codes is None or not codes.codes:  # an empty list is told where it stands
        return
    for ground in edition.grounds:
        if ground not in codes.codes:
            message = f"{ground!r} is not in the list of {fact!r}"
            hint = review.meant(ground, codes.codes)
            review.key_fault(site.at(ground), "unknown_code", message, hint)
    for code in codes.codes:
        if code not in edition.grounds:
            message = f"the ground {code!r} is not decided"
            hint = f"add '{code}: …'; with 'gives: nothing' where nothing is given back"
            review.key_fault(site, "missing_ground", message, hint)


def _check_columns(
    review: Review, site: Site, edition: RefundEdition, row: str, payments: Fact | None
) -> None:
    for name, ground in edition.grounds.items():
        if ground.column is not None and payments is not None:
            _column(review, site.at(name, "column"), ground.column, row, payments)
        if ground.gives == "nothing" and ground.when is not None:
            message = "a ground that gives nothing has no condition"
            review.key_fault(site.at(name, "when"), "pointless_condition", message, "drop it")
