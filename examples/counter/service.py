"""What the pages share: the desk, the words, the templates; and how a page is made of them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import sstibet
from counter import fields
from counter.asking import LANGUAGE, Asker, Cookies, asker
from counter.keeping import Kept
from counter.progress import Home
from counter.words import CATALOGUES, TAGS, Words, chosen, marked
from sstibet import formats
from sstibet.papers.press import Press

HERE = Path(__file__).parent
# Chinese from its first sign to its last, with what stands between: a document's name.
_CHINESE = re.compile(
    r"([\u3000-\u9fff\uff00-\uffef](?:[^a-zA-Z\[\]]*[\u3000-\u9fff\uff00-\uffef])?)"
)
_LOCALES = {"zh": "zh_Hans_CN", "en": "en", "bo": "zh_Hans_CN"}


@dataclass(frozen=True)
class Options:
    """How the service runs.

    Args:
        https: whether browsers reach it by https; False is for localhost alone.
        demo: whether it has a panel to play the bank, and tells that all persons are invented.
        by_address, by_session: how often one may ask, as `limits` writes it.
    """

    https: bool = True
    demo: bool = False
    by_address: str = "600/minute"
    by_session: str = "240/minute"


@dataclass(frozen=True)
class Counter:
    """The service's parts, in one place."""

    desk: sstibet.Engine
    options: Options
    words: Words
    home: Home
    cookies: Cookies
    templates: Environment
    press: Press | None = None
    kept: Kept = field(default_factory=Kept)

    @classmethod
    def of(cls, desk: sstibet.Engine, options: Options, press: Press | None = None) -> Counter:
        """The parts for a desk; without a press its certificates aren't printed."""
        templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        home, cookies = Home.read(desk.book), Cookies(options.https)
        return cls(desk, options, Words.read(), home, cookies, templates, press)

    def asker(self, request: Request) -> Asker:
        """Who asks; looked up once for each request."""
        if not hasattr(request.state, "asker"):
            request.state.asker = asker(self.desk, self.cookies, request)
        found: Asker = request.state.asker
        return found

    def language(self, request: Request) -> str:
        """The language of the answer."""
        accepts = request.headers.get("accept-language", "")
        return chosen(request.cookies.get(LANGUAGE), accepts)

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """A page, with all that each of them needs."""
        asking, writing = self.asker(request), Writing(self, self.language(request))
        text = self.templates.get_template(template).render(
            w=writing,
            _=writing.text,
            asking=asking,
            demo=self.options.demo,
            here=request.url.path if status == 200 else "/",
            new_key=lambda: secrets.token_urlsafe(16),
            **values,
        )
        response = HTMLResponse(text, status, headers)
        response.headers["Content-Language"] = TAGS[writing.language]
        return self.known(response, asking)

    def redirect(self, request: Request, to: str) -> Response:
        """On to another page, by GET."""
        return self.known(RedirectResponse(to, 303), self.asker(request))

    def known(self, response: Response, asking: Asker) -> Response:
        """The answer, with a cookie for a visitor who has none."""
        if asking.fresh:
            self.cookies.put(response, self.cookies.visitor, asking.secret)
        return response


