"""Text messages (短信): six digits, bound to one item, five minutes, three tries."""

from __future__ import annotations

from collections.abc import Callable

from sstibet.bureau.database import Row
from sstibet.bureau.office import Office, Port, says, verb
from sstibet.bureau.passwords import Hashing
from sstibet.engine.ports import Call, Reply, reply

VALID = 300  # seconds
_TRIES = 3
_SENDINGS = 5  # to one number in ten minutes
_WHILE = 600


class Messages(Port):
    """Sends and checks codes. A code is hashed on the disk; its text is in memory only."""

    name = "messages"

    def __init__(self, office: Office, hashing: Hashing, codes: Callable[[], str]) -> None:
        super().__init__(office)
        self._hashing, self._codes = hashing, codes
        self._inbox: dict[str, list[str]] = {}

    @verb
    def send_code(self, call: Call, *, mobile: str) -> Reply:
        """Send a code to a number."""
        return self._send(call, mobile, mobile)

    @verb
    def send_code_to_user(self, call: Call, *, user_name: str) -> Reply:
        """Send a code to a user's own number. For a name that nobody has, all is the same, but for
        the message."""
        user = self.database.row("SELECT * FROM bureau_users WHERE user_name = ?", user_name)
        return self._send(call, user_target(user_name), user["mobile"] if user else None)

    def _send(self, call: Call, target: str, mobile: str | None) -> Reply:
        sql = "SELECT count(*) AS n FROM bureau_sendings WHERE sent_to = ? AND at > ?"
        sent = self.database.row(sql, target, call.at - _WHILE)
        if sent and sent["n"] >= _SENDINGS:
            return reply("too_many")
        code = self._codes()
        self.database.insert("bureau_sendings", sent_to=target, at=call.at)
        self.database.run(
            "INSERT OR REPLACE INTO bureau_codes (ref, sent_to, hash, at) VALUES (?, ?, ?, ?)",
            call.ref,
            target,
            self._hashing.hash(code),
            call.at,
        )
        if mobile is not None:
            text = says()["text_message"].format(code=code)
            self.office.after(lambda: self._inbox.setdefault(mobile, []).append(text))
        return reply("sent")

    @verb
    def check_code(self, call: Call, *, sms_code: str) -> Reply:
        """Check the code that was sent for this item; a code is right once."""
        return reply(self.check(call, sms_code)[0])

    def check(self, call: Call, sms_code: str, spend: bool = True) -> tuple[str, Row | None]:
        """What is to be said of a code, and what was sent (inside of a verb's transaction). A code
        that is right is spent by it, or, later, by `spend`."""
        row = self.database.row("SELECT * FROM bureau_codes WHERE ref = ?", call.ref)
        if row is None:
            return "wrong", None
        if row["tries"] >= _TRIES:
            return "too_many", row
        if call.at >= row["at"] + VALID:
            return "expired", row
        right = self._hashing.fits(row["hash"], sms_code) and row["state"] == "sent"
        sql = "UPDATE bureau_codes SET tries = tries + 1 WHERE ref = ?"
        self.database.run(sql, call.ref)
        if right and spend:
            self.spend(call)
        last = row["tries"] + 1 >= _TRIES
        return "right" if right else "too_many" if last else "wrong", row

    def spend(self, call: Call) -> None:
        """The item's code was given right, and opens nothing more."""
        self.database.run("UPDATE bureau_codes SET state = 'right' WHERE ref = ?", call.ref)

    def texts(self, mobile: str) -> list[str]:
        """The texts sent to a number by this object, the oldest first."""
        return list(self._inbox.get(mobile, ()))


def user_target(user_name: str) -> str:
    """Under what a user's sendings are counted; no mobile number looks like it."""
    return f"user:{user_name}"


def code_in(text: str) -> str:
    """The code that a text message holds."""
    before = str(says()["text_message"]).partition("{code}")[0]
    return text.removeprefix(before)[:6]
