"""The catalogues of words: complete in Chinese and English, sure in Tibetan, compiled, and used."""

from __future__ import annotations

import io
import re
import shutil
import string
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from tools.messages.catalogs import (
    catalog,
    compile_all,
    compiled,
    forms_of,
    messages,
    names_in,
    problems,
    update,
    written,
)
from tools.messages.domains import LIBRARY, ROOT, Call, Domain, domains
from tools.messages.extract import uses

from sstibet import catalogues, texts
from sstibet.catalogues import Words, read, tag
from sstibet.texts import Term, in_every_language, language_of, say

EVERY = [pytest.param(each, id=each.name) for each in domains()]
# policy.md, section 11b: the Tibetan terms that are rated high, and what each stands for. A term is
# added here with its source, and nowhere used before.
SURE = {
    "医疗保障": "སྨན་བཅོས་འགན་སྲུང་",
    "医保": "སྨན་བཅོས་འགན་སྲུང་",
    "医疗保障局": "སྨན་བཅོས་འགན་སྲུང་ཅུའུ་",
    "个人账户": "མི་སྒེར་རྩིས་ཐོ་",
    "资金": "མ་དངུལ་",
    "元": "སྒོར་",
    "西藏自治区": "བོད་རང་སྐྱོང་ལྗོངས་",
    "年": "ལོ་",
    "月": "ཟླ་",
    "税": "ཁྲལ་",
}


class TestEveryCatalogue:
    """A text that is used is there in Chinese and English; what is there is used; every language
    fills in the same names; and what is compiled is what a translator wrote."""

    @pytest.mark.parametrize("domain", EVERY)
    def test_nothing_is_missing_left_over_different_or_stale(self, domain: Domain) -> None:
        assert list(problems(domain)) == []

    @pytest.mark.parametrize("domain", EVERY)
    def test_make_messages_would_change_nothing(self, domain: Domain, tmp_path: Path) -> None:
        locale = tmp_path / "locale"
        shutil.copytree(domain.locale, locale)
        again = replace(domain, locale=locale)

        update(again)
        compile_all(again)

        for language in domain.languages:
            for ending in ("po", "mo"):
                kept, made = domain.file(language, ending), again.file(language, ending)
                assert made.read_bytes() == kept.read_bytes(), kept

    @pytest.mark.parametrize("domain", EVERY)
    def test_every_text_shows_no_key_and_no_brace_however_it_is_filled(
        self, domain: Domain
    ) -> None:
        words = words_of(domain)
        for language in domain.languages:
            for key, message in messages(domain, language).items():
                for number in (0, 1, 2, 5, 11, 21, 1000):
                    values = Every(number)
                    template, answered = words.find(key, language[:2], values)
                    text = string.Formatter().vformat(template, (), values)
                    assert text, key
                    assert not re.search(r"[{}]", text), (key, language)
                    assert not ("." in key and key in text), (key, language)
                    assert answered == (language[:2] if forms_of(message) else "zh")

    @pytest.mark.parametrize("domain", EVERY)
    def test_a_number_before_a_noun_in_the_plural_has_a_form_for_one(self, domain: Domain) -> None:
        for key, message in messages(domain, "en").items():
            for form in forms_of(message)[-1:]:
                if counted := COUNTED.search(form):
                    assert message.id == (key, counted[1]), counted[0]


COUNTED = re.compile(
    r"(\{\w+\}) (?:answer|character|day|digit|drawing|file|hour|item|line|message|minute|month"
    r"|option|payment|person|row|state|step|time|way|year)s\b"
)


def words_of(domain: Domain) -> Words:
    """A domain's words as they are read; the counter names its folder by the country as well."""
    return Words(domain.locale, domain.name, {"zh": domain.complete[0]})


class Every(dict[str, object]):
    """A value for whatever name a text has: one number for all."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def __missing__(self, name: str) -> object:
        return Stands(self.number)

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        return self.number  # the number by which a plural is chosen


class Stands(int):
    """A number whose every attribute is itself."""

    def __getattr__(self, name: str) -> Stands:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class TestPlurals:
    """The form is chosen by the value that msgid_plural names, by the language's own rule."""

    @pytest.mark.parametrize(
        ("months", "english"),
        [(0, "0 months of waiting"), (1, "1 month of waiting"), (2, "2 months of waiting")],
    )
    def test_english_has_two_and_chinese_one(self, months: int, english: str) -> None:
        assert say("wait.headline", "en", months=months) == english
        assert say("wait.headline", "zh", months=months) == f"待遇等待期 {months} 个月"
        assert say("wait.headline", "bo", months=months) == f"待遇等待期 {months} 个月"

    def test_what_is_no_whole_number_takes_the_general_form(self) -> None:
        assert say("wrong.too_long", "en", label="x", longest="1") == (
            "x has at most 1 characters; shorten it"
        )

    def test_languages_with_more_forms_are_read(self) -> None:
        made = Catalog(locale="ru")
        made.add(("days", "{n}"), ("{n} день", "{n} дня", "{n} дней"))
        out = io.BytesIO()
        write_mo(out, made)

        found = read(out.getvalue())

        forms = [found.form("days", {"n": n}) for n in (1, 2, 5, 11, 21, 22)]
        assert forms == ["{n} день", "{n} дня", "{n} дней", "{n} дней", "{n} день", "{n} дня"]


