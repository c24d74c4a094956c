"""What can go wrong with a request, as problem details (RFC 9457).

Each kind of problem has a name, a status, and a title and a sentence in ``words/``; its ``type`` is
the place of the page that tells of it. Nothing of what was sent is repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from starlette.exceptions import HTTPException

from sstibet import (
    CallbackRefused,
    Conflict,
    EditionGone,
    KeyInFlight,
    KeyReused,
    MachineChanged,
    NoPaper,
    NoSuchItem,
    NotOpen,
    NotSignedIn,
    Refusal,
    StoreAway,
    Unavailable,
    View,
    Wrong,
)

from .shapes import FailedRule, FieldError, Problem, RuleRefusal
from .tongues import spoken, words

_log = logging.getLogger("counter.api")
PAGE = "/api/problems"
KINDS = {
    "not-json": 400,
    "key-missing": 400,
    "key-malformed": 400,
    "bad-header": 400,
    "not-signed-in": 401,
    "not-open": 403,
    "in-person": 403,
    "callback-refused": 403,
    "login-not-usable": 403,
    "not-found": 404,
    "no-certificate": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "key-in-flight": 409,
    "not-now": 409,
    "cannot-go-on": 409,
    "moved-on": 412,
    "too-large": 413,
    "not-json-type": 415,
    "wrong-fields": 422,
    "refused-by-rule": 422,
    "key-reused": 422,
    "too-many-requests": 429,
    "fault": 500,
    "busy": 503,
}
_MOST = 20
AGAIN = {"Retry-After": "1"}
BEARER = {"WWW-Authenticate": 'Bearer realm="sstibet"'}
_RAISED: Mapping[type[Exception], str] = {
    CallbackRefused: "callback-refused",
    Conflict: "busy",
    EditionGone: "cannot-go-on",
    KeyInFlight: "key-in-flight",
    KeyReused: "key-reused",
    MachineChanged: "cannot-go-on",
    NoPaper: "no-certificate",
    NoSuchItem: "not-found",
    NotOpen: "not-open",
    NotSignedIn: "login-not-usable",
    StoreAway: "busy",
    Unavailable: "busy",
}
# What the engine calls a refusal that is neither of fields nor of a rule.
_REFUSED = {"not_now": "not-now", "in_person": "in-person", "moved_on": "moved-on",
            "answered": "not-now"}  # fmt: skip


class Trouble(HTTPException):
    """A request that is answered by a problem: its kind, what is wrong field by field, the rule
    that refuses, headers that go with it, and the names of parameters that there aren't."""

    def __init__(
        self,
        kind: str,
        errors: tuple[FieldError, ...] = (),
        *,
        refusal: RuleRefusal | None = None,
        headers: Mapping[str, str] | None = None,
        names: tuple[str, ...] = (),
    ) -> None:
        super().__init__(KINDS[kind], kind, dict(headers or {}))
        self.kind, self.errors, self.refusal, self.names = kind, errors, refusal, names

    def told(self, language: str) -> Problem:
        """As it is sent, in a language."""
        said = words(language)
        errors = list(self.errors)
        for name in self.names[:_MOST]:
            detail = said["error.extra_forbidden"]
            errors.append(FieldError(parameter=name[:40], code="extra_forbidden", detail=detail))
        return Problem(
            type=f"{PAGE}#{self.kind}",
            title=said[f"{self.kind}.title"],
            status=KINDS[self.kind],
            detail=said[f"{self.kind}.detail"],
            errors=errors or None,
            refusal=self.refusal,
        )


def of_library(error: Exception) -> Trouble:
    """What the library raised, as a problem; what is no answer to a request goes to the log."""
    name = next((name for kind, name in _RAISED.items() if isinstance(error, kind)), "fault")
    if name == "fault":
        _log.error("a request broke down", exc_info=error)
    return Trouble(name, headers=AGAIN if name in ("key-in-flight", "busy") else {})


def if_refused(view: View, language: str, pointer: str = "#/answers") -> None:
    """Raise what refused the event that was sent last; nothing has changed then."""
    if view.problems:
        raise Trouble("wrong-fields", tuple(of_fields(view.problems, language, pointer)))
    if view.refusal is not None and view.code not in _REFUSED:
        raise Trouble("refused-by-rule", refusal=refusal(view.refusal, language))
    if view.code is not None:
        raise Trouble(_REFUSED.get(view.code, "not-now"))


def of_fields(wrong: Iterable[Wrong], language: str, pointer: str) -> Iterable[FieldError]:
    """What is wrong, each by the JSON pointer of its field in the body."""
    for each in wrong:
        fact, _, column = each.field.partition(".")
        yield FieldError(
            pointer=f"{pointer}/{escaped(fact)}",
            column=column or None,
            code=each.code,
            detail=each.text(spoken(language)),
        )


def escaped(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def refusal(found: Refusal, language: str) -> RuleRefusal:
    """A rule's refusal: why, and where each rule that says no stands and rests on."""
    language = spoken(language)
    return RuleRefusal(
        code=found.code,
        detail=found.text(language),
        rules=[
            FailedRule(
                id=each.id,
                label=each.label.text(language),
                rule=each.rule,
                doc=each.evidence.doc,
                evidence=each.evidence.kind,
            )
            for each in found.failed
        ],
    )
