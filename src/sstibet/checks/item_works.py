"""Works: each reads facts of the kind that it needs, and keeps what it finds where that fits."""

from __future__ import annotations

from collections.abc import Mapping

from sstibet.checks.conditions import Typed
from sstibet.checks.fits import check_fit, check_scheme
from sstibet.checks.item_look import Look, asked_fields
from sstibet.checks.item_names import fact_there, kept_fact, plain_fact
from sstibet.conditions import Condition
from sstibet.facts import Fact
from sstibet.items import works as kinds
from sstibet.loading import Site
from sstibet.months import parse_start
from sstibet.problems import BadValue
from sstibet.sources import Source

# The columns of records that keep the lines of a price, and the kinds that hold them.
LINES: Mapping[str, tuple[str, ...]] = {
    "scheme": ("code", "text"),
    "part": ("code", "text"),
    "label": ("text",),
    "period": ("text",),
    "payer": ("code", "text"),
    "basis": ("money",),
    "rate": ("rate",),
    "amount": ("money",),
    "rule": ("text",),
    "edition": ("text",),
    "evidence": ("code", "text"),
    "at_least": ("yes_no",),
}


def check_works(look: Look) -> None:
    """Every work of an item."""
    for name, work in look.rules.works.items():
        key = _KEYS[type(work)]
        _Works(look, look.site.at("works", name, key)).check(getattr(work, key))


_KEYS: dict[type, str] = {
    kinds.Quote: "quote",
    kinds.QuoteRows: "quote_rows",
    kinds.Allow: "allow",
    kinds.AllowRows: "allow_rows",
    kinds.Refund: "refund",
    kinds.Wait: "wait",
    kinds.Sum: "sum",
    kinds.Take: "take",
    kinds.Keep: "keep",
    kinds.Mark: "mark",
    kinds.Put: "set",
    kinds.Forget: "forget",
}