class TestTibetan:
    """Only what an official Tibetan text attests; a Chinese answer is Chinese all through, and
    says so."""

    def test_every_tibetan_word_of_the_catalogues_is_a_sure_one(self) -> None:
        found = {
            (forms_of(messages(domain, domain.complete[0])[key])[0], form)
            for domain in domains()
            for key, message in messages(domain, "bo").items()
            for form in forms_of(message)
            if key != "language.itself"  # a language's own name is no term of the law
        }
        assert found - set(SURE.items()) == set()

    def test_every_tibetan_label_of_the_rules_is_a_sure_one_and_none_is_forgotten(self) -> None:
        """Flow or block, a label's texts stand together in the YAML."""
        label = re.compile(r"\{[^{}]*\bzh: *\"?([^,\"{}]+)\"?[^{}]*\}")
        for folder in ("rules", "forms"):
            for path in (ROOT / folder).rglob("*.yaml"):
                text = path.read_text("utf-8")
                found = [(m[1], re.search(r"\bbo: *([^,}]+)", m[0])) for m in label.finditer(text)]
                for chinese, tibetan in found:
                    assert (tibetan and tibetan[1].strip()) == SURE.get(chinese.strip()), path
                assert len(re.findall(r"\bbo:", text)) == sum(bool(bo) for _, bo in found), path

    def test_a_text_that_tibetan_lacks_is_answered_in_chinese_and_marked(self) -> None:
        assert language_of("yes", "bo") == "zh"
        assert say("yes", "bo") == "是"
        assert tag(language_of("yes", "bo")) == "zh-CN"
        assert language_of("unit.yuan", "bo") == "bo"
        assert say("unit.yuan", "bo") == "སྒོར་"

    def test_a_chinese_sentence_has_no_tibetan_word_in_it(self) -> None:
        """Else a reader would be told that a Tibetan word is Chinese."""
        text = say("step.rounded", "bo", name="x", before="1", mode="y", unit=Term("unit.yuan"),
                   after="2")  # fmt: skip
        assert "到元" in text

    def test_a_label_has_only_the_languages_that_have_the_text(self) -> None:
        assert in_every_language("yes") == {"zh": "是", "en": "yes"}
        assert in_every_language("unit.yuan").keys() == {"zh", "en", "bo"}


class TestReading:
    """`.mo` as gettext and Babel write it, of either byte order; nothing falls back silently."""

    def test_it_reads_what_gettext_reads(self) -> None:
        from gettext import GNUTranslations

        for domain in domains():
            for language in domain.languages:
                with domain.file(language, "mo").open("rb") as file:
                    known = GNUTranslations(file)
                ours = words_of(domain).catalogue(language[:2])
                for key, template in read(domain.file(language, "mo").read_bytes()).texts.items():
                    number = template.number
                    for n in (1, 2):
                        theirs = known.ngettext(key, "", n) if number else known.gettext(key)
                        assert ours.form(key, {number: n}) == theirs

    def test_the_other_byte_order_is_read(self) -> None:
        from struct import pack, unpack

        native = compiled(LIBRARY, "en")
        count, _, at = unpack("<3I", native[8:20])
        size = at + 8 * count
        numbers = unpack(f"<{size // 4}I", native[:size])
        swapped = pack(f">{size // 4}I", *numbers) + native[size:]

        assert read(swapped).texts == read(native).texts

    def test_a_text_that_no_language_has_is_an_error(self) -> None:
        with pytest.raises(KeyError, match=r"no\.such\.text"):
            say("no.such.text", "en")

    @pytest.mark.parametrize("language", ["../en", "en/..", "", "xx", "zh_CN"])
    def test_no_language_is_a_path(self, language: str) -> None:
        assert say("yes", language) == "是"

    def test_the_standard_librarys_own_reader_would_answer_with_the_key(self) -> None:
        """Why there is a reader of our own."""
        assert not texts.WORDS.catalogue("en").texts.keys() & {"", "no.such.text"}
        assert catalogues.DEFAULT_LANGUAGE == "zh"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Domain:
    """A room of its own, with a module, a template and two languages."""
    monkeypatch.setattr("tools.messages.extract.ROOT", tmp_path)
    (tmp_path / "code.py").write_text(
        'say("plain")\nsay("one" if x else "other")\nsay(f"mode.{mode}")\nMODES = ["up"]\n', "utf-8"
    )
    (tmp_path / "page.html").write_text("{{ _('page.title') }}{{ _('page.' ~ name) }}", "utf-8")
    made = Domain("room", tmp_path / "locale", tmp_path, (Call("say"), Call("_")), ("zh", "en"))
    update(made)
    return made


