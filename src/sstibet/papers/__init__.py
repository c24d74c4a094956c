"""Papers (证明): certificates as values, signed so that no change goes unseen, and printed.

>>> from sstibet.papers import Ed25519Signer, seal
>>> signer = Ed25519Signer.fresh("k1")
"""

from sstibet.papers.certificate import (
    PAYMENT,
    TAX,
    Certificate,
    NotACertificate,
    PaidLine,
)
from sstibet.papers.sealing import (
    Ed25519Signer,
    Ed25519Verifier,
    Sealed,
    Signer,
    Verdict,
    Verifier,
    judge,
    seal,
)

__all__ = [
    "PAYMENT",
    "TAX",
    "Certificate",
    "Ed25519Signer",
    "Ed25519Verifier",
    "NotACertificate",
    "PaidLine",
    "Sealed",
    "Signer",
    "Verdict",
    "Verifier",
    "judge",
    "seal",
]
