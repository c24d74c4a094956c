"""Users (用户): registered once for each person, signed in three ways, passwords as argon2id."""

from __future__ import annotations

import hmac

from sstibet.bureau.database import Row
from sstibet.bureau.messages import Messages, user_target
from sstibet.bureau.office import Office, Port, verb
from sstibet.bureau.passwords import Hashing, is_weak, nobody
from sstibet.engine.ports import Call, Reply, Unavailable, reply

# What the invented phone's scanner gives for whoever holds it (see the fact face_scan).
FACE = "scan-of-an-invented-face"
_KEPT = 86400  # seconds for which a name is reserved
_FAILURES = 5  # in a row; then nobody gets in by this name or number
_LOCKED = 900  # for so many seconds
_USER = "SELECT u.*, p.name FROM bureau_users u JOIN bureau_persons p USING (actor) WHERE "


class Users(Port):
    """Registers users and lets them in. What was wrong at the door is never told."""

    name = "users"

    def __init__(self, office: Office, hashing: Hashing, messages: Messages) -> None:
        super().__init__(office)
        self._hashing, self._messages = hashing, messages

    @verb
    def reserve(self, call: Call, *, user_name: str, id_number: str) -> Reply:
        """Keep a user name for a registration, for a day."""
        if self._taken(call, user_name, id_number):
            return reply("taken")
        sql = "INSERT OR REPLACE INTO bureau_reservations VALUES (?, ?, ?, ?)"
        self.database.run(sql, call.ref, user_name, id_number, call.at)
        return reply("reserved")

    def _taken(self, call: Call, user_name: str, id_number: str) -> bool:
        sql = (
            "SELECT 1 FROM bureau_users u JOIN bureau_persons p USING (actor) "
            "WHERE u.user_name = ? OR p.id_number = ? UNION ALL SELECT 1 FROM bureau_reservations "
            "WHERE ref <> ? AND at > ? AND (user_name = ? OR id_number = ?)"
        )
        values = (user_name, id_number, call.ref, call.at - _KEPT, user_name, id_number)
        return self.database.row(sql, *values) is not None

    @verb
    def keep_password(self, call: Call, *, password: str) -> Reply:
        """Keep the hash of a password until this item registers or resets it."""
        sql = "SELECT user_name FROM bureau_reservations WHERE ref = ?"
        reserved = self.database.row(sql, call.ref)
        if is_weak(password, reserved["user_name"] if reserved else None):
            return reply("weak")
        sql = "INSERT OR REPLACE INTO bureau_kept_passwords VALUES (?, ?)"
        self.database.run(sql, call.ref, self._hashing.hash(password))
        return reply("kept")

    @verb
    def register(
        self,
        call: Call,
        *,
        user_name: str,
        person_name: str,
        id_type: str,
        id_number: str,
        mobile: str,
    ) -> Reply:
        """Register a person of the register with the password that this item has kept."""
        sql = "SELECT hash FROM bureau_kept_passwords WHERE ref = ?"
        kept = self.database.row(sql, call.ref)
        sql = "SELECT actor FROM bureau_persons WHERE name = ? AND id_type = ? AND id_number = ?"
        person = self.database.row(sql, person_name, id_type, id_number)
        if self._taken(call, user_name, id_number):
            return reply("taken")
        if person is None or kept is None:
            raise Unavailable("the person is not verified, or no password was kept")
        self.database.insert(
            "bureau_users",
            user_name=user_name,
            actor=person["actor"],
            hash=kept["hash"],
            mobile=mobile,
        )
        self._forget(call)
        return reply("registered", user=person["actor"])

    @verb
    def let_go(self, call: Call) -> Reply:
        """Give a registration up: its reserved name and its kept password are dropped."""
        self._forget(call)
        return reply("gone")

    def _forget(self, call: Call) -> None:
        for table in ("bureau_kept_passwords", "bureau_reservations"):
            self.database.run(f"DELETE FROM {table} WHERE ref = ?", call.ref)

    @verb
    def sign_in(self, call: Call, *, user_name: str, password: str, sms_code: str) -> Reply:
        """Name, password and the code sent for this item to that user."""
        user = self.database.row(f"{_USER} u.user_name = ?", user_name)
        hashed = user["hash"] if user else nobody(self._hashing)
        right = self._hashing.fits(hashed, password)
        return self._let_in(call, user, user_name, right, sms_code, user_target(user_name))

    @verb
    def sign_in_by_code(self, call: Call, *, mobile: str, sms_code: str) -> Reply:
        """The code sent for this item to a number that one user has (短信安全登录)."""
        found = self.database.rows(f"{_USER} u.mobile = ?", mobile)
        user = found[0] if len(found) == 1 else None
        return self._let_in(call, user, mobile, True, sms_code, mobile)

    @verb
    def sign_in_by_face(
        self, call: Call, *, person_name: str, id_number: str, face_scan: str
    ) -> Reply:
        """A name, an ID number and the scan of the face that goes with them (扫脸实名登录)."""
        user = self.database.row(f"{_USER} p.id_number = ? AND p.name = ?", id_number, person_name)
        right = hmac.compare_digest(face_scan.encode(), FACE.encode())
        return self._let_in(call, user, id_number, right, None, None)

    def _let_in(
        self,
        call: Call,
        user: Row | None,
        who: str,
        right: bool,
        code: str | None,
        target: str | None,
    ) -> Reply:
        """Everything is looked at before anything is said; five failures lock for a while."""
        if self._locked(call, who):
            return reply("locked")
        if code is not None:
            # With a wrong password the code stays good, so that a slip costs no new message.
            said, sent = self._messages.check(call, code, spend=False)
            to = sent["sent_to"].casefold() if sent else None
            right = right and said == "right" and to == (target or "").casefold()
        if not right or user is None:
            self.database.run(
                "INSERT INTO bureau_failures VALUES (?, 1, ?) "
                "ON CONFLICT (who) DO UPDATE SET count = count + 1, at = excluded.at",
                who,
                call.at,
            )
            return reply("refused")
        self._messages.spend(call)
        self.database.run("DELETE FROM bureau_failures WHERE who = ?", who)
        return reply("signed_in", user=user["actor"], person_name=user["name"])

    def _locked(self, call: Call, who: str) -> bool:
        sql = "DELETE FROM bureau_failures WHERE who = ? AND at <= ?"
        self.database.run(sql, who, call.at - _LOCKED)
        row = self.database.row("SELECT count FROM bureau_failures WHERE who = ?", who)
        return row is not None and row["count"] >= _FAILURES

    @verb
    def reset_password(self, call: Call, *, user_name: str, password: str) -> Reply:
        """A new password for the user to whom this item's code was sent, and who gave it right."""
        row = self.database.row("SELECT * FROM bureau_codes WHERE ref = ?", call.ref)
        user = self.database.row(f"{_USER} u.user_name = ?", user_name)
        hashed = self._hashing.hash(password)
        target = user_target(user_name).casefold()
        if row is None or row["state"] != "right" or row["sent_to"].casefold() != target:
            return reply("refused")
        if user is None:
            return reply("refused")
        if is_weak(password, user["user_name"]):
            return reply("weak")
        self.database.run("UPDATE bureau_users SET hash = ? WHERE user_name = ?", hashed, user_name)
        self.database.run("UPDATE bureau_codes SET state = 'used' WHERE ref = ?", call.ref)
        self.database.run("DELETE FROM bureau_failures WHERE who = ?", user_name)
        return reply("reset")

    @verb
    def profile(self, call: Call) -> Reply:
        """One's own profile (用户信息)."""
        sql = (
            "SELECT u.user_name, u.mobile AS user_mobile, p.* FROM bureau_users u "
            "JOIN bureau_persons p USING (actor) WHERE u.actor = ?"
        )
        found = self.database.rows(sql, call.actor)
        if not found:
            return reply("not_found")
        row = found[0]
        return reply(
            "found",
            user_name=row["user_name"],
            person_name=row["name"],
            id_type=row["id_type"],
            id_number=row["id_number"],
            nationality=row["nationality"],
            mobile=row["user_mobile"],
        )
