"""Every answer that may come in a state is decided there, and none that cannot come.

What may come is followed along all ways. An effect has been *asked* on the way into a state: any of
its answers comes there at once. Once a person or a deadline has led on, only a callback of a verb
that answers ``later`` may still come, and may come for ever. A called item tells each of its ends,
and may end again in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sstibet.checks.item_look import Edge, Happens, Look
from sstibet.items.documents import DEADLINE, FAILED, LOST
from sstibet.items.works import Allow, Quote, Refund
from sstibet.loading import Site

# What may come: ("asked" or "later" or "broken", effect), or ("called", call, where it stands: an
# end, or empty before the first one). "more" stands for another one of the same (that stands at the
# same end) which may be under way as well.
Token = tuple[str, ...]
ASKED, LATER, BROKEN, CALLED, MORE = "asked", "later", "broken", "called", "more"


def check_answers(look: Look, may: Pending) -> None:
    """Every state that can be reached; ``may`` is what may still come in each."""
    for state in look.reached:
        _check_state(look, may, state)
    for each in look.happenings:
        _check_heard(look, each)


def check_comes(look: Look, may: Pending) -> None:
    """Everything that is decided or ignored may come."""
    for each in look.happenings:
        if not look.is_persons(each.event) and each.event != DEADLINE:
            _check_comes(look, may, each.state, each.event, each.site)
    for name, state in look.rules.states.items():
        for n, event in enumerate(state.ignores):
            site = look.site.at("states", name, "ignores", n)
            _check_comes(look, may, name, event, site)


class Pending:
    """What may still come in each state of an item. ``entries``: states in which items come in
    from elsewhere, and what may come there."""

    def __init__(
        self,
        look: Look,
        looks: Mapping[str, Look],
        entries: Mapping[str, frozenset[Token]] | None = None,
    ) -> None:
        self.look, self.looks = look, looks
        begun = frozenset((ASKED, name) for name in look.rules.begins_with)
        self.tokens: dict[str, frozenset[Token]] = {look.rules.initial: begun}
        for state, tokens in (entries or {}).items():
            self.tokens[state] = self.tokens.get(state, frozenset()) | tokens
        queue = list(self.tokens)
        while queue:
            state = queue.pop()
            for to, tokens in self._steps(state):
                old = self.tokens.get(to)
                new = (old or frozenset()) | tokens
                if new != old:
                    self.tokens[to] = new
                    queue.append(to)

    def _steps(self, state: str) -> Iterator[tuple[str, frozenset[Token]]]:
        """Where a state leads, and what may come there; what is ignored leads to itself."""
        before = self.tokens[state]
        for edge in self.look.leaving[state]:
            happens = edge.happens
            if not happens.source or self.comes(state, happens.event):
                yield edge.to, self._after(edge, before)
        for event in self.look.ignored(state):
            yield state, frozenset(self._left_over(event, before))

    def _after(self, edge: Edge, before: frozenset[Token]) -> frozenset[Token]:
        """What may come after an edge: what it starts, and what it leaves under way."""
        left = set(self._left_over(edge.happens.event, before))
        for name in edge.way.effects:
            if {(ASKED, name), (LATER, name)} & left:
                left.add((MORE, name))
            left.add((ASKED, name))
        if (call := edge.way.call) is not None:
            if any(token[:2] == (CALLED, call) for token in left):
                left.add((MORE, call))
            self._stands(left, call, "")
        return frozenset(left)

    def _stands(self, tokens: set[Token], call: str, end: str) -> None:
        """Let a called item stand at an end, beside others of it that may stand there."""
        if (CALLED, call, end) in tokens:
            tokens.add((MORE, call, end))
        tokens.add((CALLED, call, end))

    def _left_over(self, event: str, before: frozenset[Token]) -> Iterator[Token]:
        """What may still come once an event has."""
        source, _, answer = event.partition(".")
        if answer and source in self.look.rules.calls:
            yield from self._ended(source, answer, before)
        for token in before:
            if not answer or source != token[1]:
                yield from self._passed(token, by_itself=bool(answer))
            elif source in self.look.rules.effects:
                yield from self._answered(answer, token, (MORE, source) in before)

    def _answered(self, answer: str, token: Token, more: bool) -> Iterator[Token]:
        """What a token is once it was answered; ``more``: perhaps another one of the same was."""
        kind, name = token[:2]
        if kind == MORE:
            yield token
        elif kind in (ASKED, LATER) and (more or answer not in self.last(name)):
            yield (LATER, name)

    def _ended(self, call: str, end: str, before: frozenset[Token]) -> set[Token]:
        """What is left of a call once an item that was called has told an end."""
        own = {token for token in before if token[1] == call}
        left = set(own) if (MORE, call) in own else set[Token]()
        came = [t for t in own if t[0] == CALLED and end in self.next_ends(call, t[2])]
        if len(came) == 1 and (MORE, *came[0][1:]) not in own:
            left.discard(came[0])
        if self.next_ends(call, end):
            self._stands(left, call, end)
        return left

    def _passed(self, token: Token, by_itself: bool) -> Iterator[Token]:
        """What a token is once something else has come."""
        kind, name = token[:2]
        if kind == ASKED and not by_itself:
            # Nothing but a port that broke and is asked again keeps an answer back so long.
            yield (LATER if self.look.verb(name).later else BROKEN, name)
        else:
            yield token

    def last(self, effect: str) -> tuple[str, ...]:
        """The answers after which no other comes. Where a secret was lost nobody knows what was
        done, so a callback may still tell."""
        verb = self.look.verb(effect)
        listed = (name for name, each in verb.answers.items() if not each.progress)
        return (*listed, FAILED) if verb.later else (*listed, FAILED, LOST)

    def next_ends(self, call: str, end: str) -> tuple[str, ...]:
        """The ends in which a called item may be next, from its beginning or from an end."""
        other = self.looks.get(self.look.rules.calls[call].item)
        return () if other is None else next_ends(other, end)

    def wanted(self, state: str) -> Iterator[tuple[str, str]]:
        """Every event that must be decided in a state, and what it comes of."""
        for token in sorted(self.tokens.get(state, ())):
            kind, name = token[:2]
            if kind == ASKED:
                yield from ((f"{name}.{each}", name) for each in self.look.answers(name) or ())
            elif kind == LATER:
                listed = self.look.verb(name).answers
                yield from ((f"{name}.{e}", name) for e in self.last(name) if e in listed)
            elif kind == CALLED:
                yield from ((f"{name}.{each}", name) for each in self.next_ends(name, token[2]))

    def comes(self, state: str, event: str) -> bool:
        """Whether an answer, or any of an effect or call, may come in a state at all."""
        tokens, (source, _, answer) = self.tokens.get(state, frozenset()), event.partition(".")
        found = [token for token in tokens if token[1] == source]
        if not answer or source in self.look.rules.effects:
            return bool(found)
        ends = [self.next_ends(*token[1:]) for token in found if token[0] == CALLED]
        return any(answer in each for each in ends)


def next_ends(look: Look, end: str) -> tuple[str, ...]:
    """The ends that an item may come to next, from its beginning ("") or from one of its ends."""
    states = look.rules.states
    start = end or look.rules.initial
    # To stay in an end is told to nobody.
    first = [start] if not end else [edge.to for edge in look.leaving[start] if edge.to != end]
    found, seen, queue = dict[str, None](), set(first), list(dict.fromkeys(first))
    for name in queue:
        if states[name].ends is not None:
            found[name] = None
            continue
        for edge in look.leaving[name]:
            if edge.to not in seen:
                seen.add(edge.to)
                queue.append(edge.to)
    return tuple(name for name in states if name in found)


def _check_state(look: Look, may: Pending, state: str) -> None:
    """Report each effect or call of which a state leaves an answer undecided, once."""
    decided = {*look.rules.states[state].on, *look.ignored(state)}
    missing = dict[str, list[str]]()
    for event, name in dict.fromkeys(may.wanted(state)):
        if event not in decided:
            missing.setdefault(name, []).append(event)
    for events in missing.values():
        says = " and ".join(repr(event) for event in events)
        message = f"{says} may come in the state {state!r}, which doesn't decide it"
        hint = f"add '{events[0]}: …' to its 'on', or to 'ignores' if it changes nothing"
        if len(events) > 1:
            message = message.removesuffix("it") + "them"
            hint = "add each to its 'on', or to 'ignores' what changes nothing"
        site = look.site.at("states", state)
        look.review.key_fault(site, "undecided_answer", message, hint)


def _check_comes(look: Look, may: Pending, state: str, event: str, site: Site) -> None:
    # A state that is reached only by what never comes is told by that.
    if state in may.tokens and not may.comes(state, event):
        source = event.partition(".")[0]
        what = "call" if source in look.rules.calls else "effect"
        message = f"{event!r} cannot come in the state {state!r}"
        hint = f"no way here leaves the {what} {source!r} under way: drop this, or start it before"
        look.review.key_fault(site, "answer_never_comes", message, hint)


def _check_heard(look: Look, happens: Happens) -> None:
    """What comes by itself is never refused: nobody is there who could do it otherwise."""
    if look.is_persons(happens.event):
        return
    message = f"{happens.event!r} comes by itself; there is nobody to be refused"
    for n, name in enumerate(happens.on.works):
        if isinstance(look.rules.works[name], (Allow, Quote, Refund)):
            hint = "ask the rules on a person's event, or use 'allow_rows' or 'quote_rows'"
            look.review.fault(happens.site.at("works", n), "nobody_to_refuse", message, hint)
    for n, way in enumerate(happens.on.all_ways):
        if way.refuse is not None:
            hint = "lead 'to' a state that says so"
            look.review.fault(happens.way(n).at("refuse"), "nobody_to_refuse", message, hint)
