"""Forms: every field is a fact that can be asked or shown so, and conditions can be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from sstibet.checks.conditions import Typed
from sstibet.checks.fits import check_fit, check_scheme
from sstibet.checks.item_look import asks
from sstibet.checks.review import Review
from sstibet.conditions import All, Any_, Condition, Count, Every, Not, Some, Sum, Test
from sstibet.facts import Fact
from sstibet.forms.documents import Column, Field, Form, Rows, Tiers
from sstibet.forms.when import SHOWING_KINDS, SHOWING_TESTS
from sstibet.loading import Site
from sstibet.months import parse_start
from sstibet.problems import BadValue
from sstibet.sources import Source
from sstibet.texts import DEFAULT_LANGUAGE, catalogue


def check_forms(review: Review) -> None:
    """Every form of the book."""
    for name, form in review.contents.forms.items():
        with review.holding(("form", name)):
            _Form(review, name, form).check()


@cache
def wrong_codes() -> tuple[str, ...]:
    """What can be wrong with an answer: the codes that the library has words for."""
    keys = (key.split(".") for key in catalogue(DEFAULT_LANGUAGE))
    return tuple(sorted({each[1] for each in keys if each[0] in ("wrong", "typed")} - {"wrong"}))


class _Typed(Typed):
    """The typing of what a form's answers must fulfil together: two secrets may be compared."""

    def _test(self, site: Site, test: Test, row: str | None) -> None:
        facts = self.review.contents.dictionary.facts
        both = [facts.get(test.fact or ""), facts.get(test.other_fact or "")]
        if test.test != "is" or any(fact is None or fact.kind != "secret" for fact in both):
            super()._test(site, test, row)


