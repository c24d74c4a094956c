"""What the tests of the API share: a desk with its API, and callers who know nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from itertools import count
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from starlette.applications import Starlette

from counter.api import Beside, Limits, make_api
from sstibet import Engine, SetClock, Settings, Signer
from sstibet.settings import Agent, CallbackKey

NOW = "2025-10-15T09:00"
SECRET = b"s" * 32
GATEWAY = Signer.shared("k1", SECRET)
SETTINGS = Settings(
    where="",
    agents=(Agent(where="", actor="clerk-7", role="counter_clerk", for_=("p0001",)),),
    callbacks=(CallbackKey(where="", port="gateway", id="k1", secret=SECRET),),
)
MANY = Limits(a_minute=100_000)
PENSION = "residents' pension"
_numbers = count(1)


class Described:
    """The API's description, against which every answer that a test sees is held."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), item)
            for path, item in sorted(document["paths"].items(), reverse=True)
        ]

    def check(self, method: str, path: str, answer: httpx.Response) -> None:
        """That an answer is one of those that its operation may give."""
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
        place = f"/v1{path}".partition("?")[0]
        item = next((item for found, item in self._paths if found.fullmatch(place)), {})
        if answer.status_code >= 400:
            self.holds(answer.json(), {"$ref": "#/components/schemas/Problem"})
            assert answer.json()["status"] == answer.status_code
        if method.lower() not in item:
            return
        told = item[method.lower()]["responses"].get(str(answer.status_code))
        assert told is not None, (method, path, answer.status_code)
        assert set(told.get("headers", ())) <= {each.title() for each in answer.headers} | {
            "ETag", "WWW-Authenticate"
        }  # fmt: skip
        for name, header in told.get("headers", {}).items():
            self.holds(_read(answer.headers[name], header["schema"]), header["schema"])
        if not answer.content:
            assert "content" not in told
            return
        [(media_type, content)] = told["content"].items()
        assert answer.headers["content-type"].partition(";")[0] == media_type
        if "json" in media_type:
            self.holds(answer.json(), content["schema"])

    def holds(self, value: Any, schema: dict[str, Any]) -> None:
        """That a value is as a schema says."""
        whole = {**schema, "components": self.document["components"]}
        found = [each.message for each in Draft202012Validator(whole).iter_errors(value)]
        assert found == []


def _read(text: str, schema: dict[str, Any]) -> Any:
    return int(text) if schema["type"] == "integer" else text


class Counter:
    """A desk, its API at /api, and who calls it."""

    def __init__(self, limits: Limits = MANY, **more: Any) -> None:
        self.desk = Engine.open(clock=SetClock.on(NOW), settings=SETTINGS, **more)
        self.desk.bureau.sign_callbacks("gateway", GATEWAY)
        self.cast = self.desk.bureau.cast()
        api = make_api(self.desk, limits)
        self.app, self.described = Beside(Starlette(), api), Described(api.openapi())

    def caller(self, who: Any = None, **headers: str) -> Caller:
        """Somebody of the cast, who is signed in; without one, somebody who isn't."""
        if who is None:
            return Caller(self, headers)
        actor = who if isinstance(who, str) else who.actor
        token = self.desk.sessions.open_for(actor)
        return Caller(self, {"Authorization": f"Bearer {token}", **headers})

    def visitor(self) -> Caller:
        """Somebody with a visitor's token."""
        token = self.caller().call("POST", "/visitors", expect=201).json()["token"]
        return Caller(self, {"Authorization": f"Bearer {token}"})

    def deliver_callbacks(self) -> list[bool]:
        """Let the gateway call back over the API; whether each was taken."""
        while self.desk.deliver():
            pass
        return [
            self.caller()
            .call("POST", f"/callbacks/{each.port}", body=each.body, expect=200,
                  headers={"Signature": each.signature,
                           "Content-Type": "application/json"})
            .json()["taken"]
            for each in list(self.desk.bureau.signed_callbacks())
        ]  # fmt: skip

    def close(self) -> None:
        """Let go of the desk."""
        self.desk.close()


