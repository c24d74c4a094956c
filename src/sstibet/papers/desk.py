"""Certificates at a desk: the paper of an item, whose seals the desk believes, and how one that
somebody brings stands."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from sstibet.engine.access import DESK, Acting
from sstibet.engine.clock import day_of
from sstibet.engine.errors import NoPaper, PortMissing
from sstibet.engine.ports import Call, Reply, Unavailable
from sstibet.items.roles import GO_ON
from sstibet.months import parse_day
from sstibet.papers.certificate import NotACertificate
from sstibet.papers.sealing import Ed25519Signer, Ed25519Verifier, Sealed, Verdict, Verifier, judge
from sstibet.plain import plain

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.items.value import Item
    from sstibet.settings import PaperSettings

SEALED = "sealed_certificate"  # the fact that an issuer brings
PORT, RECORD = "papers", "on_record"
_AGREE = {"certificate_no": "number", "voucher_no": "voucher_no", "issued_on": "issued_on"}


class Standing(Enum):
    """How a certificate stands that somebody brings to a desk."""

    GENUINE = "genuine"
    REFUNDED = "refunded"  # it says what was signed, and something in it was repaid since
    ALTERED = "altered"  # or never signed by the key that it names
    UNKNOWN_KEY = "unknown_key"
    NOT_ON_RECORD = "not_on_record"  # signed by a known key, and its issuer knows nothing of it


@dataclass(frozen=True, slots=True)
class Checked:
    """How a certificate stands, and where something in it was repaid, the last day of that."""

    standing: Standing
    refunded_on: date | None = None


def signer_of(settings: PaperSettings) -> Ed25519Signer | None:
    """Who seals by the settings; None where they have no key."""
    if not settings.keys:
        return None
    return Ed25519Signer(settings.keys[0].id, settings.keys[0].secret)


def verifiers_of(desk: Engine) -> tuple[Verifier, ...]:
    """What judges the certificates that a desk believes, each key once."""
    settings = desk.settings.papers
    found: list[Verifier] = [Ed25519Signer(key.id, key.secret).verifier for key in settings.keys]
    found += [Ed25519Verifier.of_bytes(key.id, key.public) for key in settings.believed]
    theirs = getattr(desk.ports.get(PORT), "verifiers", None)
    # A port may answer to any name by a verb (`PartialPort`); only a tuple is what is meant here.
    found += theirs if isinstance(theirs, tuple) else ()
    kept = dict[tuple[str, str], Verifier]()
    for each in found:
        kept.setdefault((each.key, each.algorithm), each)
    return tuple(kept.values())


def paper_of(desk: Engine, item: Item, acting: Acting) -> Sealed:
    """The certificate that an item has brought, for whoever acts. NoPaper where it has none, or it
    is left to the owner; NotACertificate where its issuer's seal doesn't fit it, or it isn't the
    one that the item shows."""
    if acting.withheld(item.head.item, None, GO_ON, frozenset({SEALED})):
        raise NoPaper("the owner of this item must fetch it in person")
    text = item.answers.get(SEALED)
    if text is None:
        raise NoPaper("this item has no certificate, or none yet")
    sealed = Sealed.read(str(plain(text)))
    shown = {name: str(item.answers.get(name)) for name in _AGREE}
    said = {name: str(getattr(sealed.certificate, attr)) for name, attr in _AGREE.items()}
    if shown != said or judge(sealed, verifiers_of(desk)) is Verdict.ALTERED:
        raise NotACertificate("what the issuer sealed isn't the certificate that it told of")
    return sealed


def verify(desk: Engine, sealed: Sealed) -> Checked:
    """Whether a certificate is genuine, and how it stands on record. See `Engine.verify_paper`."""
    verdict = judge(sealed, verifiers_of(desk))
    if verdict is not Verdict.GENUINE:
        return Checked(Standing(verdict.value))
    ask = getattr(desk.ports.get(PORT), RECORD, None)
    if not callable(ask):
        raise PortMissing(f"nobody answers {PORT}.{RECORD}")
    at, key = desk.clock.now(), f"verify:{secrets.token_hex(16)}"
    call = Call(key, key, f"{DESK}verify", at, day_of(at, desk.zone))
    answer = ask(call, certificate_no=sealed.certificate.number)
    told = answer.answer if isinstance(answer, Reply) else None
    if told == "genuine":
        return Checked(Standing.GENUINE)
    if told == "not_found":
        return Checked(Standing.NOT_ON_RECORD)
    if told == "refunded":
        try:
            return Checked(Standing.REFUNDED, parse_day(str(answer.facts["refunded_on"])))
        except (KeyError, ValueError):
            pass
    raise Unavailable(f"what {PORT}.{RECORD} answered can't be read")