class _Works:
    """The check of one work, whose own keys stand at ``site``."""

    def __init__(self, look: Look, site: Site) -> None:
        self.look, self.site, self.review = look, site, look.review

    def check(self, asked: object) -> None:
        match asked:
            case kinds.Asked():
                self._asked(asked)
            case kinds.Summed():
                self._column(self.site.at("column"), asked.column, self._rows(asked.rows), "money")
                self._keep(self.site.at("into"), asked.into, "money")
            case kinds.Taken():
                self._take(asked)
            case kinds.Kept():
                rows = self._rows(asked.rows)
                into = self._keep(self.site.at("into"), asked.into, "records")
                check_fit(self.review, self.site.at("into"), asked.rows, rows, into, asked.into)
                self._that(asked.that, asked.rows, rows)
            case kinds.Marked():
                rows = self._rows(asked.rows)
                self._column(self.site.at("column"), asked.column, rows, "yes_no")
                self._that(asked.that, asked.rows, rows)
            case dict():
                for name, source in asked.items():
                    self._set(self.site.at(name), name, source)
            case tuple():
                for n, name in enumerate(asked):
                    kept_fact(self.look, self.site.at(n), name)
                self.review.distinct(self.site, asked, "facts")

    # Questions to the rules

    def _asked(self, asked: kinds.Asked) -> None:
        rows = None if asked.rows is None else self._rows(asked.rows)
        if asked.rows is not None and rows is None:
            return  # of rows that aren't there nothing can be said
        self._scheme(asked, rows)
        self._day(asked.on, rows)
        for name, source in asked.facts.items():
            place = self.site.at("facts", name)
            wanted = fact_there(self.look, place, name, of_key=True)
            if wanted is None:
                continue
            if wanted.derive is not None:
                message = f"{name!r} is worked out by the rules, not told to them"
                self.review.key_fault(place, "derived_fact", message, f"see {wanted.where}")
            else:
                self._source(place, source, wanted, f"the fact {name!r} that is asked with", rows)
        self._answers(asked, rows)

    def _answers(self, asked: kinds.Asked, rows: Fact | None) -> None:
        """Where the answers are kept: in columns of the rows, or as facts."""
        at = self.site.at
        match asked:
            case kinds.QuoteAsked():
                self._found(at("due"), asked.due, rows, "money")
                if asked.government is not None:
                    self._found(at("government"), asked.government, rows, "money")
                if asked.basis is not None:
                    self._found(at("basis"), asked.basis, rows, "money")
                if asked.total is not None:
                    self._keep(at("total"), asked.total, "money")
                if isinstance(asked, kinds.MarkPriced):
                    self._column(at("column"), asked.column, rows, "yes_no")
                if asked.lines is not None:
                    self._lines(at("lines"), asked.lines)
            case kinds.RefundAsked():
                payments = self._rows(asked.payments, "payments")
                self._column(at("amount"), asked.amount, payments, "money")
                self._keep(at("total"), asked.total, "money")
                self._keep(at("confirmed_by"), asked.confirmed_by, "text", "code")
            case kinds.WaitAsked():
                self._found(at("months"), asked.months, rows, "whole")
            case kinds.MarkAllowed():
                self._column(at("column"), asked.column, rows, "yes_no")

    def _scheme(self, asked: kinds.Asked, rows: Fact | None) -> None:
        """The schemes that may be asked about are the book's."""
        schemes, site = self.review.contents.info.schemes, self.site.at("scheme")
        said = asked.scheme.value
        if said is not None:
            if said not in schemes:
                message, hint = f"{said!r} is no scheme", self.review.meant(said, schemes)
                self.review.fault(site.at("value"), "unknown_scheme", message, hint)
            return
        found, key, name = self._read(site, asked.scheme, rows)
        check_scheme(self.review, site.at(key), name, found)

    def _day(self, source: Source, rows: Fact | None) -> None:
        site = self.site.at("on")
        if source.value is not None:
            try:
                parse_start(source.value)
            except BadValue as error:
                self.review.fault(site.at("value"), error.code, error.message, error.hint)
            return
        found, key, name = self._read(site, source, rows)
        if found is not None and found.kind not in ("date", "month"):
            message = f"{name!r} is of the kind {found.kind}; a look-up needs a date or a month"
            self.review.fault(site.at(key), "fact_misfit", message, f"see {found.where}")

    def _lines(self, site: Site, name: str) -> None:
        fact = self._keep(site, name, "records")
        for column, its_kinds in LINES.items() if fact is not None else ():
            assert fact is not None
            found = (fact.fields or {}).get(column)
            if found is None or found.kind not in its_kinds:
                kind = " or ".join(its_kinds)
                message = f"the rows of {name!r} cannot keep the {column!r} of a line"
                hint = f"give them a field {column!r} of the kind {kind} ({fact.where})"
                self.review.fault(site, "fact_misfit", message, hint)
                return

    # Rows

    def _rows(self, name: str, key: str = "rows") -> Fact | None:
        site = self.site.at(key)
        fact = fact_there(self.look, site, name)
        if fact is not None and fact.kind != "records":
            message = f"{name!r} is of the kind {fact.kind} and has no rows"
            self.review.fault(site, "not_records", message, f"see {fact.where}")
            return None
        return fact

    def _field(self, site: Site, name: str, rows: Fact | None) -> Fact | None:
        """A column of rows that are known to be rows."""
        if rows is None:
            return None
        fields = rows.fields or {}
        if name not in fields:
            message = f"the rows have no field {name!r} ({rows.where})"
            self.review.fault(site, "unknown_field", message, self.review.meant(name, fields))
        return fields.get(name)

    def _column(self, site: Site, name: str, rows: Fact | None, kind: str) -> None:
        found = self._field(site, name, rows)
        if found is not None and (found.kind != kind or found.derive is not None):
            what = "worked out" if found.derive is not None else f"of the kind {found.kind}"
            message = f"{name!r} is {what}; this takes a column of the kind {kind}"
            self.review.fault(site, "fact_misfit", message, f"see {found.where}")

    def _that(self, condition: Condition, name: str, rows: Fact | None) -> None:
        if rows is not None:
            Typed(self.review, self.look.key).check(self.site.at("that"), condition, name)

    # Facts

    def _keep(self, site: Site, name: str, *its_kinds: str) -> Fact | None:
        """A fact that an answer is kept as."""
        fact = kept_fact(self.look, site, name)
        if fact is not None and fact.kind not in its_kinds:
            wanted = " or ".join(its_kinds)
            message = f"{name!r} is of the kind {fact.kind}; this is kept as the kind {wanted}"
            self.review.fault(site, "fact_misfit", message, f"see {fact.where}")
            return None
        return fact

    def _found(self, site: Site, name: str, rows: Fact | None, kind: str) -> None:
        """What is found for each row goes into a column; without rows it is a fact."""
        if rows is not None:
            self._column(site, name, rows, kind)
        else:
            self._keep(site, name, kind)

    def _take(self, asked: kinds.Taken) -> None:
        rows = self._rows(asked.rows)
        self._one_row(asked.rows)
        for name, column in asked.into.items():
            site = self.site.at("into", name)
            wanted = kept_fact(self.look, site, name, of_key=True)
            check_fit(
                self.review, site, column, self._field(site, column, rows), wanted, repr(name)
            )

    def _one_row(self, name: str) -> None:
        """No form of the item lets several of the rows be ticked that one is taken of: the event
        would be refused whenever a person does."""
        forms = self.review.contents.forms
        for form in dict.fromkeys(each for each, _ in self.look.forms() if each in forms):
            for field in asked_fields(forms[form]):
                if field.fact == name and field.rows and field.rows.pick in ("some", "all"):
                    message = (
                        f"'take' wants one row of {name!r}, and the form {form!r} lets several "
                        "be ticked"
                    )
                    hint = "write 'pick: one' there, or go over the rows by another work"
                    self.review.fault(self.site.at("rows"), "fact_misfit", message, hint)
                    return

    def _set(self, site: Site, name: str, source: Source) -> None:
        wanted = kept_fact(self.look, site, name, of_key=True)
        if wanted is not None:
            self._source(site, source, wanted, repr(name), None)

    def _source(
        self, site: Site, source: Source, wanted: Fact, what: str, rows: Fact | None
    ) -> None:
        if source.value is None:
            found, key, name = self._read(site, source, rows)
            check_fit(self.review, site.at(key), name, found, wanted, what)
            return
        if wanted.codes is not None and wanted.codes not in self.review.contents.dictionary.codes:
            return  # said where the fact stands
        try:
            self.review.contents.dictionary.read_as(wanted, source.value)
        except BadValue as error:
            hint = error.hint or f"see {wanted.where}, what the fact may be"
            self.review.fault(site.at("value"), error.code, error.message, hint)

    def _read(self, site: Site, source: Source, rows: Fact | None) -> tuple[Fact | None, str, str]:
        """The fact or column that a source names, the key that names it, and its name."""
        if source.fact is not None:
            place = site.at("fact")
            fact = fact_there(self.look, place, source.fact)
            plain = fact and plain_fact(self.look, place, source.fact, fact)
            return plain, "fact", source.fact
        name, place = source.column or "", site.at("column")
        if rows is None:
            message = f"there is no row here that {name!r} could be a column of"
            hint = "write 'fact', or say which 'rows' are gone over"
            self.review.fault(place, "field_outside_rows", message, hint)
            return None, "column", name
        return self._field(place, name, rows), "column", name
