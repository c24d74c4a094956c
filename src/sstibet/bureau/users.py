"""Users (用户): registered once for each person, signed in three ways, passwords as argon2id.

A name that nobody has is worked on like one that somebody has: the same statements, the same hashes
at the same costs, the same answer.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import date

from sstibet.bureau.database import Row
from sstibet.bureau.messages import Messages, user_target
from sstibet.bureau.office import Office, Port, prepared, verb
from sstibet.bureau.passwords import Hashing, cost_of, fold, nobody, normal, why_weak
from sstibet.bureau.people import unfolded
from sstibet.bureau.throttle import Throttle
from sstibet.engine.ports import Call, Reply, Unavailable, reply

# What the invented phone's scanner gives for whoever holds it (see the fact face_scan).
FACE = "scan-of-an-invented-face"
_USER = (
    "SELECT u.actor, u.hash, u.cost, p.name, p.id_number, u.mobile FROM bureau_users u "
    "JOIN bureau_persons p USING (actor) WHERE "
)
# Each cost that a user's hash was made at, by one step through the index for each.
_COSTS = (
    "WITH RECURSIVE costs (cost) AS (SELECT min(cost) FROM bureau_users UNION ALL "
    "SELECT (SELECT min(cost) FROM bureau_users WHERE cost > costs.cost) FROM costs "
    "WHERE cost IS NOT NULL) SELECT cost FROM costs WHERE cost IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password that was hashed or compared before the verb's transaction: its hash (of a user
    whose it was compared with), whether it is right, or why it is not taken."""

    hash: str | None = field(default=None, repr=False)
    right: bool = False
    weak: str | None = None


