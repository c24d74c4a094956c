"""Sessions: opened by who has just signed in, once; over when they are told to be, unused, or old;
and a token that stands nowhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sstibet import Engine, NotSignedIn, SetClock, Settings, View

NOW = "2025-10-15T09:00"
NEW = "snow-on-nojin-kangsang"
CHEAP = (
    "passwords: {memory: 256, passes: 1, for_tests: yes}\nsessions: {idle_minutes: 20, hours: 2}\n"
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Twenty minutes without use, two hours in all."""
    place = tmp_path / "desk.yaml"
    place.write_text(CHEAP, encoding="utf-8")
    return Settings.read(place)


@pytest.fixture
def desk(settings: Settings) -> Iterator[Engine]:
    """A desk in memory."""
    made = Engine.open(clock=SetClock.on(NOW), settings=settings)
    yield made
    made.close()


def sign_in(desk: Engine, password: str | None = None, role: str = "resident") -> View:
    """A login of somebody of the cast, by password and code."""
    me = getattr(desk.bureau.cast(), role)
    view = desk.start("login", actor="a phone")
    desk.send(view.ref, "send_code", {"user_name": me.user_name}, actor="a phone")
    answers = {
        "user_name": me.user_name,
        "password": password or desk.bureau.demo_password(me),
        "sms_code": desk.bureau.code(me.mobile),
    }
    return desk.send(view.ref, "submit", answers, actor="a phone")


def reset(desk: Engine) -> View:
    """The resident's password is reset."""
    me = desk.bureau.cast().resident
    ref = desk.start("reset_password", actor="another phone").ref
    view: View | None = None
    for answers in (
        lambda: {"user_name": me.user_name},
        lambda: {"sms_code": desk.bureau.code(me.mobile)},
        lambda: {"password": NEW, "password_again": NEW},
    ):
        view = desk.send(ref, "submit", answers(), actor="another phone")
    assert view is not None
    return view


def forward(desk: Engine, **time: int) -> None:
    clock: Any = desk.clock
    clock.forward(**time)


class TestOpening:
    """A session is opened by a login that has just ended well, once."""

    def test_who_has_signed_in_has_a_session(self, desk: Engine) -> None:
        token = desk.sessions.open(sign_in(desk))

        assert desk.sessions.actor(token) == "p0001"

    def test_tokens_have_256_bits_and_are_never_alike(self, desk: Engine) -> None:
        tokens = {desk.sessions.open_for("p0001") for _ in range(100)}

        assert len(tokens) == 100
        assert all(len(each) == 43 for each in tokens)  # 32 bytes in base64

    def test_one_login_opens_one_session(self, desk: Engine) -> None:
        view = sign_in(desk)
        desk.sessions.open(view)

        with pytest.raises(NotSignedIn):
            desk.sessions.open(view)

    def test_whatever_else_opens_none(self, desk: Engine) -> None:
        late = sign_in(desk)
        forward(desk, minutes=5)
        for view in (
            late,
            sign_in(desk, password="not the password"),
            desk.start("login", actor="a phone"),
            reset(desk),
        ):
            with pytest.raises(NotSignedIn):
                desk.sessions.open(view)

    def test_a_registration_opens_none(self, desk: Engine) -> None:
        nobody = desk.bureau.cast().nobody
        ref = desk.start("register", actor="a phone").ref
        form = {"user_name": "kelsang_2025", "password": NEW, "password_again": NEW,
                "person_name": nobody.name, "id_type": "201", "id_number": nobody.id_number,
                "mobile": nobody.mobile, "consent": "yes"}  # fmt: skip
        desk.send(ref, "submit", form, actor="a phone")
        code = {"sms_code": desk.bureau.code(nobody.mobile)}
        desk.send(ref, "submit", code, actor="a phone")
        view = desk.send(ref, "verify_person", actor="a phone")

        assert view.state == "registered"
        with pytest.raises(NotSignedIn):
            desk.sessions.open(view)

    @pytest.mark.parametrize("actor", ["visitor:x", "", "\ud800", None])
    def test_who_is_no_person_has_none(self, desk: Engine, actor: Any) -> None:
        with pytest.raises(NotSignedIn):
            desk.sessions.open_for(actor)

    def test_the_token_of_before_is_replaced(self, desk: Engine) -> None:
        before = desk.sessions.open(sign_in(desk))
        after = desk.sessions.open(sign_in(desk), replaces=before)

        assert desk.sessions.actor(before) is None
        assert desk.sessions.actor(after) == "p0001"

    def test_a_token_may_be_changed_and_the_old_one_opens_nothing(self, desk: Engine) -> None:
        token = desk.sessions.open_for("p0001")
        forward(desk, minutes=119 - 100)
        new = desk.sessions.renew(token)

        assert new is not None
        assert (desk.sessions.actor(token), desk.sessions.actor(new)) == (None, "p0001")
        assert desk.sessions.renew(token) is None

    def test_a_desk_without_sessions_says_so(self, desk: Engine) -> None:
        bare = Engine(desk.book, store=desk.store, ports=desk.ports, clock=desk.clock)
        with pytest.raises(LookupError, match=r"desk\.sessions ="):
            _ = bare.sessions