class Caller:
    """A program that knows a token and the API's description."""

    def __init__(self, counter: Counter, headers: Mapping[str, str]) -> None:
        self.counter = counter
        self.headers = {"Accept-Language": "en", **headers}

    def call(
        self,
        method: str,
        path: str,
        sent: Any = None,
        *,
        body: bytes | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        expect: int | None = None,
    ) -> httpx.Response:
        """One request; ``expect`` is the status that it must have."""
        more = {**self.headers, **({} if key is None else {"Idempotency-Key": key}),
                **(headers or {})}  # fmt: skip
        given = (
            {"content": body} if body is not None else {"json": sent} if sent is not None else {}
        )
        found = asyncio.run(self._asked(method, f"/api/v1{path}", headers=more, **given))
        self.counter.described.check(method, path, found)
        if expect is not None:
            assert found.status_code == expect, found.text
        return found

    async def _asked(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.counter.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://counter.test") as client:
            return await client.request(method, path, **given)

    def start(self, item: str, **more: Any) -> dict[str, Any]:
        """Begin an item."""
        sent = {"item": item, **more}
        found = self.call("POST", "/items", sent, key=a_key(), expect=201)
        return dict(found.json())

    def see(self, ref: str) -> dict[str, Any]:
        """An item as it stands."""
        return dict(self.call("GET", f"/items/{ref}", expect=200).json())

    def send(self, ref: str, event: str = "submit", /, **answers: Any) -> dict[str, Any]:
        """Do something with what is in front, which must be taken; what is in front after it. What
        the form was filled with is sent as any screen does."""
        front = in_front(self.see(ref))
        own = next(each for each in front["events"] if each["name"] == event)
        form = own["form"] or (front["form"] if own["takes_answers"] else None)
        sent = {"event": event, "answers": {**((form and form["data"]) or {}), **answers}}
        self.call("POST", f"/items/{front['ref']}/events", sent, key=a_key(), expect=200)
        return in_front(self.see(ref))

    def refused(self, ref: str, event: str = "submit", /, **answers: Any) -> dict[str, Any]:
        """Do something that isn't taken; the problem."""
        front = in_front(self.see(ref))
        sent = {"event": event, "answers": answers}
        found = self.call("POST", f"/items/{front['ref']}/events", sent, key=a_key())
        assert found.status_code >= 400, found.text
        assert in_front(self.see(ref))["version"] == front["version"]
        return dict(found.json())


def in_front(item: dict[str, Any]) -> dict[str, Any]:
    """The innermost item that is under way."""
    return item if item["inner"] is None else in_front(item["inner"])


def row(item: dict[str, Any], fact: str, **cells: str) -> str:
    """The key of the first row of a field that may be ticked and shows these texts."""
    fields = [each for page in item["form"]["ui_schema"]["pages"] for each in page["fields"]]
    rows = next(each for each in fields if each["name"] == fact)["rows"]["rows"]
    return str(next(
        each["key"] for each in rows
        if each["pickable"] and all(text in each["cells"] for text in cells.values())
    ))  # fmt: skip


def a_key() -> str:
    """A new key."""
    return f"test-{next(_numbers)}"


def kind_of(problem: Mapping[str, Any]) -> str:
    """The name of a problem's type."""
    return str(problem["type"]).partition("#")[2]


def signed_in(counter: Counter, person: Any) -> Caller:
    """Somebody who has signed in by the API alone."""
    visitor = counter.visitor()
    ref = visitor.start("login")["ref"]
    visitor.send(ref, "send_code", user_name=person.user_name)
    after = visitor.send(
        ref,
        user_name=person.user_name,
        password=counter.desk.bureau.demo_password(person),
        sms_code=counter.desk.bureau.code(person.mobile),
    )
    assert after["ends"] == "well"
    token = visitor.call("POST", "/session", {"login": ref}, expect=201).json()["token"]
    return Caller(counter, {"Authorization": f"Bearer {token}"})


def declared(counter: Counter, caller: Caller, person: Any) -> str:
    """A pension of 500 yuan, declared; its payment waits for a channel."""
    ref = str(caller.start("resident_payment")["ref"])
    asked = caller.send(ref, insured_name=person.name, insured_id_number=person.id_number)
    key = row(asked, "chosen_enrolments", scheme=PENSION)
    caller.send(ref, chosen_enrolments=[key])
    year = {"key": key, "coverage_year": "2025"}
    caller.send(ref, pay_mode="ordinary", chosen_enrolments=[year])
    shown = caller.send(ref, chosen_enrolments=[{"key": key, "tier": "500"}])
    assert (shown["state"], shown["amount"]["due"]) == ("confirming", "500.00")
    assert caller.send(ref)["item"] == "payment"
    return ref
