"""``python tests/fuzz [--seconds N] [TARGET …]``: each target by atheris for so long.

Atheris watches which code an input reaches, and goes on from those that reach something new. What
breaks a law is left in ``tests/fuzz/found`` and shown; exit status 1 then.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    asked, more = parser.parse_known_args()
    if asked.one:
        return _one(asked.one, more)
    sys.path.insert(0, str(HERE))
    import hard
    from targets import TARGETS

    (HERE / "found").mkdir(exist_ok=True)
    broken = list[str]()
    for name in asked.targets or TARGETS:
        with tempfile.TemporaryDirectory(prefix="sstibet-corpus-") as corpus:
            for n, seed in enumerate(hard.seeds(name)):
                Path(corpus, f"seed{n}").write_bytes(seed[:60_000])
            command = [
                sys.executable, str(HERE), "--one", name, corpus,
                f"-max_total_time={asked.seconds}", "-max_len=4096", "-timeout=20",
                "-rss_limit_mb=2048", f"-artifact_prefix={HERE / 'found' / name}-",
                "-print_final_stats=1",
            ]  # fmt: skip
            print(f"{name}: {asked.seconds} s", flush=True)
            done = subprocess.run(command, capture_output=True, text=True, errors="replace")
            said = (done.stdout + done.stderr).splitlines()
            print(*(line for line in said if "number_of_executed" in line), sep="\n", flush=True)
            if done.returncode:
                broken.append(name)
                print("\n".join(said[-40:]), flush=True)
    print(f"broken: {', '.join(broken) or 'none'}")
    return 1 if broken else 0


def _one(name: str, arguments: list[str]) -> int:
    """One target in this process, which atheris ends."""
    import atheris

    sys.path.insert(0, str(HERE))
    with atheris.instrument_imports(include=["sstibet", "yaml", "json"]):
        from targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