class Users(Port):
    """Registers users and lets them in. What was wrong at the door is never told."""

    name = "users"

    def __init__(self, office: Office, hashing: Hashing, messages: Messages) -> None:
        super().__init__(office)
        self._hashing, self._messages = hashing, messages
        self._throttle = Throttle(office.database)

    # Hashing takes long, and so is done before a verb's transaction begins.

    def _hash(self, password: str, *own: str | None) -> Hashed:
        """The hash of a new password, or why it is weak."""
        as_hashed = normal(password)
        weak = why_weak(as_hashed, _own_words(own))
        if weak is not None or as_hashed is None:
            return Hashed(weak=weak)
        return Hashed(self._hashing.hash(as_hashed))

    def _compare(self, user_name: str, password: str) -> Hashed:
        """Whether a password is the user's. There is one comparison for each cost at which any
        user's hash was made, whether there is such a user or not."""
        name = self.database.seal("user_name", fold(user_name))
        user = self.database.row("SELECT hash, cost FROM bureau_users WHERE user_name = ?", name)
        costs = {row["cost"] for row in self.database.rows(_COSTS)} | {self._hashing.cost}
        given, right = normal(password), False
        for cost in sorted(costs):
            hashing = Hashing.of(cost)
            hashed = nobody(hashing)
            if user is not None and user["cost"] == cost:
                hashed = user["hash"]
            right |= hashing.fits(hashed, given or "")
        known = user is not None and given is not None and right
        return Hashed(user["hash"] if user else None, known)

    def _keep_prepare(
        self,
        call: Call,
        *,
        password: str,
        user_name: str | None = None,
        id_number: str | None = None,
        mobile: str | None = None,
    ) -> Hashed:
        return self._hash(password, user_name, id_number, mobile)

    @prepared(_keep_prepare)
    def keep_password(
        self,
        call: Call,
        hashed: Hashed,
        /,
        *,
        password: str,
        user_name: str | None = None,
        id_number: str | None = None,
        mobile: str | None = None,
    ) -> Reply:
        """Keep the hash of a password until this item registers."""
        if hashed.weak is not None:
            return reply("weak", password_fault=hashed.weak)
        sql = "INSERT OR REPLACE INTO bureau_kept_passwords VALUES (?, ?)"
        self.database.run(sql, call.ref, hashed.hash)
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
        """Register a person of the register with the password that this item has kept. What is
        taken is told to nobody who hasn't given the code that was sent to the number."""
        sql = "SELECT hash FROM bureau_kept_passwords WHERE ref = ?"
        kept = self.database.row(sql, call.ref)
        seal, name = self.database.seal, fold(user_name)
        sql = "SELECT actor FROM bureau_persons WHERE name = ? AND id_type = ? AND id_number = ?"
        values = (seal("name", person_name), id_type, seal("id_number", id_number))
        person = self.database.row(sql, *values)
        proved = self._messages.proved(call, mobile)
        if person is None or kept is None or not proved:
            raise Unavailable("the person or the number is not verified, or no password was kept")
        sql = "SELECT 1 FROM bureau_users WHERE user_name = ? OR actor = ?"
        if self.database.row(sql, seal("user_name", name), person["actor"]):
            return reply("taken")
        self.database.insert(
            "bureau_users",
            user_name=name,
            written=user_name,
            actor=person["actor"],
            hash=kept["hash"],
            cost=cost_of(kept["hash"]),
            mobile=mobile,
        )
        self._messages.proved(call, mobile, use=True)
        self._forget(call)
        return reply("registered", user=str(person["actor"]))

    @verb
    def let_go(self, call: Call) -> Reply:
        """Give a registration up: its kept password is dropped."""
        self._forget(call)
        return reply("gone")

    def _forget(self, call: Call) -> None:
        self.database.run("DELETE FROM bureau_kept_passwords WHERE ref = ?", call.ref)

    def _sign_in_prepare(
        self, call: Call, *, user_name: str, password: str, sms_code: str
    ) -> Hashed:
        return self._compare(user_name, password)

    @prepared(_sign_in_prepare)
    def sign_in(
        self, call: Call, hashed: Hashed, /, *, user_name: str, password: str, sms_code: str
    ) -> Reply:
        """Name, password and the code sent for this item to that user."""
        user = self._user("u.user_name = ?", self._name(user_name))
        # What was compared must be what stands there still.
        right = hashed.right and user is not None and user["hash"] == hashed.hash
        who, target = self._door("password", fold(user_name)), user_target(user_name)
        answer = self._let_in(call, user, who, right, sms_code, target)
        if answer.answer == "signed_in" and user is not None:
            self._renew(self.database.opened(user), password)
        return answer

    def _renew(self, user: Row, password: str) -> None:
        """Hash a password anew whose hash was made at another cost than is asked for now."""
        given = normal(password)
        if user["cost"] != self._hashing.cost and given is not None:
            sql = "UPDATE bureau_users SET hash = ?, cost = ? WHERE actor = ?"
            hashed = self._hashing.hash(given)
            self.database.run(sql, hashed, self._hashing.cost, user["actor"])

    @verb
    def sign_in_by_code(self, call: Call, *, mobile: str, sms_code: str) -> Reply:
        """The code sent for this item to a number that one user has (短信安全登录)."""
        user = self._user("u.mobile = ?", self.database.seal("mobile", mobile))
        return self._let_in(call, user, self._door("code", mobile), True, sms_code, mobile)

    @verb
    def sign_in_by_face(
        self, call: Call, *, person_name: str, id_number: str, face_scan: str
    ) -> Reply:
        """A name, an ID number and the scan of the face that goes with them (扫脸实名登录)."""
        seal = self.database.seal
        values = (seal("id_number", id_number), seal("name", person_name))
        user = self._user("p.id_number = ? AND p.name = ?", *values)
        right = hmac.compare_digest(face_scan.encode("utf-8", "surrogatepass"), FACE.encode())
        return self._let_in(call, user, self._door("face", id_number), right, None, None)

    def _user(self, which: str, *values: bytes) -> Row | None:
        """The one user who is so, as they are kept. What is sealed is opened for whoever is let in
        and for nobody else: so an answer takes as long for who is unknown."""
        found = self.database.kept(f"{_USER} {which}", *values)
        return found[0] if len(found) == 1 else None

    def _name(self, user_name: str) -> bytes:
        return self.database.seal("user_name", fold(user_name))

    def _door(self, way: str, who: str) -> bytes:
        """Where failures are counted: each way has a count of its own, so that whoever fills one
        leaves the others open."""
        return self.database.mark(f"door {way}", who)

    def _let_in(
        self,
        call: Call,
        user: Row | None,
        who: bytes,
        right: bool,
        code: str | None,
        target: str | None,
    ) -> Reply:
        """Everything is looked at before anything is said; failures in a row make it wait."""
        locked = code is not None and self._messages.locked(call)
        if self._throttle.locked(who, call.at) or locked:
            return reply("locked")
        sent: Row | None = None
        if code is not None and target is not None:
            # With a wrong password the code stays good, so that a slip costs no new message.
            said, sent = self._messages.check(call, code)
            right = right and said == "right" and self._messages.was_sent_to(sent, target)
        if not right or user is None:
            self._throttle.failed(who, call.at)
            return reply("refused")
        if sent is not None:
            self._messages.spend(call, sent)
        self._throttle.passed(who)
        opened = self.database.opened(user)
        return reply("signed_in", user=str(opened["actor"]), person_name=opened["name"])

    def _reset_prepare(self, call: Call, *, user_name: str, password: str) -> Hashed:
        given = normal(password)
        return Hashed(None if given is None else self._hashing.hash(given))

    @prepared(_reset_prepare)
    def reset_password(
        self, call: Call, hashed: Hashed, /, *, user_name: str, password: str
    ) -> Reply:
        """A new password for the user to whom this item's code was sent, and who gave it right. It
        ends all of that user's sessions."""
        kept = self._user("u.user_name = ?", self._name(user_name))
        proved = self._messages.proved(call, user_target(user_name))
        if kept is None or not proved:
            return reply("refused")
        user = self.database.opened(kept)
        weak = why_weak(
            normal(password), _own_words((user_name, user["id_number"], user["mobile"]))
        )
        if weak is not None:
            return reply("weak", password_fault=weak)
        sql = "UPDATE bureau_users SET hash = ?, cost = ? WHERE actor = ?"
        self.database.run(sql, hashed.hash, self._hashing.cost, user["actor"])
        self.database.run("DELETE FROM bureau_sessions WHERE actor = ?", user["actor"])
        self._messages.proved(call, user_target(user_name), use=True)
        self._throttle.passed(self._door("password", fold(user_name)))
        return reply("reset")

    @verb
    def profile(self, call: Call) -> Reply:
        """One's own profile (用户信息)."""
        sql = (
            "SELECT u.written, u.mobile AS user_mobile, p.* FROM bureau_users u "
            "JOIN bureau_persons p USING (actor) WHERE u.actor = ?"
        )
        found = self.database.rows(sql, call.actor)
        if not found:
            return reply("not_found")
        row = unfolded(found[0])
        return reply(
            "found",
            user_name=row["written"],
            person_name=row["name"],
            id_type=row["id_type"],
            id_number=row["id_number"],
            nationality=row["nationality"],
            mobile=row["user_mobile"],
        )


def _own_words(own: tuple[str | None, ...]) -> list[str]:
    """What others may know of a person, the day of birth out of an ID number as well."""
    found = [each for each in own if each]
    for each in list(found):
        if len(each) == 18 and each[6:14].isdigit():
            found += _days(each[6:14])
    return found


def _days(digits: str) -> list[str]:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return []
    return [f"{day:%Y%m%d}", f"{day:%Y-%m-%d}", f"{day:%y%m%d}", f"{day:%d%m%Y}"]
