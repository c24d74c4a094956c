"""A back office: a clerk acts for a person, a gateway calls back over the network, and what nobody
was told of is found in the evening.

Roles are the book's (``sstibet show roles``); who holds one is a setting, as are the keys that a
gateway signs by. ``python examples/back_office.py``
"""

from datetime import date

from sstibet import CallbackRefused, Engine, NoSuchItem, SetClock, Settings, Signer, View
from sstibet.settings import Agent, CallbackKey

SECRET = b"a demonstration's key, never used"[:32]
SETTINGS = Settings(  # a desk has them in a file: Settings.read("settings.yaml")
    where="",
    agents=(
        Agent(where="", actor="clerk-7", role="counter_clerk", for_=None, until=date(2025, 12, 31)),
    ),
    callbacks=(CallbackKey(where="", port="gateway", id="k1", secret=SECRET),),
)
CLERK = {"actor": "clerk-7", "on_behalf_of": "p0001"}


def declare(desk: Engine) -> View:
    """The clerk types what the person at the counter says; the item is the person's own."""
    person = desk.bureau.cast().resident
    view = desk.start("resident_payment", **CLERK)

    def send(**answers: object) -> View:
        front = desk.view(view.ref, **CLERK).front
        return desk.send(front.ref, "submit", answers, **CLERK)

    send(insured_name=person.name, insured_id_number=person.id_number)
    rows = desk.view(view.ref, **CLERK).form.field("chosen_enrolments").rows.rows
    key = {"key": next(row.key for row in rows if row.values["scheme"] == "resident_pension")}
    send(chosen_enrolments=[key])
    send(pay_mode="ordinary", chosen_enrolments=[{**key, "coverage_year": "2025"}])
    send(chosen_enrolments=[{**key, "tier": "200"}])
    send()
    send(channel="alipay")
    return desk.view(view.ref, actor="p0001")


def main() -> None:
    """Two payments: one is called back, one is found in the evening."""
    desk = Engine.open(clock=SetClock.on("2025-10-15T09:00"), settings=SETTINGS)
    desk.bureau.sign_callbacks("gateway", Signer.shared("k1", SECRET))
    view = declare(desk)
    print(f"the person sees: {view.front.state_label.text('en')}")
    for actor in ("clerk-8", desk.visitor()):
        try:
            desk.view(view.ref, actor=actor, on_behalf_of="p0001")
        except NoSuchItem as refused:
            print(f"anybody else: {refused}")

    # What a web hook does with a request's body and its header.
    [sent] = desk.bureau.signed_callbacks()
    try:
        desk.receive("gateway", sent.body.replace(b"200.00", b"2.00"), sent.signature)
    except CallbackRefused as refused:
        print(f"another amount: {refused}")
    # It never arrives, and in the evening both sides are compared.
    found = desk.reconcile()
    print(*(f"{each.kind}: {each.of} {each.code}" for each in found.findings))
    print(f"now: {desk.view(view.ref, actor='p0001').state_label.text('en')}")
    print(f"the callback comes after all: {desk.receive('gateway', sent.body, sent.signature)}")
    print(f"anything left: {[each.code for each in desk.reconcile().findings]}")
    acted = {past.actor for past in desk.store.history(view.ref)}
    print(f"by: {', '.join(sorted(acted))}")


if __name__ == "__main__":
    main()
