"""Filling in a form: field by field, what is wrong told in its place, back with nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sstibet.cli.walking_fields import ask_field, plain_payload, show_field
from sstibet.cli.walking_talk import Back, Talk

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.engine.view import View
    from sstibet.forms.bound import BoundForm
    from sstibet.forms.parts import BoundField
    from sstibet.outcomes import Wrong


def asks(form: BoundForm | None) -> bool:
    """Whether a form asks anything."""
    return form is not None and any(each.asked for each in form.fields)


class Filling:
    """One form of one event being filled in; what was typed stays while it lives, and what isn't
    secret stays in the item's draft besides."""

    def __init__(self, talk: Talk, desk: Engine, actor: str, view: View, event: str) -> None:
        form = view.forms.get(event, view.form)
        assert form is not None, "an event with a form has it in its view"
        self.talk, self.desk, self.actor = talk, desk, actor
        self.ref, self.form = view.ref, form
        self.keeps = event not in view.forms
        self.payload: dict[str, Any] = form.data()
        self.at = 0
        self._page = ""

    def run(self) -> dict[str, Any]:
        """Ask from where it stands to the end; the answers. Back where there is nothing before."""
        while self.at < len(self._fields()):
            field = self._fields()[self.at]
            self._heading(field)
            if not field.asked:
                show_field(self.talk, field)
                self.at += 1
                continue
            try:
                answer = ask_field(self.talk, field, self.payload.get(field.fact))
            except Back:
                self.back()
                continue
            if self._taken(field, answer):
                self.at += 1
        return plain_payload(self.payload)

    def back(self) -> None:
        """Go to the field asked before. Back where there is none."""
        fields = self._fields()
        before = [n for n in range(min(self.at, len(fields))) if fields[n].asked]
        if not before:
            raise Back
        self.at = before[-1]

    def again(self, problems: tuple[Wrong, ...]) -> None:
        """Tell what is wrong, and go to the first field that is."""
        for each in problems:
            self.talk.line(f"✗ {each.text(self.talk.language)}", "red")
        wrong = {each.field for each in problems}
        fields = self._fields()
        self.at = next((n for n, each in enumerate(fields) if each.fact in wrong), 0)

    def show(self) -> None:
        """All of it, where nothing is asked."""
        for field in self._fields():
            self._heading(field)
            show_field(self.talk, field)

    def _fields(self) -> list[BoundField]:
        """The fields that are shown with what is answered so far."""
        from sstibet.forms.reading import read

        shown = self.form.visible(read(self.form, self.payload).values)
        return [each for each in self.form.fields if each.fact in shown]

    def _heading(self, field: BoundField) -> None:
        """The page's heading, where another page begins; the form's before the first."""
        talk, language = self.talk, self.talk.language
        pages = self.form.pages
        page = next(each for each in pages if any(f.fact == field.fact for f in each.fields))
        label = page.label.text(language)
        if label == self._page:
            return
        if not self._page:
            talk.line(self.form.label.text(language), "bold")
            if self.form.help is not None:
                talk.line(self.form.help.text(language), "dim")
        self._page = label
        if len(pages) > 1:
            number = pages.index(page) + 1
            talk.say("page", "bold", number=number, count=len(pages), label=label)
        if page.help is not None:
            talk.line(page.help.text(language), "dim")

    def _taken(self, field: BoundField, answer: Any) -> bool:
        """Keep an answer, and whether it will do; its problem is told at once."""
        from sstibet.forms.reading import read

        before = self.payload.get(field.fact)
        self.payload[field.fact] = answer
        found = read(self.form, plain_payload(self.payload)).problems
        problem = next((each for each in found if each.field == field.fact), None)
        if problem is not None:
            self.talk.line(f"✗ {problem.text(self.talk.language)}", "red")
            if field.rows is None:
                self.payload[field.fact] = before
                return False
        if self.keeps and field.kind != "secret":
            self._save()
        return problem is None

    def _save(self) -> None:
        """Keep what was typed with the item; what is offered may hang on it."""
        secrets = {each.fact for each in self.form.fields if each.kind == "secret"}
        kept = {name: v for name, v in plain_payload(self.payload).items() if name not in secrets}
        view = self.desk.save(self.ref, kept, actor=self.actor)
        if view.form is not None and view.form.name == self.form.name:
            self.form = view.form
