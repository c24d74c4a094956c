"""Pages of the rules beside the schemes: periods, refunds, roles, retention, code lists, facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from bookpages.charts import Series, Step, chart
from bookpages.conditions import Words
from bookpages.schemes import chart_end, known_by, unknown
from bookpages.writing import (
    OPEN,
    Sources,
    both,
    code,
    days,
    heading,
    page,
    place,
    plain,
    table,
)
from sstibet.contents import Contents


def periods(contents: Contents) -> str:
    """Dated values, windows, who may pay, how long one waits, what a payment covers."""
    sources, words = Sources("periods"), Words(contents)
    title = "Periods, ages and waiting [期限、年龄与等待期]{.language-zh-CN}"
    return page(
        title,
        "rules-periods",
        _parameters(contents, sources),
        _windows(contents, sources),
        _may_pay(contents, sources, words),
        _waiting(contents, sources, words),
        _cover(contents, sources, words),
        sources.lines(),
    )


def _parameters(contents: Contents, sources: Sources) -> Iterator[str]:
    yield "## Dated values [参数]{.language-zh-CN}"
    for name, parameter in contents.periods.parameters.items():
        unit = "" if parameter.unit is None else parameter.unit.text("en")
        yield f"\n### {heading(parameter.label)}\n"
        yield f"{code(name)}, in {plain(unit)}." if unit else f"{code(name)}."
        editions = parameter.table.editions
        if len(editions) > 1 and parameter.kind in ("whole", "money"):
            steps = tuple(Step(e.from_, e.until, float(e.value), e.evidence.kind) for e in editions)
            title = parameter.label.text("en").capitalize()
            end = chart_end(contents)
            yield from chart(f"parameter-{name}", title, unit, [Series(unit, steps)], end)
        yield from unknown(parameter.table.unknown)
        yield from table(
            ["in force", "value", "known", "evidence", "place"],
            (
                (
                    days(edition.from_, edition.until),
                    plain(edition.value),
                    known_by(edition),
                    sources.of(edition.evidence),
                    place(edition.where),
                )
                for edition in reversed(editions)
            ),
        )


def _windows(contents: Contents, sources: Sources) -> Iterator[str]:
    yield "\n## Windows [集中缴费期]{.language-zh-CN}\n"
    yield "Both days are inside the window."
    yield from table(
        ["window", "in force", "opens", "closes", "evidence", "place"],
        (
            (
                f"{code(name)}<br>{both(window.label)}",
                days(edition.from_, edition.until),
                _day(edition.opens),
                _day(edition.closes),
                sources.of(edition.evidence),
                place(edition.where),
            )
            for name, window in contents.periods.windows.items()
            for edition in reversed(window.table.editions)
        ),
    )
    yield "\n## Years of notices [通知年度与保障年度]{.language-zh-CN}\n"
    yield from table(
        ["scheme", "the notice of a year sets the price of", "evidence", "place"],
        (
            (
                f"[{code(name)}](#scheme-{name})",
                f"that year plus {each.coverage_year_is_plus}",
                sources.of(each.evidence),
                place(each.where),
            )
            for name, each in contents.periods.notice_years.items()
        ),
    )


def _day(day: Any) -> str:
    years = {0: "of the year itself", 1: "of the year before"}
    told = years.get(day.years_before, f"{day.years_before} years before")
    return f"{day.month:02d}\\-{day.day:02d} {told}"


def _may_pay(contents: Contents, sources: Sources, words: Words) -> Iterator[str]:
    yield "\n## Who may pay [参保缴费条件]{.language-zh-CN}\n"
    yield "All rules of a scheme must be fulfilled; who isn't, is refused by the rule's name."
    for scheme, rules in contents.periods.may_pay.items():
        yield f"\n### {heading(contents.schedule(scheme).label)}\n"
        if not rules:
            yield f"[{code(scheme)}](#scheme-{scheme}): no rule."
            continue
        yield f"[{code(scheme)}](#scheme-{scheme})"
        yield from table(
            ["rule", "in force", "must", "evidence", "place"],
            (
                (
                    f"{code(name)}<br>{both(rule.label)}",
                    days(rule.from_, rule.until),
                    words.of(rule.must),
                    sources.of(rule.evidence),
                    place(rule.where),
                )
                for name, rule in rules.items()
            ),
        )


def _waiting(contents: Contents, sources: Sources, words: Words) -> Iterator[str]:
    yield "\n## Waiting periods [待遇等待期]{.language-zh-CN}\n"
    for scheme, waiting in contents.periods.waiting.items():
        yield f"[{code(scheme)}](#scheme-{scheme}), looked up by the day of paying."
        yield from table(
            ["in force", "months of waiting", "who doesn't wait", "evidence", "place"],
            (
                (
                    days(edition.from_, edition.until),
                    _months(edition),
                    words.of(edition.exempt),
                    _least(edition, sources),
                    place(edition.where),
                )
                for edition in reversed(waiting.table.editions)
            ),
        )


def _months(edition: Any) -> str:
    least = edition.at_least
    return "<br>".join(
        [
            str(edition.fixed_months),
            f"{edition.months_per_lapsed_year} more for each lapsed year",
            f"{edition.months_off_per_year_bought_back} less for each year bought back",
            f"at least {least.months} from {least.lapsed_years} lapsed years on",
        ]
    )


def _least(edition: Any, sources: Sources) -> str:
    """The evidence of the edition, and that of the least that remains, where it has its own."""
    found = sources.of(edition.evidence)
    own = edition.at_least.evidence
    return found if own is None else f"{found}<br>the least: {sources.of(own)}"


def _cover(contents: Contents, sources: Sources, words: Words) -> Iterator[str]:
    yield "\n## What a payment covers [待遇享受期]{.language-zh-CN}\n"
    for scheme, cover in contents.periods.cover.items():
        yield f"[{code(scheme)}](#scheme-{scheme}), looked up by the day of paying."
        for edition in reversed(cover.table.editions):
            yield f"\nFrom {edition.from_} until {edition.until or OPEN}: "
            yield f"{sources.of(edition.evidence)}"
            yield from table(
                ["row", "when", "covered from", "to", "place"],
                (
                    (
                        f"{code(name)}<br>{both(row.label)}",
                        words.of(row.when),
                        code(row.first),
                        code(row.last),
                        place(row.where),
                    )
                    for name, row in edition.rows.items()
                ),
            )


def refunds(contents: Contents) -> str:
    """On which grounds how much is given back."""
    sources, words = Sources("refunds"), Words(contents)
    return page(
        "Refunds [退费]{.language-zh-CN}",
        "rules-refunds",
        ["Looked up by the day of applying. Never more than was paid and not given back yet."],
        *(
            _refund(contents, scheme, rules, sources, words)
            for scheme, rules in contents.refunds.items()
        ),
        sources.lines(),
    )


def _refund(
    contents: Contents, scheme: str, rules: Any, sources: Sources, words: Words
) -> Iterator[str]:
    label = contents.schedule(scheme).label if rules is None else rules.label
    yield f"\n## {heading(label)}\n"
    yield f"[{code(scheme)}](#scheme-{scheme})" + (": nothing is given back." if not rules else "")
    for edition in reversed(rules.table.editions) if rules is not None else ():
        until = edition.until or OPEN
        yield f"\n### {scheme.replace('_', ' ')}: from {edition.from_} until {until}\n"
        yield f"{sources.of(edition.evidence)} {known_by(edition)}. Every payment must fulfil:"
        yield from table(
            ["rule", "must", "evidence", "place"],
            (
                (
                    f"{code(name)}<br>{both(rule.label)}",
                    words.of(rule.must, rules.asks.payments),
                    sources.of(rule.evidence or edition.evidence),
                    place(rule.where),
                )
                for name, rule in edition.every_line.items()
            ),
        )
        yield from table(
            ["ground", "gives", "of payments for which", "confirmed by", "evidence", "place"],
            (
                (
                    f"{code(name)}<br>{both(ground.label)}",
                    f"the column {code(ground.column)}" if ground.column else ground.gives,
                    words.of(ground.when, rules.asks.payments),
                    f"{ground.confirmed_by or 'nobody'}"
                    + ("<br>ends the enrolment" if ground.ends_enrolment else ""),
                    sources.of(ground.evidence or edition.evidence),
                    place(ground.where),
                )
                for name, ground in edition.grounds.items()
            ),
        )


def roles(contents: Contents) -> str:
    """What who acts for others may do."""
    sources = Sources("roles")
    lines = ["What a role doesn't list is closed; what asks a secret is the person's own always."]
    for name, role in contents.roles.items():
        lines += ["", f"## {heading(role.label)}", ""]
        lines.append(f"{code(name)} {sources.of(role.evidence)} {place(role.where)}")
        lines += table(
            ["item", "may"],
            (
                (f"[{both(contents.items[item].label)}](#item-{item})", level.replace("_", " "))
                for item, level in role.may.items()
            ),
        )
        if role.never is not None:
            kept = ", ".join(code(each) for each in (*role.never.events, *role.never.facts))
            lines.append(f"Left to the person all the same: {kept}.")
    title = "Roles of agents [代办角色]{.language-zh-CN}"
    return page(title, "rules-roles", lines, sources.lines())


def retention(contents: Contents) -> str:
    """How long what is personal is kept."""
    sources = Sources("retention")
    title = "How long what is personal is kept [个人信息保存期限]{.language-zh-CN}"
    rules = contents.info.retention
    if rules is None:
        return page(title, "rules-retention", ["The book has no such rule."])
    rows = [
        (
            "every other item" if name is None else f"[{code(name)}](#item-{name})",
            kept.well,
            kept.badly,
            sources.of(kept.evidence or rules.evidence),
            place(kept.where),
        )
        for name, kept in [*rules.items.items(), (None, rules.usual)]
    ]
    columns = ["item", "days after a good end", "days after a bad end", "evidence", "place"]
    requests = f"The key of a request is known again for {rules.requests} days."
    return page(title, "rules-retention", [requests], table(columns, rows), sources.lines())


def codes(contents: Contents) -> str:
    """The official lists."""
    sources = Sources("codes")
    lines = list[str]()
    for name, listed in contents.dictionary.codes.items():
        lines += ["", f"(codes-{name})=", f"## {heading(listed.label)}", ""]
        lines.append(f"{code(name)} {sources.of(listed.evidence)} {place(listed.where)}")
        shaped = any(each.pattern is not None for each in listed.codes.values())
        lines += table(
            ["code", "label", *(["shape"] if shaped else []), "evidence", "place"],
            (
                (
                    code(number),
                    both(each.label),
                    *([code(each.pattern) if each.pattern else ""] if shaped else []),
                    sources.of(each.evidence or listed.evidence),
                    place(each.where),
                )
                for number, each in listed.codes.items()
            ),
        )
    title = "Code lists [代码表]{.language-zh-CN}"
    return page(title, "rules-codes", lines, sources.lines())


def facts(contents: Contents) -> str:
    """Every fact that may be known."""
    lines = ["Every fact once: its kind, its labels, whether it is personal.", ""]
    named = contents.dictionary.facts.items()
    lines += table(
        ["fact", "label", "kind", "personal", "values", "place"],
        (_fact(name, fact) for name, fact in named),
    )
    lines += ["", "## Columns of records [明细字段]{.language-zh-CN}", ""]
    for name, fact in named:
        if fact.kind == "records":
            lines += ["", f"### {heading(fact.label)}", "", code(name)]
            lines += table(
                ["column", "label", "kind", "personal", "values", "place"],
                (_fact(each, column) for each, column in (fact.fields or {}).items()),
            )
    return page("Facts [事实]{.language-zh-CN}", "rules-facts", lines)


def _fact(name: str, fact: Any) -> tuple[str, ...]:
    kept = "secret" if fact.kind == "secret" else "yes" if fact.personal else "no"
    return code(name), both(fact.label), fact.kind, kept, _values(fact), place(fact.where)


def _values(fact: Any) -> str:
    """What a fact's values are taken from."""
    if fact.codes:
        return f"[{code(fact.codes)}](#codes-{fact.codes})"
    if fact.derive is not None:
        how = fields(fact.derive)[0].name
        return f"worked out: {code(how)} of {', '.join(code(s) for s in fact.derive.sources())}"
    if fact.kind == "records":
        return f"{len(fact.fields or {})} columns, see below"
    parts = []
    for text, value in (("at least", fact.least), ("at most", fact.most)):
        parts += [f"{text} {plain(value)}"] if value is not None else []
    for text, value in (("shortest", fact.shortest), ("longest", fact.longest)):
        parts += [f"{text} {value}"] if value is not None else []
    return ", ".join([*parts, *([code(fact.pattern)] if fact.pattern else [])])
