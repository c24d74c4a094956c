"""``python -m counter``: the counter as a demonstration, on invented persons."""

from __future__ import annotations

import argparse
import os
import socket

import uvicorn

from counter.app import make_app
from counter.demo import ON, calling_back, open_desk, open_press
from counter.service import Options
from counter.words import Words, chosen


def main() -> None:
    """Open a desk, tell how to sign in, and serve until it is stopped."""
    asked = _asked()
    with socket.create_server((asked.host, asked.port)) as door:
        desk = open_desk(asked.db, asked.on)
        address = f"http://{asked.host}:{door.getsockname()[1]}"
        person = desk.bureau.cast().resident
        words = {
            "address": address,
            "user": person.user_name,
            "password": desk.bureau.demo_password(person),
        }
        language = chosen(None, os.environ.get("LANG", "").replace("_", "-"))
        print(Words.read().plain("panel.started", language, **words), flush=True)
        app = make_app(
            desk,
            Options(https=False, demo=True),
            also=calling_back(desk, address),
            press=open_press(address),
        )
        config = uvicorn.Config(app, log_level="warning", server_header=False)
        try:
            uvicorn.Server(config).run(sockets=[door])
        finally:
            desk.close()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="counter", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8054)
    parser.add_argument("--db", metavar="FILE", help="keep it there; in memory if left out")
    parser.add_argument("--on", metavar="TIME", default=ON, help=f"when it is; {ON} if left out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
