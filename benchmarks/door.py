"""Whether the door tells by its time who is a user: a sign-in that is refused, a reset, a
registration, for names and numbers that somebody has and that nobody has, at the shipped cost."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from time import process_time

from benchmarks.measure import Report
from sstibet import Engine, SetClock, View
from sstibet.bureau import Person

WRONG = "one that is not right"
Try = Callable[["Door"], float]


class Door:
    """A desk in memory with the shipped settings, and a clock on which two days pass between one
    try and the next: nobody has to wait for another."""

    def __init__(self) -> None:
        self.clock = SetClock.on("2025-10-15T09:00")
        self.desk = Engine.open(clock=self.clock)
        self.cast = self.desk.bureau.cast()

    def close(self) -> None:
        """Let go of the desk."""
        self.desk.close()

    def send(self, view: View, event: str, **answers: str) -> View:
        """One step of a phone's."""
        return self.desk.send(view.ref, event, answers, actor="a phone")

    def timed(self, view: View, refused: str, **answers: str) -> float:
        """The time of the one step at which it is found out who they are."""
        gc.disable()  # what others have left is swept up in nobody's time
        start = process_time()
        after = self.send(view, "submit", **answers)
        took = process_time() - start
        gc.enable()
        assert after.state == refused, after.state
        self.clock.forward(days=2)
        return took

    def by_password(self, name: str, password: str = WRONG) -> float:
        """A user name, a password and a code, both wrong."""
        view = self.desk.start("login", actor="a phone")
        self.send(view, "send_code", user_name=name)
        answers = {"user_name": name, "password": password, "sms_code": "000000"}
        return self.timed(view, "password_refused", **answers)

    def by_code(self, mobile: str) -> float:
        """A number, and a code that is wrong."""
        view = self.other_way("sms")
        self.send(view, "send_code", mobile=mobile)
        wrong = f"{(int(self.desk.bureau.code(mobile)) + 1) % 10**6:06d}"
        return self.timed(view, "sms_refused", mobile=mobile, sms_code=wrong)

    def by_face(self, person: Person, number: str) -> float:
        """A name and an ID number, with the face of somebody else."""
        view = self.other_way("face")
        answers = {"person_name": person.name, "id_number": number, "face_scan": "another face"}
        return self.timed(view, "face_refused", **answers)

    def sent(self, name: str) -> float:
        """The code of somebody who wants another password is sent, or seems to be."""
        view = self.desk.start("reset_password", actor="a phone")
        return self.timed(view, "entering_code", user_name=name)

    def reset(self, name: str) -> float:
        """A wrong code of somebody who wants another password."""
        view = self.desk.start("reset_password", actor="a phone")
        self.send(view, "submit", user_name=name)
        return self.timed(view, "code_wrong", sms_code="000000")

    def registered(self, name: str, person: Person) -> float:
        """The first screen of a registration."""
        nobody = self.cast.nobody
        return self.timed(
            self.desk.start("register", actor="a phone"),
            "entering_code",
            user_name=name,
            password="mist over yamdrok",
            password_again="mist over yamdrok",
            person_name=person.name,
            id_type="201",
            id_number=person.id_number,
            mobile=nobody.mobile,
            consent="yes",
        )

    def other_way(self, way: str) -> View:
        """“更多登录方式”."""
        view = self.desk.start("login", actor="a phone")
        self.send(view, "other_way")
        return self.send(view, "submit", way_of_signing_in=way)

    def renew(self, person: Person) -> None:
        """Sign somebody in, so that their hash has the cost of today."""
        view = self.desk.start("login", actor="a phone")
        self.send(view, "send_code", user_name=str(person.user_name))
        code = self.desk.bureau.code(person.mobile)
        password = self.desk.bureau.demo_password(person)
        answers = {"user_name": str(person.user_name), "password": password, "sms_code": code}
        assert self.send(view, "submit", **answers).state == "signed_in"


def ways(door: Door) -> dict[str, dict[str, Try]]:
    """For each way to ask the door, those who do."""
    old, new = door.cast.resident, door.cast.neighbour
    right = door.desk.bureau.demo_password(old)
    return {
        "sign-in by password": {
            "unknown": lambda door: door.by_password("nobody_has_it"),
            "known": lambda door: door.by_password(str(new.user_name)),
            "known, hash to be renewed": lambda door: door.by_password(str(old.user_name)),
            "known, password right": lambda door: door.by_password(str(old.user_name), right),
        },
        "sign-in by text message": {
            "unknown": lambda door: door.by_code("13900000000"),
            "known": lambda door: door.by_code(old.mobile),
        },
        "sign-in by face": {
            "unknown": lambda door: door.by_face(old, "549902199003300014"),
            "known": lambda door: door.by_face(old, old.id_number),
        },
        "reset, the name": {
            "unknown": lambda door: door.sent("nobody_has_it"),
            "known": lambda door: door.sent(str(old.user_name)),
        },
        "reset, a wrong code": {
            "unknown": lambda door: door.reset("nobody_has_it"),
            "known": lambda door: door.reset(str(old.user_name)),
        },
        "registration": {
            "unknown": lambda door: door.registered("nobody_has_it", door.cast.nobody),
            "known": lambda door: door.registered(str(old.user_name), old),
        },
    }


def speed(report: Report, rounds: int = 200) -> None:
    """The median time of an answer to who is known, to that of one to who isn't."""
    door = Door()
    door.renew(door.cast.neighbour)
    for way, tries in ways(door).items():
        took: dict[str, list[float]] = {who: [] for who in tries}
        for turn in range(rounds):
            # Each goes first as often as last.
            for who, one in sorted(tries.items(), reverse=bool(turn % 2)):
                took[who].append(one(door))
        unknown = median(took.pop("unknown"))
        for who, times in took.items():
            ratio = median(times) / unknown
            what = f"time of a {way}, {who}, to unknown"
            report.ratio(what, max(ratio, 1 / ratio), 1.05)
    door.close()


def check() -> int:
    """How many are answered alike, once each; nothing is timed."""
    door, done = Door(), 0
    door.renew(door.cast.neighbour)
    for tries in ways(door).values():
        for one in tries.values():
            one(door)
            done += 1
    door.close()
    return done
