"""The names in an item: each is there, and each that is there is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sstibet.checks.conditions import Typed
from sstibet.checks.fits import check_fit
from sstibet.checks.item_look import Happens, Look, asked_fields
from sstibet.checks.review import Review
from sstibet.facts import Fact
from sstibet.items.documents import DEADLINE, LOST, Call, Effect, State, Verb
from sstibet.loading import Site


def check_names(look: Look) -> None:
    """Every name of one item; then, where all are sound, that each is used."""
    before = len(look.review.problems)
    rules, site = look.rules, look.site
    for n, name in enumerate(rules.given):
        kept_fact(look, site.at("given", n), name)
    look.review.distinct(site.at("given"), rules.given, "given")
    _state(look, site.at("initial"), rules.initial)
    _effects(look, site.at("begins_with"), rules.begins_with)
    _reserved(look)
    typed = Typed(look.review, look.key)
    for name, condition in rules.conditions.items():
        typed.check(site.at("conditions", name, "holds"), condition.holds)
    for name, effect in rules.effects.items():
        _effect(look, site.at("effects", name), effect)
    for name, call in rules.calls.items():
        _call(look, site.at("calls", name), call)
    for name, state in rules.states.items():
        if state.form is not None:
            _form(look, site.at("states", name, "form"), state.form)
    for each in look.happenings:
        _ways(look, each)
    for each in look.happenings:
        _event_name(look, each)
    for name, state in rules.states.items():
        _ignores(look, site.at("states", name, "ignores"), state)
    for name, never in rules.never.items():
        for n, state_name in enumerate(never.in_):
            _state(look, site.at("never", name, "in", n), state_name)
        typed.check(site.at("never", name, "holds"), never.holds)
    if typed.facts & look.review.broken:
        look.review.held.add(look.key)
    if len(look.review.problems) == before:
        _check_sent(look)
    if len(look.review.problems) == before:
        _check_used(look)


def known(look: Look, site: Site, name: str, names: Iterable[str], code: str, what: str) -> bool:
    """Whether a name is there; a problem where it isn't."""
    names = list(names)
    if name in names:
        return True
    look.review.fault(site, code, f"there is no {what} {name!r}", look.review.meant(name, names))
    return False


def fact_there(look: Look, site: Site, name: str, of_key: bool = False) -> Fact | None:
    """A fact of the dictionary, or None and a problem (of the node's key)."""
    if name not in look.facts:
        fault = look.review.key_fault if of_key else look.review.fault
        hint = look.review.meant(name, look.facts)
        fault(site, "unknown_fact", f"there is no fact {name!r}", hint)
    return look.facts.get(name)


def kept_fact(look: Look, site: Site, name: str, of_key: bool = False) -> Fact | None:
    """A fact that an item can keep: there, not worked out, and no secret."""
    fact = fact_there(look, site, name, of_key)
    if fact is None:
        return None
    if fact.derive is not None:
        message = f"{name!r} is worked out, so nothing else can be kept as it"
        fault = look.review.key_fault if of_key else look.review.fault
        fault(site, "derived_fact", message, f"name another fact; see {fact.where}")
        return None
    return plain_fact(look, site, name, fact)


def plain_fact(look: Look, site: Site, name: str, fact: Fact) -> Fact | None:
    """A fact that is no secret: those are typed into a form, told to a port, and gone."""
    if fact.kind == "secret":
        message = f"{name!r} is secret: only a form asks it and only a verb is told it"
        look.review.fault(site, "secret_misplaced", message, f"see {fact.where}")
        return None
    return fact


def _state(look: Look, site: Site, name: str) -> None:
    known(look, site, name, look.rules.states, "unknown_state", "state")


def _form(look: Look, site: Site, name: str) -> None:
    if _unread(look, "forms", name):
        return
    known(look, site, name, look.review.contents.forms, "unknown_form", "form")


def _unread(look: Look, kind: str, name: str) -> bool:
    """Whether a name is that of a file that couldn't be read, and so is none that isn't there."""
    return (kind, name) in look.review.loaded.unread


def _effects(look: Look, site: Site, names: tuple[str, ...]) -> None:
    for n, name in enumerate(names):
        if not known(look, site.at(n), name, look.rules.effects, "unknown_effect", "effect"):
            look.strange.add(name)
    look.review.distinct(site, names, "effects")


def _call_name(look: Look, site: Site, name: str) -> None:
    if not known(look, site, name, look.rules.calls, "unknown_call", "call"):
        look.strange.add(name)