def put(
    domain: Domain, language: str, key: str, text: str | tuple[str, ...], plural: str = ""
) -> None:
    """Write a text into a catalogue, as a translator does."""
    found = catalog(domain, language)
    found.delete(key)
    found.add((key, plural) if plural else key, text)
    domain.file(language).parent.mkdir(parents=True, exist_ok=True)
    domain.file(language).write_bytes(written(found))


KEYS = ("plain", "one", "other", "page.title")


@pytest.fixture
def whole(room: Domain) -> Domain:
    """The room with every text in both languages."""
    for language in ("zh", "en"):
        for key in KEYS:
            put(room, language, key, f"{language} {key.partition('.')[0]} {{name}}")
    compile_all(room)
    return room


class TestTheWorkshop:
    """What is planted is found: the checks above can fail."""

    def test_keys_are_taken_from_code_and_templates(self, room: Domain) -> None:
        assert set(messages(room, "zh")) == set(messages(room, "bo")) == set(KEYS)
        assert messages(room, "bo")["page.title"].locations == [("page.html", None)]

    def test_a_whole_room_has_no_problem(self, whole: Domain) -> None:
        assert list(problems(whole)) == []

    def test_a_key_that_is_put_together_is_used_where_its_parts_are(self, whole: Domain) -> None:
        for language in ("zh", "en"):
            put(whole, language, "mode.up", "up")
            put(whole, language, "mode.sideways", "sideways")
        compile_all(whole)

        assert uses(whole).of("mode.up") == {"code.py"}
        assert list(problems(whole)) == [
            "room/zh: mode.sideways is used nowhere",
            "room/en: mode.sideways is used nowhere",
        ]

    def test_a_missing_text_is_found(self, whole: Domain) -> None:
        put(whole, "en", "plain", "")
        compile_all(whole)

        assert list(problems(whole)) == ["room/en: plain is missing"]

    def test_other_names_in_braces_are_found(self, whole: Domain) -> None:
        put(whole, "en", "plain", "en {nmae}")
        put(whole, "en", "one", "en {name")
        compile_all(whole)

        found = list(problems(whole))
        assert "room/en: plain has other names in braces: name, nmae" in found
        assert any(each.startswith("room/en: one can't be filled in") for each in found)

    def test_a_stale_mo_is_found(self, whole: Domain) -> None:
        put(whole, "en", "plain", "new {name}")

        assert list(problems(whole)) == [
            "room/en: the .mo is not what the .po says; run make messages"
        ]

    def test_a_plural_in_one_language_alone_is_found(self, whole: Domain) -> None:
        put(whole, "en", "plain", ("{name} day", "{name} days"), "{name}")
        compile_all(whole)

        assert list(problems(whole)) == [
            "room/en: plain has plurals in one language and none in another"
        ]

    def test_an_unfinished_plural_is_no_text(self, whole: Domain) -> None:
        """Babel's compiler would put the key in its place."""
        put(whole, "en", "plain", ("", "{name} days"), "{name}")

        assert "plain" not in read(compiled(whole, "en")).texts

    def test_a_fuzzy_text_is_found_and_not_shown(self, whole: Domain) -> None:
        path = whole.file("en")
        path.write_text(
            path.read_text("utf-8").replace('msgid "plain"', '#, fuzzy\nmsgid "plain"'), "utf-8"
        )

        assert "plain" not in read(compiled(whole, "en")).texts
        assert "room/en: plain is fuzzy" in list(problems(whole))

    def test_what_nothing_uses_goes_only_when_it_is_told_to(self, whole: Domain) -> None:
        put(whole, "zh", "gone", "走")
        update(whole)
        assert "gone" in messages(whole, "zh")

        update(whole, drop=True)
        assert "gone" not in messages(whole, "zh")

    def test_names_are_read_as_format_reads_them(self) -> None:
        assert names_in("{a} {{b}} {c.d}") == {"a", "c.d"}
