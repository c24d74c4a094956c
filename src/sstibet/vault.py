"""Sealing what stands at rest (静态加密), and keyed indexes for what must be looked up.

What is sealed can be read, and can have been written, only by whoever has the key. It is bound to
its place: a row that was altered, or moved to where another stood, is `Spoilt` and never used.

>>> vault = Vault.fresh()
>>> vault.open(vault.seal(b"plain", b"items r 1"), b"items r 1")
b'plain'
"""

from __future__ import annotations

import base64
import contextlib
import logging
import os
import secrets
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from sstibet.sweeping import swept

KEY_BYTES = 32
_FORMAT = 1
_NONCE = 12
_INDEX_BYTES = 64
HEAD_BYTES = 2 + 40  # the longest beginning that names a key
_LONGEST_FILE = 1000  # of a key; whatever is longer is none
BESIDE = "beside"  # the id of a file's own key
_log = logging.getLogger("sstibet.vault")


class Spoilt(ValueError):
    """What is kept isn't as the library wrote it: altered, moved, or sealed by an unknown key."""


class Vault:
    """Seals and opens (AES-256-GCM) under keys by their ids; the first seals, all of them open.

    Each text has a nonce of its own by chance (96 bits): of 2**32 texts under one key two have the
    same one with a chance of 2**-32 (NIST SP 800-38D, 8.3). A step seals some four texts, so that
    one in ten million a day for a hundred years stays far below; a desk that does more changes its
    key (``sstibet rotate``) before it has sealed so many.
    """

    __slots__ = ("_current", "_head", "_key", "_keys")

    @swept
    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("a vault needs a key")
        for name, key in keys.items():
            if len(key) != KEY_BYTES or not 1 <= len(name.encode()) <= 40:
                raise ValueError(f"the key {name!r} must be of {KEY_BYTES} bytes, its id short")
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._current = next(iter(keys))
        self._key, head = self._keys[self._current], self._current.encode()
        self._head = bytes((_FORMAT, len(head))) + head

    @classmethod
    def fresh(cls) -> Vault:
        """A vault with a key that nobody has and that ends with it: for what is in memory."""
        return cls({"memory": secrets.token_bytes(KEY_BYTES)})

    @classmethod
    def beside(cls, path: str | Path) -> Vault:
        """The vault of a file whose key stands beside it (``desk.db.key``), made by the first who
        asks and readable by its owner alone. For one machine; a bureau gives keys by its settings.
        """
        return cls({BESIDE: key_beside(path)})

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """``plain``, sealed under the current key and bound to what ``bound`` says of its place."""
        nonce = os.urandom(_NONCE)
        head = self._head
        return head + nonce + self._key.encrypt(nonce, plain, head + bound)

    @property
    def head(self) -> bytes:
        """How everything begins that the current key has sealed."""
        return self._head

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """What was sealed for this place. Raises Spoilt."""
        head, key = self._head, self._key
        if not (isinstance(sealed, bytes) and sealed.startswith(head)):
            name, head = self._named(sealed)
            found = self._keys.get(name)
            if found is None:
                raise Spoilt(f"it was sealed by the key {name!r}, which the settings don't have")
            key = found
        nonce, text = sealed[len(head) : len(head) + _NONCE], sealed[len(head) + _NONCE :]
        try:
            return key.decrypt(nonce, text, head + bound)
        except (InvalidTag, ValueError):
            raise Spoilt("it isn't as it was written, or doesn't belong where it stands") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the current key has sealed it; what another has is sealed anew by a rotation."""
        return self._named(sealed)[0] == self._current

    def new_index(self, bound: bytes) -> bytes:
        """The key of a new `Index`, sealed: it stays the same for as long as its store does."""
        return self.seal(secrets.token_bytes(_INDEX_BYTES), bound)

    def index(self, sealed: bytes, bound: bytes) -> Index:
        """The index whose key `new_index` has sealed. Raises Spoilt."""
        return Index(self.open(sealed, bound))

    def __repr__(self) -> str:
        return f"<Vault {', '.join(self._keys)}>"

    @staticmethod
    def _named(sealed: object) -> tuple[str, bytes]:
        whole = isinstance(sealed, bytes) and len(sealed) > 2 and sealed[0] == _FORMAT
        if not isinstance(sealed, bytes) or not whole:
            raise Spoilt("it isn't sealed, or by another version")
        head = sealed[: 2 + sealed[1]]
        return head[2:].decode("utf-8", "replace"), head


def key_of(sealed: bytes) -> str:
    """The id of the key that has sealed something; its first `HEAD_BYTES` are enough."""
    return Vault._named(sealed)[0]


class Index:
    """A keyed index: equal texts of one kind have the same mark, and only who has the key can tell
    which text a mark stands for."""

    __slots__ = ("_mark", "_siv")

    def __init__(self, key: bytes) -> None:
        if len(key) != _INDEX_BYTES:
            raise Spoilt("this is no key of an index")
        self._siv = AESSIV(key)
        mark = HMAC(key, SHA256())
        mark.update(b"sstibet index")
        self._mark = HMAC(mark.finalize(), SHA256())

    def of(self, kind: str, text: str) -> bytes:
        """The mark of a text (16 bytes), from which nobody comes back to it."""
        told = kind.encode() + b"\0" + text.encode("utf-8", "surrogatepass")
        mark = self._mark.copy()
        mark.update(told)
        return mark.finalize()[:16]

    def seal(self, kind: str, text: str) -> bytes:
        """A text sealed so that equal texts look equal (AES-SIV): a column that is looked up by it
        and read back."""
        return self._siv.encrypt(text.encode("utf-8", "surrogatepass"), [kind.encode()])

    def open(self, kind: str, sealed: bytes) -> str:
        """What `seal` has sealed. Raises Spoilt."""
        try:
            plain = self._siv.decrypt(sealed, [kind.encode()])
        except (InvalidTag, ValueError):
            raise Spoilt(f"a {kind} isn't as it was written") from None
        return plain.decode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return "<Index>"


@swept
def key_beside(path: str | Path) -> bytes:
    """The key beside a file, made where there is none.

    OSError where it can't be read or made, or is another user's, who may know it: in a folder that
    others write to they could have put it there first.
    """
    place = Path(f"{path}.key")
    if not place.exists():
        _make_once(place, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
    try:
        key = base64.b64decode(_read_own(place).strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise OSError(f"{place} holds no key; the file beside it can't be read without its own")
    return key


def _read_own(place: Path) -> bytes:
    with place.open("rb") as file:
        # Of the file that is open, so that no other can be put in its place in between.
        status = os.fstat(file.fileno())
        if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid) and status.st_uid:
            raise OSError(f"{place} belongs to another user, who may know the key in it")
        tell_if_open_to_others(place, status)
        return file.read(_LONGEST_FILE)


def tell_if_open_to_others(place: Path, status: os.stat_result) -> None:
    """Tell in the log that others may read a file with keys."""
    if os.name == "posix" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        _log.warning("%s holds keys, and others may read it: chmod 600 it", place)


def _make_once(place: Path, text: bytes) -> None:
    """Write a whole file that only its owner reads, unless somebody else was quicker."""
    handle, made = tempfile.mkstemp(prefix=place.name, dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(made, place)
        _sync_folder(place.parent)
    finally:
        os.unlink(made)


def _sync_folder(folder: Path) -> None:
    """A file's name is on the disk once its folder is; without it a lost key would lose all."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
