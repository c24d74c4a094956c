"""``python -m counter``: the counter as a demonstration, on invented persons."""

from __future__ import annotations

import argparse

import uvicorn

from counter.app import make_app
from counter.demo import ON, calling_back, open_desk
from counter.service import Options


def main() -> None:
    """Open a desk, tell how to sign in, and serve until it is stopped."""
    asked = _asked()
    desk = open_desk(asked.db, asked.on)
    address = f"http://{asked.host}:{asked.port}"
    person = desk.bureau.cast().resident
    print(f"{address}\t{person.user_name}\t{desk.bureau.demo_password(person)}", flush=True)
    print(f"{address}/panel", flush=True)
    options = Options(https=False, demo=True)
    app = make_app(desk, options, also=calling_back(desk, address))
    try:
        uvicorn.run(app, host=asked.host, port=asked.port, log_level="warning", server_header=False)
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