def _reserved(look: Look) -> None:
    """An event is told by its name, so no two things that bring events share one."""
    rules = look.rules
    for name in rules.calls:
        if name in rules.effects:
            message = f"an effect is called {name!r} already; '{name}.…' would be both"
            place = look.site.at("calls", name)
            look.review.key_fault(place, "ambiguous_event", message, "rename one of the two")
    if DEADLINE in rules.events:
        message = f"{DEADLINE!r} comes by itself; no person brings it"
        place = look.site.at("events", DEADLINE)
        look.review.key_fault(place, "ambiguous_event", message, "give the event another name")


def _effect(look: Look, site: Site, effect: Effect) -> None:
    ports = look.review.contents.ports
    verbs = {f"{port}.{verb}": v for port, p in ports.items() for verb, v in p.verbs.items()}
    if not known(look, site.at("do"), effect.do, verbs, "unknown_verb", "verb"):
        return
    verb = verbs[effect.do]
    held = (name for each in verb.answers.values() for name in each.confirms)
    inputs = tuple(dict.fromkeys((*verb.needs, *verb.may_need, *held)))
    for name, source in effect.with_.items():
        place = site.at("with", name)
        if name not in inputs and not verb.takes_any:
            message = f"{effect.do} is not told {name!r}"
            hint = look.review.meant(name, inputs) or "drop it, or let ports.yaml say so"
            look.review.key_fault(place, "unknown_input", message, hint)
            continue
        given, wanted = fact_there(look, place, source), fact_there(look, place, name, of_key=True)
        what = f"the input {name!r} of {effect.do}"
        check_fit(look.review, place, source, given, wanted, what)
    _kept(look, site.at("as"), effect, verb)


def _kept(look: Look, site: Site, effect: Effect, verb: Verb) -> None:
    told = {name for each in verb.answers.values() for name in (*each.gives, *each.may_give)}
    for name, kept in effect.as_.items():
        place = site.at(name)
        if name not in told:
            message = f"no answer of {effect.do} tells {name!r}"
            hint = look.review.meant(name, sorted(told)) or "drop it"
            look.review.key_fault(place, "unknown_input", message, hint)
            continue
        wanted = kept_fact(look, place, kept)
        given = look.facts.get(name)
        check_fit(look.review, place, name, given, wanted, f"{kept!r}")


def _call(look: Look, site: Site, call: Call) -> None:
    items = look.review.contents.items
    if _unread(look, "items", call.item):
        return
    if not known(look, site.at("item"), call.item, items, "unknown_item", "item"):
        return
    given = items[call.item].given
    for theirs, ours in call.with_.items():
        place = site.at("with", theirs)
        if theirs not in given:
            message = f"{call.item} is not given {theirs!r}"
            hint = look.review.meant(theirs, given) or "drop it"
            look.review.key_fault(place, "unknown_input", message, hint)
            continue
        fact = kept_fact(look, place, ours)
        if fact is not None:
            what = f"{theirs!r}, which {call.item} is given"
            check_fit(look.review, place, ours, fact, look.facts.get(theirs), what)
    for ours, theirs in call.back.items():
        place = site.at("back", ours)
        wanted = kept_fact(look, place, ours, of_key=True)
        if wanted is not None and (fact := fact_there(look, place, theirs)) is not None:
            plain = plain_fact(look, place, theirs, fact)
            check_fit(look.review, place, theirs, plain, wanted, repr(ours))


def _ways(look: Look, happens: Happens) -> None:
    """What an event does, by its names."""
    rules, on, site = look.rules, happens.on, happens.site
    if on.form is not None:
        _form(look, site.at("form"), on.form)
    for n, name in enumerate(on.works):
        known(look, site.at("works", n), name, rules.works, "unknown_work", "work")
    look.review.distinct(site.at("works"), on.works, "works")
    for n, way in enumerate(on.all_ways):
        place = happens.way(n)
        for key, names in (("when", way.when), ("unless", way.unless)):
            for m, name in enumerate(names):
                where = place.at(key, m)
                known(look, where, name, rules.conditions, "unknown_condition", "condition")
        _effects(look, place.at("effects"), way.effects)
        if way.to is not None:
            _state(look, place.at("to"), way.to)
        if way.refuse is not None:
            where = place.at("refuse")
            known(look, where, way.refuse, rules.refusals, "unknown_refusal", "refusal")
        if way.call is not None:
            _call_name(look, place.at("call"), way.call)


