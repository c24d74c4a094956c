"""How often the engine goes to its store: what was just written is not read again."""

from __future__ import annotations

from typing import Any

from engine_kit import Port, book_of, desk_of
from sstibet import Engine, reply

FOUND = reply(
    "found", person_name="格桑", id_type="201", id_number="540101199001010015", nationality="156"
)
TEXT = """
initial: s
events: {go: {label: {zh: 走, en: go}}, stay: {label: {zh: 留, en: stay}}}
effects: {me: {do: registry.myself}}
calls: {inner: {item: called, back: {}}}
states:
  s: {on: {stay: {to: s}, go: {to: m, effects: [me]}}}
  m: {on: {me.found: {to: n}, me.not_found: {to: u}, me.failed: {to: u}}}
  n: {on: {go: {to: o, call: inner}}}
  o: {on: {inner.t: {to: t}, inner.u: {to: u}}}
  t: {label: {zh: 甲, en: t}, ends: well}
  u: {label: {zh: 乙, en: u}, ends: badly}
"""
CALLED = """
open_to: items
initial: s
events: {go: {label: {zh: 走, en: go}}}
states:
  s: {on: {go: {to: t}}}
  t: {label: {zh: 甲, en: t}, ends: well}
  u: {label: {zh: 乙, en: u}, ends: badly}
"""


class Watched:
    """A store that notes by which name it is asked."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked = list[str]()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        def noted(*given: Any, **more: Any) -> Any:
            if name not in ("fingerprint", "close"):
                self.asked.append(name)
            return found(*given, **more)

        return noted

    def since(self) -> list[str]:
        """By which names it was asked since it was asked this the last time."""
        noted, self.asked = self.asked, []
        return noted


def test_each_step_looks_once_at_most_and_commits_once() -> None:
    desk: Engine = desk_of(book_of(trial=TEXT, called=CALLED), {"registry": Port(myself=FOUND)})
    store: Any = Watched(desk.store)
    desk.store = store
    ref = desk.start("trial", actor="p").ref
    assert store.since() == ["commit"]
    desk.start("trial", actor="p", key="k")
    assert store.since() == ["keyed", "commit"]
    desk.send(ref, "stay", actor="p", key="a")
    assert store.since() == ["look", "commit"]
    assert desk.send(ref, "go", actor="p", key="b").state == "n"  # and what the port answers
    assert store.since() == ["look", "commit", "commit"]
    view = desk.send(ref, "go", actor="p", key="c")  # what is called is begun, and shown inside
    assert store.since() == ["look", "commit", "commit", "get", "get"]
    assert view.inner is not None
    assert desk.send(view.inner.ref, "go", actor="p", key="d").state == "t"  # and the end is told
    assert store.since() == ["look", "commit", "get", "commit"]
    assert desk.view(ref, actor="p").state == "t"
