"""The ``.po`` files: read, brought up to date with what the code uses, checked, compiled."""

from __future__ import annotations

import io
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from sstibet.catalogues import read
from tools.messages.domains import Domain
from tools.messages.extract import Uses, uses
from tools.messages.notes import notes

# Said in English only, beside a Chinese sentence that needs no more.
ENGLISH_ONLY = frozenset(["given", "hint", "reason"])
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)  # a catalogue tells no time of its making
_HEADERS = re.compile(
    r'^"(?:Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|'
    r"Last-Translator|Language-Team|Generated-By): .*\n",
    re.MULTILINE,
)


def key_of(message: Message) -> str:
    """A message's key, which is its msgid."""
    return message.id if isinstance(message.id, str) else message.id[0]


def forms_of(message: Message) -> tuple[str, ...]:
    """A message's text, or each form that it has by number; empty where it isn't translated."""
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return forms if all(forms) else ()


def catalog(domain: Domain, language: str) -> Catalog:
    """A language's catalogue as it stands; an empty one where there is none."""
    path = domain.file(language)
    if not path.is_file():
        return Catalog(locale=language, domain=domain.name)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain.name, abort_invalid=True)


def messages(domain: Domain, language: str) -> dict[str, Message]:
    """A language's messages by key, those without a text as well."""
    return {key_of(each): each for each in catalog(domain, language) if each.id}


def texts(domain: Domain, language: str) -> dict[str, tuple[str, ...]]:
    """A language's texts by key: those that it has."""
    found = {key: forms_of(each) for key, each in messages(domain, language).items()}
    return {key: forms for key, forms in found.items() if forms}


def update(domain: Domain, drop: bool = False) -> None:
    """Bring every catalogue of a domain up to date: keys that are used and missing come in empty,
    and each tells where it is used and what others say. ``drop``: those that nothing uses go."""
    used, first = uses(domain), messages(domain, domain.complete[0])
    said = {language: texts(domain, language) for language in domain.complete}
    for language in domain.languages:
        template = Catalog(domain=domain.name)
        for key in sorted({*first, *used.keys}):
            files = used.of(key)
            if files or not drop:
                template.add(
                    first[key].id if key in first else key,
                    locations=[(file, 0) for file in sorted(files)],
                    auto_comments=_told(domain, key, said, language),
                )
        found = catalog(domain, language)
        found.update(template, no_fuzzy_matching=True)
        found.obsolete.clear()
        _write(domain.file(language), written(found))


def _told(
    domain: Domain, key: str, said: dict[str, dict[str, tuple[str, ...]]], language: str
) -> list[str]:
    others = [(each, said[each][key]) for each in said if each != language and key in said[each]]
    template = others[0][1][-1] if others else ""
    return [
        *notes(key, template, domain.note),
        *(f"{each}: {' / '.join(forms)}" for each, forms in others),
    ]


def written(found: Catalog) -> bytes:
    """A catalogue as ``.po``: by key, no line wrapped, no line number, no time; whoever adds a
    text changes only its own lines."""
    out = io.BytesIO()
    found.fuzzy = False
    found.header_comment = f"# The words of {found.domain}: {found.locale}. See CONTRIBUTING.md."
    for each in found:
        each.flags -= {
            "python-format",
            "python-brace-format",
        }  # guessed from msgids, which are keys
    write_po(out, found, width=0, sort_output=True, include_lineno=False, include_previous=False)
    return _HEADERS.sub("", out.getvalue().decode("utf-8")).encode("utf-8")


def compiled(domain: Domain, language: str) -> bytes:
    """A language's catalogue as ``.mo``: only texts that are whole and sure."""
    found = catalog(domain, language)
    whole = Catalog(locale=language, domain=domain.name)
    whole.creation_date = whole.revision_date = _LONG_AGO
    for each in found:
        if each.id and forms_of(each) and not each.fuzzy:
            whole.add(each.id, each.string)
    out = io.BytesIO()
    write_mo(out, whole)
    return out.getvalue()


def compile_all(domain: Domain) -> None:
    """Write every ``.mo`` that isn't what its ``.po`` says."""
    for language in domain.languages:
        path, data = domain.file(language, "mo"), compiled(domain, language)
        if not (path.is_file() and read(path.read_bytes()).texts == read(data).texts):
            _write(path, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != data:
        path.write_bytes(data)


def names_in(text: str) -> set[str]:
    """The ``{names}`` of a template."""
    return {each for _, each, _, _ in string.Formatter().parse(text) if each is not None}


def problems(domain: Domain, used: Uses | None = None) -> Iterator[str]:
    """All that is wrong with a domain's catalogues, each as a line."""
    used = used or uses(domain)
    first = messages(domain, domain.complete[0])
    said = {language: texts(domain, language) for language in domain.languages}
    for language in domain.complete:
        for key in sorted({*used.keys, *first} - {*said[language]}):
            yield f"{domain.name}/{language}: {key} is missing"
    for language in domain.languages:
        for key, message in messages(domain, language).items():
            at = f"{domain.name}/{language}: {key}"
            if message.fuzzy:
                yield f"{at} is fuzzy"
            if key not in first:
                yield f"{at} isn't in {domain.complete[0]}"
                continue
            if not used.of(key):
                yield f"{at} is used nowhere"
            if message.id != first[key].id:
                yield f"{at} has plurals in one language and none in another"
            for text in forms_of(message):
                yield from _differs(at, text, forms_of(first[key]))
        path = domain.file(language, "mo")
        if not path.is_file():
            yield f"{domain.name}/{language}: there is no .mo; run make messages"
        elif read(path.read_bytes()).texts != read(compiled(domain, language)).texts:
            yield f"{domain.name}/{language}: the .mo is not what the .po says; run make messages"


def _differs(at: str, text: str, first: tuple[str, ...]) -> Iterator[str]:
    try:
        wrong = (names_in(text) ^ names_in("".join(first))) - ENGLISH_ONLY
    except ValueError as error:
        yield f"{at} can't be filled in: {error}"
        return
    if wrong:
        yield f"{at} has other names in braces: {', '.join(sorted(wrong))}"
