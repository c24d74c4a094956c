"""Whether the ports that are given can do what the book's items ask for."""

from __future__ import annotations

from collections.abc import Mapping

from sstibet.contents import Contents
from sstibet.engine.errors import PortMissing


def check_ports(contents: Contents, ports: Mapping[str, object]) -> None:
    """PortMissing names every port and verb that an item asks for and nobody answers."""
    asked = {effect.do for rules in contents.items.values() for effect in rules.effects.values()}
    missing = list[str]()
    for name in sorted(asked):
        port, _, verb = name.partition(".")
        if port not in ports:
            missing.append(f"{name} (no port {port!r})")
        elif not callable(getattr(ports[port], verb, None)):
            missing.append(f"{name} ({type(ports[port]).__name__} has no method {verb!r})")
    if missing:
        raise PortMissing(f"nobody answers {', '.join(missing)}")