class _Form:
    """The check of one form."""

    def __init__(self, review: Review, name: str, form: Form) -> None:
        self.review, self.form, self.site = review, form, review.site("forms", name)
        self.key, self.circled = ("form", name), False
        self.facts: Mapping[str, Fact] = review.contents.dictionary.facts
        self.places = {
            each.fact: self.site.at("pages", n, "fields", m)
            for n, page in enumerate(form.pages)
            for m, each in enumerate(page.fields)
        }

    def check(self) -> None:
        if not self.form.pages:
            message = "this form has no page"
            self.review.fault(self.site.at("pages"), "empty_list", message, "add one")
        seen = set[str]()
        for n, page in enumerate(self.form.pages):
            site = self.site.at("pages", n, "fields")
            if not page.fields:
                message = "this page has no field"
                self.review.fault(site, "empty_list", message, "add its fields, or drop the page")
            for m, each in enumerate(page.fields):
                if each.fact in seen:
                    message = f"{each.fact!r} is a field of this form already"
                    place = site.at(m, "fact")
                    self.review.fault(place, "doubled_field", message, "keep one of them")
                    continue
                seen.add(each.fact)
                self._field(site.at(m), each)
        typed = _Typed(self.review, self.key)
        for name, check in self.form.checks.items():
            site = self.site.at("checks", name)
            typed.check(site.at("must"), check.must)
            asked = [each.fact for each in self.form.fields if asks(each)]
            if check.at not in asked:
                message = f"{check.at!r} is nothing that this form asks"
                hint = self.review.meant(check.at, asked)
                self.review.fault(site.at("at"), "unknown_asked", message, hint)
        self._broken(typed)

    def _broken(self, typed: Typed) -> None:
        """Of a form that reads a faulty fact nothing more is said."""
        if (typed.facts | self.places.keys()) & self.review.broken:
            self.review.held.add(self.key)

    def _fault(self, site: Site, code: str, message: str, hint: str) -> None:
        self.review.fault(site, code, message, hint)

    # Fields

    def _field(self, site: Site, field: Field) -> None:
        fact = self.facts.get(field.fact)
        if fact is None:
            hint = self.review.meant(field.fact, self.facts)
            message = f"there is no fact {field.fact!r}"
            self._fault(site.at("fact"), "unknown_fact", message, hint)
            return
        self._kind(site, field, fact)
        if field.rows is not None and fact.kind == "records":
            self._rows(site.at("rows"), field, fact, field.rows)
        if field.tiers is not None:
            self._tiers(site.at("tiers"), field.fact, fact, field.tiers, None)
        if field.when is not None:
            self._when(site.at("when"), field, field.when)
        codes = wrong_codes()
        for code in field.says:
            if code not in codes:
                message = f"{code!r} is nothing that can be wrong with an answer"
                hint = self.review.meant(code, codes) or "see the codes under 'wrong.' in locale/"
                self.review.key_fault(site.at("says", code), "unknown_wrong", message, hint)

    def _kind(self, site: Site, field: Field, fact: Fact) -> None:
        """What a field says goes with its fact's kind."""
        name = field.fact
        if fact.derive is not None and asks(field):
            message = f"{name!r} is worked out and cannot be asked"
            hint = f"write 'read_only: yes', or ask what it is worked out from ({fact.where})"
            self._fault(site.at("fact"), "derived_fact", message, hint)
        if fact.kind == "secret" and field.read_only:
            message = f"{name!r} is secret: it is typed in and never shown"
            self._fault(site.at("read_only"), "secret_misplaced", message, "drop 'read_only'")
        if (fact.kind == "records") != (field.rows is not None):
            message = f"{name!r} is of the kind {fact.kind} and has no rows"
            hint = "drop 'rows', or name records"
            if field.rows is None:
                message = f"{name!r} has rows, and this doesn't say which are shown"
                hint = "add 'rows: {of: …, pick: …, show: […]}'"
            self._fault(site.at("fact"), "field_rows", message, hint)
        if fact.kind == "code" and asks(field):
            self._choice(site.at("fact"), name, fact, field.tiers)
        if field.must_be_yes and fact.kind != "yes_no":
            message = f"{name!r} is of the kind {fact.kind} and never yes"
            self._fault(site.at("must_be_yes"), "field_kind", message, "drop 'must_be_yes'")

    def _choice(self, site: Site, name: str, fact: Fact, tiers: Tiers | None) -> None:
        if fact.codes is None and tiers is None:
            message = f"nothing says among which codes {name!r} is chosen"
            hint = f"add 'tiers' here, or 'codes' to the fact ({fact.where})"
            self._fault(site, "field_kind", message, hint)

    def _tiers(self, site: Site, name: str, fact: Fact, tiers: Tiers, rows: Fact | None) -> None:
        """Tiers are offered for a code without a list, of a scheme of the book, on a day."""
        if fact.kind != "code" or fact.codes is not None:
            message = f"{name!r} is of the kind {fact.kind}, so no tier can be kept in it"
            if fact.codes is not None:
                message = f"{name!r} is chosen from {fact.codes!r}, not among tiers"
            hint = f"name a fact of the kind code without 'codes' ({fact.where})"
            self.review.key_fault(site, "field_kind", message, hint)
            return
        self._scheme(site.at("scheme"), tiers.scheme, rows)
        self._day(site.at("on"), tiers.on, rows)

    def _scheme(self, site: Site, source: Source, rows: Fact | None) -> None:
        schemes = self.review.contents.info.schemes
        if source.value is not None:
            if source.value not in schemes:
                message = f"{source.value!r} is no scheme"
                hint = self.review.meant(source.value, schemes)
                self._fault(site.at("value"), "unknown_scheme", message, hint)
            return
        key, found = self._source(site, source, rows)
        check_scheme(self.review, site.at(key), source.fact or source.column or "", found)

    def _day(self, site: Site, source: Source, rows: Fact | None) -> None:
        if source.value is not None:
            try:
                parse_start(source.value)
            except BadValue as error:
                self._fault(site.at("value"), error.code, error.message, error.hint)
            return
        key, found = self._source(site, source, rows)
        if found is not None and found.kind not in ("date", "month"):
            name = source.fact or source.column
            message = f"{name!r} is of the kind {found.kind}; a look-up needs a date or a month"
            self._fault(site.at(key), "fact_misfit", message, f"see {found.where}")

    def _source(self, site: Site, source: Source, rows: Fact | None) -> tuple[str, Fact | None]:
        """The key and the fact, or column, that a source names."""
        if source.column is not None:
            return "column", self._column(site.at("column"), source.column, rows)
        name = source.fact or ""
        found = self.facts.get(name)
        if found is None:
            hint = self.review.meant(name, self.facts)
            self._fault(site.at("fact"), "unknown_fact", f"there is no fact {name!r}", hint)
        return "fact", found

    def _column(self, site: Site, name: str, rows: Fact | None) -> Fact | None:
        fields = (rows.fields or {}) if rows is not None else {}
        if rows is None:
            message = f"there is no row here that {name!r} could be a column of"
            self._fault(site, "field_outside_rows", message, "write 'fact'")
        elif name not in fields:
            message = f"the rows have no field {name!r} ({rows.where})"
            self._fault(site, "unknown_field", message, self.review.meant(name, fields))
        return fields.get(name)

    # Rows

    def _rows(self, site: Site, field: Field, fact: Fact, rows: Rows) -> None:
        source = self.facts.get(rows.of)
        if source is None or source.kind != "records":
            code, message = "unknown_fact", f"there is no fact {rows.of!r}"
            hint = self.review.meant(rows.of, self.facts)
            if source is not None:
                code, hint = "not_records", f"see {source.where}"
                message = f"{rows.of!r} is of the kind {source.kind} and has no rows"
            self._fault(site.at("of"), code, message, hint)
            return
        if rows.of != field.fact and asks(field):
            self._becomes(site.at("of"), field.fact, fact, rows.of, source)
        if rows.pick in ("one", "some") and not (source.key or fact.key):
            message = f"the rows of {rows.of!r} have no 'key', so nobody can say which is ticked"
            hint = f"give them one ({source.where})"
            self._fault(site.at("pick"), "rows_without_key", message, hint)
        if not rows.show:
            self._fault(site.at("show"), "empty_list", "no column is shown", "add one")
        for n, name in enumerate(rows.show):
            self._column(site.at("show", n), name, source)
        self.review.distinct(site.at("show"), rows.show, "columns")
        for name, column in rows.asks.items():
            self._asked(site.at("asks", name), name, column, fact, source)
        for name, tiers in rows.tiers.items():
            if name not in rows.show:
                message = f"{name!r} is no column that is shown here"
                hint = self.review.meant(name, rows.show)
                self.review.key_fault(site.at("tiers", name), "field_rows", message, hint)
            elif (column_fact := (source.fields or {}).get(name)) is not None:
                self._tiers(site.at("tiers", name), name, column_fact, tiers, source)
        if rows.if_ is not None:
            typed = Typed(self.review, self.key)
            typed.check(site.at("if"), rows.if_, rows.of)
            self._broken(typed)

    def _becomes(self, site: Site, name: str, fact: Fact, of: str, source: Fact) -> None:
        """A ticked row is kept whole, so what it becomes has every field that it has."""
        lacking = [each for each in source.fields or {} if each not in (fact.fields or {})]
        if lacking:
            message = f"the rows of {name!r} have no field {lacking[0]!r}, as those of {of!r} have"
            self._fault(site, "fact_misfit", message, f"write 'like: {of}' there ({fact.where})")
        else:
            check_fit(self.review, site, of, source, fact, repr(name))

    def _asked(self, site: Site, name: str, column: Column, fact: Fact, source: Fact) -> None:
        """A column that is asked of each ticked row is one of what the rows become."""
        found = (fact.fields or {}).get(name)
        if found is None:
            message = f"the rows have no field {name!r} ({fact.where})"
            hint = self.review.meant(name, fact.fields or {})
            self.review.key_fault(site, "unknown_field", message, hint)
            return
        if found.derive is not None or found.kind == "secret":
            message = f"{name!r} is worked out or secret and cannot be asked of a row"
            self.review.key_fault(site, "derived_fact", message, f"see {found.where}")
        if found.kind == "code":
            self._choice(site, name, found, column.tiers)
        if column.tiers is not None:
            self._tiers(site.at("tiers"), name, found, column.tiers, source)

    # Conditions

    def _when(self, site: Site, field: Field, when: Condition) -> None:
        """A field is shown by what was answered before, or by what this form lets choose."""
        before = len(self.review.problems)
        typed = Typed(self.review, self.key)
        typed.check(site, when)
        self._broken(typed)
        if len(self.review.problems) > before:
            return
        asked = {each.fact: each for each in self.form.fields if asks(each)}
        for place, name, test in _reads(site, when):
            if name in asked and not self._shows(asked[name], test):
                message = (
                    f"{name!r} is asked on this form too, and this is not known while one types"
                )
                hint = "compare a code or yes_no with a value, or ask it on a form before"
                self._fault(place, "when_open", message, hint)
        if not self.circled and self._shown_by(field.fact, {field.fact}):
            self.circled = True
            message = f"{field.fact!r} is shown only where it is answered already"
            hint = "let it hang on another field, or on nothing"
            self._fault(site, "when_in_a_circle", message, hint)

    def _shows(self, field: Field, test: Test | None) -> bool:
        """Whether a test of a field of the form can show another one."""
        if test is None or test.value is None or field.rows is not None:
            return False
        return self.facts[field.fact].kind in SHOWING_KINDS and test.test in SHOWING_TESTS

    def _shown_by(self, name: str, passed: set[str]) -> bool:
        """Whether what shows a field leads back to it."""
        asked = {each.fact: each for each in self.form.fields if asks(each)}
        queue, first = [name], True
        while queue:
            each = asked.get(queue.pop())
            if not first and each is not None and each.fact == name:
                return True
            first = False
            if each is None or each.when is None:
                continue
            for _, read, _ in _reads(self.site, each.when):
                if read == name or read not in passed:
                    passed.add(read)
                    queue.append(read)
        return False


def _reads(site: Site, condition: Condition) -> Iterator[tuple[Site, str, Test | None]]:
    """Every fact that a condition reads, where, and the test of it alone if it is one."""
    match condition:
        case All(all_=parts) | Any_(any_=parts):
            key = "all" if isinstance(condition, All) else "any"
            for n, each in enumerate(parts):
                yield from _reads(site.at(key, n), each)
        case Not():
            yield from _reads(site.at("not"), condition.not_)
        case Every(every=rows) | Some(some=rows) | Count(count=rows) | Sum(sum=rows):
            key = type(condition).__name__.lower()
            yield site.at(key, "fact"), rows.fact, None
            if rows.that is not None:
                for place, name, _ in _reads(site.at(key, "that"), rows.that):
                    yield place, name, None
        case Test():
            if condition.fact is not None:
                yield site.at("fact"), condition.fact, condition
            if condition.other_fact is not None:
                yield site.at("other_fact"), condition.other_fact, None