class TestEnding:
    """It ends when told to, unused, or old; and everywhere when the password is changed."""

    def test_by_signing_out(self, desk: Engine) -> None:
        token, other = (desk.sessions.open_for("p0001") for _ in range(2))

        assert desk.sessions.end(token)
        assert not desk.sessions.end(token)
        assert (desk.sessions.actor(token), desk.sessions.actor(other)) == (None, "p0001")

    def test_after_a_while_without_use(self, desk: Engine) -> None:
        used, unused = (desk.sessions.open_for("p0001") for _ in range(2))
        forward(desk, minutes=19, seconds=59)
        assert desk.sessions.actor(used) == "p0001"
        forward(desk, seconds=1)

        assert (desk.sessions.actor(used), desk.sessions.actor(unused)) == ("p0001", None)

    def test_after_some_hours_in_any_case(self, desk: Engine) -> None:
        token = desk.sessions.open_for("p0001")
        for _ in range(11):
            forward(desk, minutes=10)
            assert desk.sessions.actor(token) == "p0001"
        renewed = desk.sessions.renew(token)
        assert renewed is not None
        forward(desk, minutes=10)

        assert desk.sessions.actor(renewed) is None

    def test_everywhere_else(self, desk: Engine) -> None:
        here, there, anothers = (desk.sessions.open_for(who) for who in ("p1", "p1", "p2"))

        assert desk.sessions.end_all("p1", but=here) == 1
        assert [desk.sessions.actor(each) for each in (here, there, anothers)] == ["p1", None, "p2"]
        assert desk.sessions.end_all("p1") == 1

    def test_when_the_password_is_reset(self, desk: Engine) -> None:
        mine = [desk.sessions.open(sign_in(desk)) for _ in range(2)]
        anothers = desk.sessions.open(sign_in(desk, role="neighbour"))
        assert reset(desk).state == "done"

        assert [desk.sessions.actor(each) for each in mine] == [None, None]
        assert desk.sessions.actor(anothers) == "p0002"

    @pytest.mark.parametrize("token", ["", "x", "0" * 10_000, "令牌", "\ud800", None, 7])
    def test_what_is_no_token_opens_nothing(self, desk: Engine, token: Any) -> None:
        assert desk.sessions.actor(token) is None
        assert not desk.sessions.end(token)
        assert desk.sessions.renew(token) is None


class TestTheFile:
    """Every process knows a session, and none of its files its token or whose it is."""

    def test_another_process_knows_it_and_may_end_it(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        desk = Engine.open(tmp_path / "desk.db", clock=SetClock.on(NOW), settings=settings)
        token = desk.sessions.open_for("the-actor-p0001")
        command = [sys.executable, "-c", _OTHER, str(tmp_path / "desk.db"), token]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

        assert done.stdout.split() == ["the-actor-p0001", "True"]
        assert desk.sessions.actor(token) is None

    def test_no_token_stands_in_a_file_or_in_any_text(
        self, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(0)
        desk = Engine.open(tmp_path / "desk.db", clock=SetClock.on(NOW), settings=settings)
        token = desk.sessions.open_for("the-actor-p0001")
        assert desk.sessions.actor(token) == "the-actor-p0001"
        rows = desk.bureau._database.rows("SELECT * FROM bureau_sessions")
        found = desk.bureau.session_table.find(rows[0]["mark"])
        written = b"".join(file.read_bytes() for file in tmp_path.iterdir())

        assert len(rows) == 1
        assert b"bureau_sessions" in written
        for secret in (token, "the-actor-p0001"):
            assert secret.encode() not in written
            assert secret not in repr((desk.sessions, found)) + caplog.text

    def test_a_token_of_another_desk_is_none(self, tmp_path: Path, settings: Settings) -> None:
        desks = [Engine.open(tmp_path / f"{n}.db", settings=settings) for n in range(2)]

        assert desks[1].sessions.actor(desks[0].sessions.open_for("p0001")) is None


_OTHER = f"""
import sys
from sstibet import Engine, SetClock
desk = Engine.open(sys.argv[1], clock=SetClock.on({NOW!r}))
print(desk.sessions.actor(sys.argv[2]), desk.sessions.end(sys.argv[2]))
"""