@dataclass(frozen=True)
class Writing:
    """How a page writes what the book and the desk say, in its language."""

    counter: Counter
    language: str

    @property
    def tag(self) -> str:
        """The page's language, for ``lang``."""
        return TAGS[self.language]

    @property
    def languages(self) -> Mapping[str, str]:
        """The languages that can be chosen, with their tags."""
        return {each: TAGS[each] for each in CATALOGUES}

    def text(self, key: str, **values: object) -> Markup:
        """A text of the catalogues."""
        return self.counter.words.markup(key, self.language, **values)

    def plain(self, key: str, **values: object) -> str:
        """A text of the catalogues for an attribute."""
        return self.counter.words.plain(key, self.language, **values)

    def label(self, label: Any) -> Markup:
        """A label of the book, marked where it is in another language than the page."""
        if label is None:
            return Markup()
        text, language = label.text(self.language), label.language(self.language)
        if language != self.language:
            return marked(text, language)
        # The book's English begins small, for use in a sentence; here it stands by itself.
        return Markup.escape(text[:1].upper() + text[1:] if language == "en" else text)

    def told(self, sentence: Any) -> Markup:
        """What is wrong, refused or how it stands, by the library's own words; they are in Chinese
        where it has none in the page's language."""
        text = sentence.text(self.language)
        return marked(text, "zh") if self.language == "bo" else Markup.escape(text)

    def field(self, each: Any) -> Markup:
        """What a field that is only shown says."""
        return self._stands_in(fields.field_text(each, self.language))

    def source(self, text: str) -> Markup:
        """A document's title, which is in Chinese."""
        return self._stands_in(text)

    def cell(self, each: Any, row: Any, column: Any) -> Markup:
        """What a row shows in a column."""
        return self._stands_in(fields.cell_text(each, row, column, self.language))

    def steps(self, answer: sstibet.Quote | sstibet.Entitlement) -> Iterator[tuple[str, Markup]]:
        """The steps of an answer's explanation: what kind of step each is (a rule that was made up
        is marked), and its sentence."""
        for each in answer.explain(self.language).steps:
            told = each.json(self.language)
            made_up = told.get("evidence") == "synthetic"
            yield (
                ("synthetic" if made_up else str(told["step"])),
                self.sentence(each.text(self.language)),
            )

    def sentence(self, text: str) -> Markup:
        """A sentence of the library's; in it stand Chinese names, and it is Chinese as a whole
        where there is none in the page's language."""
        if self.language == "zh":
            return Markup.escape(text)
        if self.language == "bo":
            return marked(text, "zh")
        parts = _CHINESE.split(text)  # every second one is Chinese
        return Markup().join(
            marked(each, "zh") if n % 2 else Markup.escape(each) for n, each in enumerate(parts)
        )

    def _stands_in(self, text: str) -> Markup:
        chinese = any("\u4e00" <= each <= "\u9fff" for each in text)
        return marked(text, "zh") if chinese and self.language != "zh" else Markup.escape(text)

    def amount(self, value: sstibet.Money) -> str:
        """An amount with its sign."""
        return formats.amount(value)

    def period(self, value: str) -> str:
        """A period of a line: a month, a year, or from one month to another."""
        return fields.written("month", value, lambda: value, self.language)

    def evidence(self, kind: str) -> Markup:
        """How a rule is known."""
        return self.code("evidence_kinds", kind)

    def code(self, codes: str, value: str) -> Markup:
        """A code of the book by its label."""
        return self.label(
            self.counter.desk.book.contents.dictionary.codes[codes].codes[value].label
        )

    def time(self, at: int) -> str:
        """An instant, in the desk's time zone."""
        local = datetime.fromtimestamp(at, ZoneInfo(self.counter.desk.zone))
        locale = _LOCALES[self.language]
        return str(format_datetime(local, self.plain("site.time"), locale=locale))

    def name_of(self, language: str) -> str:
        """What a language is called. Tibetan's own name for itself waits for a translator."""
        return self.counter.words.plain(f"language.{language}", self.language)

    def plain_value(self, value: Any) -> str:
        """An option's value as it is sent."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)

    def same(self, now: Any, value: Any) -> bool:
        """Whether an option is the one that stands there."""
        return now is not None and self.plain_value(now) == self.plain_value(value)

    def naming(self, each: Any, row: Any) -> list[str]:
        """The columns that a row is called by: the first two in which it shows something."""
        shown = [c for c in each.rows.shows if c.kind != "yes_no" and self.cell(each, row, c)]
        return [column.name for column in shown[:2]]

    def row_name(self, each: Any, row: Any) -> Markup:
        """What a row is called."""
        names = self.naming(each, row)
        texts = [self.cell(each, row, c) for c in each.rows.shows if c.name in names]
        return Markup(" · ").join(texts)

    def item(self, name: str) -> Any:
        """An item of the book."""
        return self.counter.desk.book.contents.items[name]
