"""How items are compared with statements: the columns, facts, states, events of ``reconciles``."""

from __future__ import annotations

from sstibet.checks.item_look import Look
from sstibet.facts import Fact
from sstibet.items.documents import Compared, Verb
from sstibet.loading import Site


def check_reconciling(look: Look) -> None:
    """Every comparison of an item whose names are sound; and that it asks nothing of the desk's."""
    for name, effect in look.rules.effects.items():
        if _verb(look, effect.do).for_desk:
            message = f"{effect.do!r} is asked by the desk, and by no item"
            place = look.site.at("effects", name, "do")
            look.review.fault(place, "undue_verb", message, "ask another verb")
    for name, compared in look.rules.reconciles.items():
        _check(look, look.site.at("reconciles", name), compared)


def _check(look: Look, site: Site, compared: Compared) -> None:
    for key, states in (("in", compared.in_), ("undone_in", compared.undone_in)):
        for n, state in enumerate(states):
            if state not in look.rules.states:
                message = f"there is no state {state!r}"
                hint = look.review.meant(state, look.rules.states)
                look.review.fault(site.at(key, n), "unknown_state", message, hint)
    verb = _statement(look, site, compared)
    if verb is None:
        return
    columns = look.facts[compared.rows].fields or {}
    for key in ("by", "undone"):
        name = getattr(compared, key)
        if name is not None and name not in columns:
            _shape(look, site.at(key), f"{name!r} is no column of {compared.rows!r}")
    for column, name in compared.agrees.items():
        _agrees(look, site.at("agrees", column), columns.get(column), column, name)
    if compared.fact is not None and compared.fact not in look.facts:
        _shape(look, site.at("fact"), f"there is no fact {compared.fact!r}")
    for n, event in enumerate(compared.brings):
        _brings(look, site.at("brings", n), compared, event)


def _verb(look: Look, name: str) -> Verb:
    port, _, verb = name.partition(".")
    return look.review.contents.ports[port].verbs[verb]


def _statement(look: Look, site: Site, compared: Compared) -> Verb | None:
    """The verb, where it is one of the desk's that is asked by day and gives these rows."""
    port, _, name = compared.statement.partition(".")
    found = look.review.contents.ports.get(port)
    verb = None if found is None else found.verbs.get(name)
    if verb is None:
        message = f"there is no verb {compared.statement!r}"
        look.review.fault(site.at("statement"), "unknown_verb", message, "see ports.yaml")
        return None
    if not verb.for_desk:
        message = (
            f"{compared.statement!r} may be asked by items, so it tells one person's part only"
        )
        hint = "mark it 'for_desk: yes' in ports.yaml, or name another verb"
        look.review.fault(site.at("statement"), "undue_verb", message, hint)
        return None
    fact = look.facts.get(compared.rows)
    asked = [look.facts.get(each) for each in verb.needs]
    by_day = len(asked) == 1 and asked[0] is not None and asked[0].kind == "date"
    if fact is None or fact.kind != "records" or list(verb.answers) != ["listed"]:
        _shape(look, site.at("rows"), f"{compared.rows!r} are no records that it lists")
    elif not by_day or compared.rows not in verb.answers["listed"].gives:
        _shape(look, site.at("statement"), "a statement needs a day, and lists the rows of it")
    else:
        return verb
    return None


def _agrees(look: Look, site: Site, column: Fact | None, name: str, fact: str) -> None:
    if column is None:
        _shape(look, site, f"{name!r} is no column of the rows", of_key=True)
    elif fact not in look.facts or look.facts[fact].kind != column.kind:
        _shape(look, site, f"{fact!r} is no fact of the kind {column.kind!r}, as the column is")


def _brings(look: Look, site: Site, compared: Compared, event: str) -> None:
    """An answer of an effect that may come late, all of whose facts stand in columns."""
    name, _, answer = event.partition(".")
    effect = look.rules.effects.get(name)
    verb = None if effect is None else _verb(look, effect.do)
    found = None if verb is None else verb.answers.get(answer)
    if effect is None or verb is None or found is None or not verb.later or found.progress:
        _shape(look, site, f"{event!r} is no last answer that an effect of this item waits for")
        return
    told = set(compared.agrees.values())
    ours = {fact: effect.as_.get(fact, fact) for fact in found.gives}
    ours |= {fact: effect.with_.get(fact, fact) for fact in found.confirms}
    for fact, kept in ours.items():
        if kept not in told:
            _shape(look, site, f"{event!r} brings {fact!r}, which agrees with no column")
            return


def _shape(look: Look, site: Site, message: str, of_key: bool = False) -> None:
    fault = look.review.key_fault if of_key else look.review.fault
    hint = "compare it with the records' fields and with ports.yaml"
    fault(site, "reconciles_shape", message, hint)