def _event_name(look: Look, happens: Happens) -> None:
    """A person's event is listed; an effect or call that answers is there, and answers so."""
    event, names = happens.event, tuple(look.rules.events)
    if event == DEADLINE:
        return
    if not look.is_persons(event):
        _answer_name(look, happens.site, event, of_key=True)
    elif event not in names:
        message = f"there is no event {event!r}"
        hint = look.review.meant(event, names) or "list it under 'events' with its label"
        look.review.key_fault(happens.site, "unknown_event", message, hint)


def _answer_name(look: Look, site: Site, event: str, of_key: bool) -> None:
    """What an effect answers or how a call ends, by its name."""
    rules, fault = look.rules, look.review.key_fault if of_key else look.review.fault
    source, _, answer = event.partition(".")
    if source not in (*rules.effects, *rules.calls):
        if source in look.strange:
            return  # said where it is started, or at its first answer
        look.strange.add(source)
        message = f"there is no effect and no call {source!r}"
        hint = look.review.meant(source, (*rules.effects, *rules.calls))
        fault(site, "unknown_event", message, hint)
        return
    if source in rules.effects:
        what, answers = rules.effects[source].do, look.answers(source)
    else:
        what, answers = rules.calls[source].item, look.ends_of(source)
    if answers is None or not answer or answer in answers:
        return  # none: said where the effect or the call stands
    message = f"{what} {'does not answer' if source in rules.effects else 'does not end in'}"
    message += f" {answer!r}"
    if answer == LOST:
        message += ": it needs no secret"
    fault(site, "unknown_event", message, look.review.meant(answer, answers))


def _ignores(look: Look, site: Site, state: State) -> None:
    """What a state ignores: effects and calls, or single answers that it doesn't decide."""
    look.review.distinct(site, state.ignores, "events that are ignored")
    for n, name in enumerate(state.ignores):
        _answer_name(look, site.at(n), name, of_key=False)
        if name in state.on:
            message = f"{name!r} is decided in this state, so it isn't ignored"
            look.review.fault(site.at(n), "doubled_entry", message, "drop one of the two")


def _check_used(look: Look) -> None:
    """Whatever an item names is used in it."""
    rules, site = look.rules, look.site
    ways = [way for each in look.happenings for way in each.on.all_ways]
    used: dict[str, tuple[Mapping[str, object], set[str]]] = {
        "events": (rules.events, {each.event for each in look.happenings}),
        "conditions": (rules.conditions, {n for way in ways for n in (*way.when, *way.unless)}),
        "refusals": (rules.refusals, {way.refuse for way in ways if way.refuse}),
        "works": (rules.works, {name for each in look.happenings for name in each.on.works}),
        "effects": (
            rules.effects,
            {*rules.begins_with, *(name for way in ways for name in way.effects)},
        ),
        "calls": (rules.calls, {way.call for way in ways if way.call}),
    }
    for key, (named, names) in used.items():
        for name in named:
            if name not in names:
                message = f"nothing uses {name!r} of the {key}"
                hint = "use it in a state, or drop it"
                look.review.key_fault(site.at(key, name), "unused_name", message, hint)


def _check_sent(look: Look) -> None:
    """A state whose form asks something lets it be sent."""
    for name, state in look.rules.states.items():
        if state.form is None or "submit" in state.on or ("form", state.form) in look.review.held:
            continue
        form = look.review.contents.forms[state.form]
        if any(look.form_of(each) == state.form for each in _of(look, name)):
            continue
        if asked := asked_fields(form):
            message = f"{state.form!r} asks {asked[0].fact!r}, but nothing sends it from here"
            hint = "add the event 'submit', or show a form whose fields are all 'read_only: yes'"
            look.review.fault(look.site.at("states", name, "form"), "form_unsent", message, hint)


def _of(look: Look, state: str) -> list[Happens]:
    return [each for each in look.happenings if each.state == state]


def check_shown(review: Review, looks: Iterable[Look]) -> None:
    """Every form is shown by an item; where an item's names are faulty nobody can say."""
    looks = list(looks)
    if review.loaded.unread or any(look.key in review.held for look in looks):
        return
    shown = {form for look in looks for form, _ in look.forms()}
    for name in review.contents.forms:
        if name not in shown:
            message = f"no item shows the form {name!r}"
            hint = "show it in a state, or drop the file"
            review.fault(review.site("forms", name), "unused_form", message, hint)
