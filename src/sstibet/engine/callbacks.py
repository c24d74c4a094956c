"""Callbacks that come over a network: signed by whoever tells them, and believed in nothing else.

A callback is one JSON object and its signature, ``KEY_ID.SIGNATURE`` (base64), made over the body's
exact bytes by HMAC-SHA256 or Ed25519. Each sending is signed with its own ``sent_at``; the same one
again, while it is fresh, changes nothing that the first didn't.

>>> signer = Signer.shared("k1", bytes(32))
>>> body = write("gateway", "r:3:1", "r", Reply("declined", {"decline_reason": "x"}), 0)
>>> signer.sign(body).partition(".")[0]
'k1'
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from sstibet.deciding import BookFault
from sstibet.engine import errors
from sstibet.engine.access import whole
from sstibet.engine.ports import Reply
from sstibet.engine.replies import same
from sstibet.plain import plain
from sstibet.settings import CallbackKey
from sstibet.stores.records import EFFECT, Conflict, Outgoing

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine

MOST_BYTES = 1_048_576  # a certificate of twenty years of months has some 200,000
_KEYS = {"version", "port", "key", "ref", "answer", "facts", "sent_at"}
_VERSION = 1
_SHAM = CallbackKey(where="", port="none", id="none", secret=bytes(32))
_log = logging.getLogger("sstibet.engine")


class _Unfit(ValueError):
    """Why a callback isn't taken, for the log."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a callback says: to the key of an effect of an item, an answer with its facts."""

    port: str
    key: str
    ref: str
    reply: Reply
    sent_at: int


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs callbacks, on the side of whoever tells them."""

    id: str
    _sign: Callable[[bytes], bytes] = field(repr=False)

    @classmethod
    def shared(cls, id: str, secret: bytes) -> Signer:
        """By a secret that both sides have (HMAC-SHA256)."""
        return cls(id, lambda body: hmac.digest(secret, body, "sha256"))

    @classmethod
    def private(cls, id: str, seed: bytes) -> Signer:
        """By a private key of 32 bytes whose public one the desk has (Ed25519)."""
        return cls(id, Ed25519PrivateKey.from_private_bytes(seed).sign)

    def sign(self, body: bytes) -> str:
        """The signature of a body, as it is sent beside it."""
        return f"{self.id}.{base64.b64encode(self._sign(body)).decode()}"


def write(port: str, key: str, ref: str, reply: Reply, sent_at: int) -> bytes:
    """The body of a callback, to be signed as it is."""
    told = {"version": _VERSION, "port": port, "key": key, "ref": ref, "answer": reply.answer,
            "facts": plain(reply.facts), "sent_at": sent_at}  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def receive(engine: Engine, port: str, body: bytes, signature: str) -> bool:
    """Verify a callback and take it; see `Engine.receive`."""
    try:
        told = _verified(engine, port, body, signature)
        _fits(engine, told)
        return engine.callback(port, told.key, told.reply)
    except Conflict:
        raise  # nothing is wrong with it: whoever sent it sends it again
    except (_Unfit, BookFault) as unfit:
        # What is left out of step by this is found by a reconciliation.
        _log.error("a callback of %s is refused: %s", _named(port), unfit)
    except errors.OF_ONE_ITEM as fault:
        _log.error("a callback of %s is refused: %s", _named(port), errors.in_words(fault))
    raise errors.CallbackRefused


def _named(port: object) -> str:
    return port if isinstance(port, str) and port.isidentifier() and len(port) < 40 else "?"


def _verified(engine: Engine, port: str, body: bytes, signature: str) -> Told:
    """What a callback says, once its signature and its time are right."""
    if not isinstance(body, bytes) or len(body) > MOST_BYTES:
        raise _Unfit("its body is no bytes, or too many")
    if not isinstance(signature, str) or len(signature) > 200 or not signature.isascii():
        raise _Unfit("its signature is none")
    name, _, given = signature.partition(".")
    keys = engine.settings.callbacks
    key = next((each for each in keys if (each.port, each.id) == (port, name)), None)
    try:
        signed = base64.b64decode(given, validate=True)
    except ValueError:
        signed = b""
    # The same work for a key that there isn't, so that time doesn't tell which there are.
    right = _is_signed(key or _SHAM, body, signed)
    if key is None or not right:
        raise _Unfit("it is signed by none of this port's keys")
    told = _parsed(body)
    if told.port != port:
        raise _Unfit("it is of another port")
    if abs(engine.clock.now() - told.sent_at) > key.minutes * 60:
        raise _Unfit(f"it is more than {key.minutes} minutes old, or of a later time than ours")
    return told


def _is_signed(key: CallbackKey, body: bytes, signed: bytes) -> bool:
    if key.secret is not None:
        return hmac.compare_digest(hmac.digest(key.secret, body, "sha256"), signed)
    assert key.public is not None, "one of the two"
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _parsed(body: bytes) -> Told:
    """A body of exactly the keys that a callback has, each of its own type."""
    try:
        found = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except (ValueError, RecursionError):  # UnicodeDecodeError and _Unfit are ValueErrors
        raise _Unfit("its body is not the JSON of a callback") from None
    if not isinstance(found, dict) or found.keys() != _KEYS:
        raise _Unfit("its body hasn't the keys of a callback")
    sent_at, version, facts = found["sent_at"], found["version"], found["facts"]
    texts = all(whole(found[each], 1000) for each in ("port", "key", "ref", "answer"))
    if not texts or type(sent_at) is not int or not isinstance(facts, dict):
        raise _Unfit("a value of its body is of the wrong type")
    if type(version) is not int or version != _VERSION:
        raise _Unfit("it is of another version")
    if not _sound(facts):
        raise _Unfit("a fact of it is no value that can be kept")
    reply = Reply(found["answer"], facts)
    return Told(found["port"], found["key"], found["ref"], reply, sent_at)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit("a key stands there twice")
    return found


def _no_number(text: str) -> Any:
    raise _Unfit("numbers are whole; amounts are texts")


def _sound(value: object, deep: int = 8) -> bool:
    """Text without half characters, whole numbers, yes and no, and lists and rows of these."""
    if deep == 0:  # rows of rows of rows: no fact is like that
        return False
    if isinstance(value, str):
        return value == "" or whole(value, MOST_BYTES)
    if isinstance(value, Mapping):
        return all(_sound(each, deep - 1) for pair in value.items() for each in pair)
    if isinstance(value, list):
        return all(_sound(each, deep - 1) for each in value)
    return isinstance(value, int)


def _fits(engine: Engine, told: Told) -> None:
    """That it answers what this port was asked, for this item, with the facts of that answer."""
    row = engine.store.outgoing(told.key)
    if row is None or row.kind != EFFECT or row.to.partition(".")[0] != told.port:
        raise _Unfit("nothing was asked of this port under its key")
    if row.ref != told.ref:
        raise _Unfit(f"{row.key} was asked for another item than it names")
    _facts_of(engine, row, told.reply)


def _facts_of(engine: Engine, row: Outgoing, reply: Reply) -> None:
    item = engine.store.get(row.ref)
    if item is None:
        raise _Unfit(f"{row.key} has no item")
    # By what was asked: the effect may have another name by now.
    port, _, asked = row.to.partition(".")
    verb = engine.decider.contents.ports[port].verbs[asked]
    answer = verb.answers.get(reply.answer)
    if not verb.later or answer is None:
        raise _Unfit(f"{row.to} gives no answer {reply.answer[:40]!r} by a callback")
    known = {*answer.gives, *answer.may_give, *answer.confirms}
    if not reply.facts.keys() <= known:
        raise _Unfit(f"{row.key} is answered with facts that {reply.answer!r} doesn't have")
    dictionary = engine.decider.contents.dictionary
    for name, value in reply.facts.items():
        # A whole number may be yuan here and fen there: an amount is a text, with its point.
        if dictionary.facts[name].kind == "money" and not isinstance(value, str):
            raise _Unfit(f"{row.key} is answered with a {name} that is no text")
        try:
            dictionary.read(name, value)
        except ValueError:
            raise _Unfit(f"{row.key} is answered with a {name} that can't be read") from None
    # Before it is asked whether it was answered already: one that contradicts is told of as well.
    for name in answer.confirms:
        told = row.told.get(name)
        if told is not None and not same(name, reply.facts.get(name), told, dictionary.read):
            raise _Unfit(f"{row.key}: {row.to} answered about another {name} than was asked")
