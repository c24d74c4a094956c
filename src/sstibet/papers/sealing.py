"""Signing certificates (签名) and judging them, with a public key and nothing else.

Ed25519 is built in. Another algorithm, such as SM2 (国密), is a port: any object with the two
attributes and the one method of `Signer`, and one of `Verifier` on the other side.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from sstibet.papers.certificate import FORMAT, Certificate, NotACertificate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = "Ed25519"
SEED_BYTES = 32
_MOST = 2_000_000  # characters of a sealed certificate; more is none that was ever issued


class Signer(Protocol):
    """Signs for one key, of one algorithm."""

    @property
    def key(self) -> str:
        """What the key is called in a seal."""
        ...

    @property
    def algorithm(self) -> str:
        """What it signs by."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        ...


class Verifier(Protocol):
    """Judges signatures of one key, by what may be public."""

    @property
    def key(self) -> str:
        """What the key is called in a seal."""
        ...

    @property
    def algorithm(self) -> str:
        """What it signs by."""
        ...

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this message."""
        ...


class Ed25519Signer:
    """Signs with an Ed25519 key of 32 bytes (`Settings.papers`)."""

    algorithm = ED25519

    def __init__(self, key: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.key = key
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    @classmethod
    def fresh(cls, key: str) -> Ed25519Signer:
        """A signer with a new key that is kept nowhere."""
        return cls(key, secrets.token_bytes(SEED_BYTES))

    @classmethod
    def named(cls, seed: bytes) -> Ed25519Signer:
        """A signer whose key is named by what it is, ``desk-`` and the beginning of the SHA-256 of
        its public key: no two keys have the same name by chance."""
        made = cls("", seed)
        public = made._private.public_key().public_bytes_raw()
        return cls(f"desk-{sha256(public).hexdigest()[:16]}", seed)

    def sign(self, message: bytes) -> bytes:
        """The signature of a message (64 bytes)."""
        return self._private.sign(message)

    @property
    def verifier(self) -> Ed25519Verifier:
        """What judges this signer's signatures, and may be given to anybody."""
        return Ed25519Verifier.of_bytes(self.key, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"<Ed25519Signer {self.key}>"


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """Judges by a public key in PEM. ValueError or TypeError, when first used, where it is none."""

    key: str
    pem: str
    algorithm: str = ED25519

    @classmethod
    def of_bytes(cls, key: str, public: bytes) -> Ed25519Verifier:
        """By the 32 bytes of a public key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        loaded = Ed25519PublicKey.from_public_bytes(public)
        pem = loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return cls(key, pem.decode())

    def check(self) -> None:
        """ValueError or TypeError where the key is none, or of another algorithm."""
        _public(self.key, self.pem)

    def fits(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this message."""
        from cryptography.exceptions import InvalidSignature

        try:
            _public(self.key, self.pem).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Sealed:
    """A certificate with its signature: by which key, of which algorithm."""

    certificate: Certificate
    key: str
    algorithm: str
    signature: bytes

    def text(self) -> str:
        """As it is attached to the paper: JSON."""
        told = {
            "certificate": json.loads(self.certificate.canonical()),
            "key": self.key,
            "algorithm": self.algorithm,
            "signature": base64.b64encode(self.signature).decode(),
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1)

    @classmethod
    def read(cls, text: str | bytes) -> Sealed:
        """What `text` wrote. NotACertificate where it is anything else."""
        if len(text) > _MOST:
            raise NotACertificate("this is no sealed certificate: it is far too long")
        try:
            told: Any = json.loads(text, object_pairs_hook=_once)
            certificate = Certificate.read(told["certificate"])
            key, algorithm = told["key"], told["algorithm"]
            signature = base64.b64decode(told["signature"], validate=True)
            whole = type(key) is str and type(algorithm) is str and len(told) == 4
        except NotACertificate:
            raise
        except (KeyError, TypeError, ValueError, RecursionError):
            whole = False
        if not whole:
            raise NotACertificate("this is no sealed certificate")
        return cls(certificate, key, algorithm, signature)


class Verdict(Enum):
    """What is to be said of a sealed certificate."""

    GENUINE = "genuine"
    ALTERED = "altered"  # or never signed by this key
    UNKNOWN_KEY = "unknown_key"


def seal(certificate: Certificate, signer: Signer) -> Sealed:
    """The certificate, signed."""
    signature = signer.sign(_message(certificate))
    return Sealed(certificate, signer.key, signer.algorithm, signature)


def judge(sealed: Sealed, verifiers: Iterable[Verifier]) -> Verdict:
    """Whether a certificate says what was signed. Needs no network and no register: only the public
    keys of those whose certificates one believes."""
    known = {(each.key, each.algorithm): each for each in verifiers}
    verifier = known.get((sealed.key, sealed.algorithm))
    if verifier is None:
        return Verdict.UNKNOWN_KEY
    genuine = verifier.fits(_message(sealed.certificate), sealed.signature)
    return Verdict.GENUINE if genuine else Verdict.ALTERED


def _message(certificate: Certificate) -> bytes:
    # What is signed says what it is, so that no signature of anything else passes for one of these.
    return f"{FORMAT}\0".encode() + certificate.canonical()


def _public(key: str, pem: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(pem.encode())
    if not isinstance(public, Ed25519PublicKey):
        raise TypeError(f"the public key {key!r} is not of {ED25519}")
    return public


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """An object without doubled keys, of which two readers might take different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a doubled key")
    return found
