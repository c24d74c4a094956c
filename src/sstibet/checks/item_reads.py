"""What is read and what is answered where: by conditions, works, forms, effects and calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sstibet.checks.apart import Literal
from sstibet.checks.item_look import Look, asked_fields, asks
from sstibet.checks.review import Review
from sstibet.conditions import All, Any_, Condition, Count, Every, Not, Some, Sum, Test
from sstibet.forms.documents import Field, Form
from sstibet.items import works as kinds
from sstibet.items.works import Work
from sstibet.sources import Source

Context = tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A fact that is answered wherever a condition holds; ``reads`` are the facts it hangs on."""

    fact: str
    when: Condition
    reads: frozenset[str]


Facts = frozenset[str | Guarded]
NONE: Facts = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What is forgotten, and then what is answered for certain, or under a condition; ``may`` are
    answers that may be others afterwards."""

    forgets: frozenset[str] = frozenset()
    answers: Facts = NONE
    may: frozenset[str] = frozenset()

    def after(self, known: Facts) -> Facts:
        """What is known after it. What hung on an answer that is another now hangs no more."""
        answered = {each for each in self.answers if isinstance(each, str)}
        touched = self.forgets | self.may | answered
        kept = {
            each
            for each in known
            if (each not in self.forgets if isinstance(each, str) else not each.reads & touched)
        }
        return frozenset(kept) | self.answers

    def then(self, other: Change) -> Change:
        """This change and then another, as one."""
        return Change(self.forgets | other.forgets, other.after(self.answers), self.may | other.may)


def read_by(
    review: Review, condition: Condition, context: Context = ()
) -> Iterator[tuple[str, Context]]:
    """The facts that a condition may ask for, each with what holds wherever it matters.

    Of ``all`` one part matters where the others hold, of ``any`` where they don't. Columns of rows
    are not among them.
    """
    match condition:
        case All(all_=parts) | Any_(any_=parts):
            holds = isinstance(condition, All)
            for n, each in enumerate(parts):
                others = (Literal(p, holds) for m, p in enumerate(parts) if m != n)
                yield from read_by(review, each, (*context, *others))
        case Not():
            yield from read_by(review, condition.not_, context)
        case Every(every=rows) | Some(some=rows) | Count(count=rows) | Sum(sum=rows):
            yield rows.fact, context
            if rows.that is not None:
                yield from read_by(review, rows.that, context)
        case Test():
            sides = (condition.fact, condition.other_fact)
            yield from ((name, context) for name in sides if name is not None)
            window = review.contents.periods.windows.get(condition.window or "")
            if window is not None:
                yield window.year, context


def bases(review: Review, name: str) -> tuple[str, ...]:
    """What must be given for a fact to be known: itself, or what it is derived from."""
    facts, found, queue = review.contents.dictionary.facts, dict[str, None](), [name]
    seen = {name}
    for each in queue:
        fact = facts.get(each)
        if fact is None or fact.derive is None:
            found[each] = None
            continue
        sources = [source for source in fact.derive.sources() if source not in seen]
        seen.update(sources)
        queue += sources
    return tuple(found)


# Works


def _sources(sources: Iterable[Source]) -> Iterator[tuple[str, Context]]:
    return ((each.fact, ()) for each in sources if each.fact is not None)


def work_reads(review: Review, work: Work) -> Iterator[tuple[str, Context]]:
    """The facts that a work goes on from."""
    match work:
        case kinds.Sum(sum=asked) | kinds.Take(take=asked):
            yield asked.rows, ()
        case kinds.Keep(keep=asked) | kinds.Mark(mark=asked):
            yield asked.rows, ()
            yield from read_by(review, asked.that)
        case kinds.Put():
            yield from _sources(work.set.values())
        case kinds.Forget():
            pass
        case _:
            question = asked_in(work)
            if question.rows is not None:
                yield question.rows, ()
            if isinstance(question, kinds.RefundAsked):
                yield question.payments, ()
            yield from _sources((question.scheme, question.on, *question.facts.values()))


def asked_in(work: Work) -> kinds.Asked:
    """The question to the rules that a work asks."""
    match work:
        case kinds.Quote():
            return work.quote
        case kinds.QuoteRows():
            return work.quote_rows
        case kinds.Allow():
            return work.allow
        case kinds.AllowRows():
            return work.allow_rows
        case kinds.Refund():
            return work.refund
        case kinds.Wait():
            return work.wait
        case _:
            raise TypeError(f"{type(work).__name__} asks the rules nothing")


def work_change(work: Work) -> Change:
    """What a work answers; what it may leave open is forgotten."""
    match work:
        case kinds.Sum():
            return Change(answers=frozenset([work.sum.into]))
        case kinds.Take():
            return Change(answers=frozenset(work.take.into))
        case kinds.Keep():
            return Change(answers=frozenset([work.keep.into]))
        case kinds.Mark():
            return Change(may=frozenset([work.mark.rows]))
        case kinds.Put():
            return Change(answers=frozenset(work.set))
        case kinds.Forget():
            return Change(forgets=frozenset(work.forget))
        case _:
            asked = asked_in(work)
            rows = [asked.payments] if isinstance(asked, kinds.RefundAsked) else []
            rows += [asked.rows] if asked.rows is not None else []
            return Change(may=frozenset(rows)).then(_answered(asked))


def _answered(asked: kinds.Asked) -> Change:
    match asked:
        case kinds.QuoteAsked():
            alone = (asked.due, asked.government, asked.basis) if asked.rows is None else ()
            return Change(answers=frozenset(e for e in (*alone, asked.total, asked.lines) if e))
        case kinds.RefundAsked():
            return Change(answers=frozenset([asked.total, asked.confirmed_by]))
        case kinds.WaitAsked() if asked.rows is None:
            return Change(forgets=frozenset([asked.months]))
        case _:
            return Change()


# Forms


def form_reads(review: Review, form: Form) -> Iterator[tuple[str, Context]]:
    """The facts that must be known before a form is shown.

    A field that is only shown, and needn't be there (``required: no``, or ``when``), may be empty;
    so may rows of which nothing need be ticked.
    """
    for field in form.fields:
        yield from _field_reads(review, field)
        if field.rows is not None and field.required and field.when is None:
            yield field.rows.of, ()
    for check in form.checks.values():
        yield from read_by(review, check.must)


def _field_reads(review: Review, field: Field) -> Iterator[tuple[str, Context]]:
    if field.when is not None:
        yield from read_by(review, field.when)
    elif not asks(field) and field.rows is None and field.required:
        yield field.fact, ()
    tiers = [field.tiers] if field.tiers is not None else []
    if field.rows is not None:
        if field.rows.if_ is not None:
            yield from read_by(review, field.rows.if_)
        tiers += [each.tiers for each in field.rows.asks.values() if each.tiers is not None]
        tiers += field.rows.tiers.values()
    for each in tiers:
        yield from _sources((each.scheme, each.on))


def form_change(look: Look, name: str) -> Change:
    """What a form asks is forgotten, and what must be filled in is answered where it is shown."""
    form, answers = look.review.contents.forms[name], set[str | Guarded]()
    fields = [each for each in asked_fields(form) if look.facts[each.fact].kind != "secret"]
    for each in fields:
        if each.required:
            answers.add(each.fact if each.when is None else guarded(look.review, each))
    return Change(frozenset(each.fact for each in fields), frozenset(answers))


def guarded(review: Review, field: Field) -> Guarded:
    """The fact of a field that is shown conditionally."""
    assert field.when is not None, "only such a field"
    read = {base for name, _ in read_by(review, field.when) for base in bases(review, name)}
    return Guarded(field.fact, field.when, frozenset({field.fact, *read}))
