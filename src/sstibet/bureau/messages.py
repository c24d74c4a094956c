"""Text messages (短信): six digits, bound to one item and one number, ten minutes, three tries.

A code is kept as a keyed mark (HMAC) of it, its item, and whom it was sent to. A hash alone, even a
dear one, would give six digits back to whoever tries them all; without the bureau's key, which is
sealed, there is nothing to try. The text of a message is in memory only.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from sstibet.bureau.database import Row
from sstibet.bureau.office import Office, Port, says, verb
from sstibet.bureau.passwords import fold
from sstibet.bureau.throttle import Throttle
from sstibet.engine.ports import Call, Reply, reply

VALID = 600  # seconds
_TRIES = 3  # of one code
# (seconds, messages): to one user, and to one number.
_SENDINGS = ((600, 5), (86_400, 20))


class Messages(Port):
    """Sends and checks codes."""

    name = "messages"

    def __init__(self, office: Office, codes: Callable[[], str]) -> None:
        super().__init__(office)
        self._codes, self._throttle = codes, Throttle(office.database)
        self._inbox: dict[str, list[str]] = {}
        self._unsent = ""

    @verb
    def send_code(self, call: Call, *, mobile: str) -> Reply:
        """Send a code to a number."""
        return self._send(call, mobile, mobile)

    @verb
    def send_code_to_user(self, call: Call, *, user_name: str) -> Reply:
        """Send a code to a user's own number. For a name that nobody has, all is the same, but for
        the message."""
        name = self.database.seal("user_name", fold(user_name))
        user = self.database.row("SELECT mobile FROM bureau_users WHERE user_name = ?", name)
        return self._send(call, user_target(user_name), user["mobile"] if user else None)

    def _send(self, call: Call, target: str, mobile: str | None) -> Reply:
        to = self._to(target)
        number = self.database.mark("number", mobile if mobile is not None else target)
        often = [self._often(each, call.at) for each in (to, number)]
        if any(often):
            return reply("too_many")
        code = self._codes()
        for each in (to, number):
            self.database.insert("bureau_sendings", sent_to=each, at=call.at)
        self.database.run(
            "INSERT OR REPLACE INTO bureau_codes (ref, sent_to, number, mark, at) "
            "VALUES (?, ?, ?, ?, ?)",
            call.ref,
            to,
            number,
            self._mark(call, to, number, code),
            call.at,
        )
        text = says()["text_message"].format(code=code)
        self.office.after(lambda: self._post(mobile, text))
        return reply("sent")

    def _post(self, mobile: str | None, text: str) -> None:
        if mobile is None:
            self._unsent = text
        else:
            self._inbox[mobile] = [*self._inbox.pop(mobile, ()), text]

    def _often(self, mark: bytes, at: int) -> bool:
        """Whether so much was sent to somebody that no more is for a while."""
        longest = _SENDINGS[-1][0]
        sql = "DELETE FROM bureau_sendings WHERE sent_to = ? AND at <= ?"
        self.database.run(sql, mark, at - longest)
        sql = "SELECT at FROM bureau_sendings WHERE sent_to = ?"
        sent = [row["at"] for row in self.database.rows(sql, mark)]
        return any(sum(each > at - time for each in sent) >= most for time, most in _SENDINGS)

    @verb
    def check_code(self, call: Call, *, sms_code: str) -> Reply:
        """Check the code that was sent for this item; a code is right once."""
        said, row = self.check(call, sms_code)
        if said == "right" and row is not None:
            self.spend(call, row, "right")
        return reply(said)

    def check(self, call: Call, sms_code: str) -> tuple[str, Row | None]:
        """What is to be said of a code, and what was sent (inside of a verb's transaction). A code
        that is right is good until it is spent. A wrong one counts for its user and its number,
        whatever item it was sent for and whatever is sent after it."""
        row = self._sent(call)
        if row is None:
            return "wrong", None
        if row["tries"] >= _TRIES or self.locked(call, row):
            return "too_many", row
        if call.at >= row["at"] + VALID:
            return "expired", row
        mark = self._mark(call, row["sent_to"], row["number"], sms_code)
        right = hmac.compare_digest(row["mark"], mark) and row["state"] == "sent"
        sql = "UPDATE bureau_codes SET tries = tries + 1 WHERE ref = ?"
        self.database.run(sql, call.ref)
        if right:
            return "right", row
        for each in _doors(row):
            self._throttle.failed(each, call.at)
        return "too_many" if row["tries"] + 1 >= _TRIES else "wrong", row

    def locked(self, call: Call, row: Row | None = None) -> bool:
        """Whether so many codes were wrong that none is looked at for a while."""
        row = row or self._sent(call)
        locked = [self._throttle.locked(each, call.at) for each in _doors(row)] if row else []
        return any(locked)

    def spend(self, call: Call, row: Row, state: str = "used") -> None:
        """The item's code was given right, and is right no more; ``right``: it is still a proof of
        the number, for this item."""
        self.database.run("UPDATE bureau_codes SET state = ? WHERE ref = ?", state, call.ref)
        for each in _doors(row):
            self._throttle.passed(each)

    def proved(self, call: Call, target: str, use: bool = False) -> bool:
        """Whether this item's code was given right by whoever has this number, or is this user; to
        ``use`` it up."""
        row = self._sent(call)
        right = row is not None and row["state"] == "right" and row["sent_to"] == self._to(target)
        if right and use:
            self.database.run("UPDATE bureau_codes SET state = 'used' WHERE ref = ?", call.ref)
        return right

    def was_sent_to(self, row: Row | None, target: str) -> bool:
        """Whether a code was sent to this number or user."""
        return row is not None and hmac.compare_digest(row["sent_to"], self._to(target))

    def _sent(self, call: Call) -> Row | None:
        return self.database.row("SELECT * FROM bureau_codes WHERE ref = ?", call.ref)

    def _to(self, target: str) -> bytes:
        return self.database.mark("sent to", fold(target))

    def _mark(self, call: Call, to: bytes, number: bytes, code: str) -> bytes:
        return self.database.mark("code", f"{call.ref}\n{to.hex()}\n{number.hex()}\n{code}")

    def texts(self, mobile: str) -> list[str]:
        """The texts sent to a number by this object, the oldest first."""
        return list(self._inbox.get(mobile, ()))

    def all_texts(self) -> dict[str, list[str]]:
        """Those of every number, the one with the latest message last."""
        return {mobile: list(texts) for mobile, texts in list(self._inbox.items())}


def user_target(user_name: str) -> str:
    """Under what a user's sendings are counted; no mobile number looks like it."""
    return f"user:{user_name}"


def code_in(text: str) -> str:
    """The code that a text message holds."""
    before = str(says()["text_message"]).partition("{code}")[0]
    return text.removeprefix(before)[:6]


def _doors(row: Row) -> tuple[bytes, bytes]:
    """Where the failures with a code are counted: of the user, and of the number."""
    return row["sent_to"], row["number"]
