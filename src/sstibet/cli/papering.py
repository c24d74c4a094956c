"""``verify-paper`` and ``paper-key``: certificates judged, with a public key alone or at a desk.

`save` prints one into files.
"""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sstibet.cli.desks import engine_at, settings_in
from sstibet.cli.options import Lang, one_of
from sstibet.cli.terminal import say_json, say_line, say_table, warn_line, word

if TYPE_CHECKING:
    from sstibet.engine.engine import Engine
    from sstibet.papers import Sealed, Verifier
    from sstibet.papers.desk import Checked

VERIFY_AT = "https://example.invalid/verify"  # where the settings name no address: nowhere
_NAMED = "sstibet-key: "  # stands before the PEM that `paper-key` prints
_LANGUAGES = ("zh", "en")

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="A certificate: the PDF, or its JSON attachment.")
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="[NAME=]FILE",
        help="A public key that is believed, as sstibet paper-key prints it. Repeatable.",
    ),
]
AtDesk = Annotated[
    Path | None,
    typer.Option("--desk", metavar="DESK", help="Ask the record of this desk as well: desk.db."),
]
Desk = Annotated[Path, typer.Argument(metavar="DESK", help="The file of a desk, such as desk.db.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def verify_paper(
    file: File, keys: Keys = None, desk: AtDesk = None, json: Json = False, lang: Lang = None
) -> None:
    """Tell whether a certificate is genuine: offline by public keys alone, or at a desk, which also
    tells whether something in it was repaid since.

    Exit status: 0 genuine; 1 altered, signed by an unknown key, repaid since, or not on record; 2
    no certificate, or it can't be judged.
    """
    language = one_of("--lang", "language", lang or "zh", _LANGUAGES)
    if (desk is None) == (not keys):
        raise typer.BadParameter("name --key FILE (offline) or --desk DESK, one of the two")
    verifiers = [_key(each) for each in keys or ()]
    standing, sealed, checked = _judged(file, verifiers, desk)
    shown = sealed if standing in ("genuine", "refunded") else None
    refunded_on = checked.refunded_on if checked is not None else None
    if json:
        say_json(_as_json(standing, refunded_on, sealed, shown))
    else:
        say_line(word(f"paper.{standing}", language, day=refunded_on))
        if shown is not None:
            _show(shown, language)
    if standing != "genuine":
        raise typer.Exit(2 if standing == "no_certificate" else 1)


def paper_key(desk: Desk, json: Json = False) -> None:
    """Print the public key that a desk's certificates are signed by, to be given to anybody.

    Exit status: 0; 2 there is no such desk, or its key can't be had.
    """
    engine = engine_at(desk, settings_in(None))
    try:
        verifiers = engine.paper_verifiers()
    finally:
        engine.close()
    key: Any = verifiers[0]
    if json:
        say_json({"key": key.key, "algorithm": key.algorithm, "public": key.pem})
    else:
        say_line(f"{_NAMED}{key.key}\n{key.pem.rstrip()}")


def save(desk: Engine, sealed: Sealed, folder: Path) -> list[Path]:
    """Print a certificate into a folder: the PDF, and a picture of each page. Their names, in which
    nothing but its number is told.

    Raises:
        RuntimeError: the extra ``pdf``, a font, or a character of one isn't there (`FontMissing`).
        OSError: they can't be written.
    """
    from sstibet.papers.press import Press

    press = Press(desk.settings.papers.verify_at or VERIFY_AT)
    number = sealed.certificate.number
    if not (number.isascii() and number.isalnum()):
        number = "certificate"  # what an issuer calls it is no path
    pages = press.png(sealed)
    made = {folder / f"{number}.pdf": press.pdf(sealed)}
    for n, page in enumerate(pages, 1):
        made[folder / (f"{number}.png" if len(pages) == 1 else f"{number}-{n}.png")] = page
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in made.items():
        path.write_bytes(data)
    return list(made)


def _judged(
    file: Path, verifiers: list[Verifier], desk: Path | None
) -> tuple[str, Sealed | None, Checked | None]:
    """How a file stands, in a word; what was sealed; and what a desk says of it."""
    from sstibet.papers import NotACertificate, judge
    from sstibet.papers.reading import AlteredPaper

    try:
        sealed = _read(file)
    except AlteredPaper as error:
        warn_line(f"{file}: {error}")
        return "altered", None, None
    except NotACertificate as error:
        warn_line(f"{file}: {error}")
        return "no_certificate", None, None
    if desk is None:
        try:
            return judge(sealed, verifiers).value, sealed, None
        except (ValueError, TypeError) as error:
            raise typer.BadParameter(str(error), param_hint="'--key'") from None
    checked = _at_desk(desk, sealed)
    return checked.standing.value, sealed, checked


def _read(file: Path) -> Sealed:
    from sstibet.papers import NotACertificate, Sealed

    try:
        data = file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} can't be read: {error.strerror}") from None
    if data.startswith(b"\x89PNG"):
        raise NotACertificate("a picture carries no seal; verify it by its voucher number")
    if not data.lstrip().startswith(b"{"):
        from sstibet.papers.reading import read_pdf

        try:
            return read_pdf(data)
        except RuntimeError as error:
            raise typer.BadParameter(str(error)) from None
    return Sealed.read(data)


def _at_desk(desk: Path, sealed: Sealed) -> Checked:
    from sstibet.engine.errors import PortMissing
    from sstibet.engine.ports import Unavailable

    engine = engine_at(desk, settings_in(None))
    try:
        return engine.verify_paper(sealed)
    except (PortMissing, Unavailable) as error:
        raise typer.BadParameter(str(error), param_hint="'--desk'") from None
    finally:
        engine.close()


def _key(told: str) -> Verifier:
    """A public key by its name and file; the name may stand in the file itself."""
    from sstibet.papers import Ed25519Verifier

    name, equals, path = told.partition("=")
    if not equals:
        name, path = "", told
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, ValueError):
        message = f"{path!r} can't be read"
        raise typer.BadParameter(message, param_hint="'--key'") from None
    first, _, rest = text.partition("\n")
    if first.startswith(_NAMED):
        name, text = name or first.removeprefix(_NAMED).strip(), rest
    if not name:
        message = f"{path!r} doesn't tell the key's name; write --key NAME={path}"
        raise typer.BadParameter(message, param_hint="'--key'")
    verifier = Ed25519Verifier(name, text)
    try:
        verifier.check()
    except (ValueError, TypeError):
        message = f"{path!r} is no public key of Ed25519 in PEM"
        raise typer.BadParameter(message, param_hint="'--key'") from None
    return verifier


def _as_json(
    standing: str, refunded_on: object, sealed: Sealed | None, shown: Sealed | None
) -> dict[str, Any]:
    return {
        "verdict": standing,
        "refunded_on": None if refunded_on is None else str(refunded_on),
        "key": None if sealed is None else sealed.key,
        "algorithm": None if sealed is None else sealed.algorithm,
        # What was signed; nothing where that can't be told.
        "certificate": None if shown is None else jsons.loads(shown.certificate.canonical()),
    }


def _show(sealed: Sealed, language: str) -> None:
    """What was signed: this counts, and not what is printed on a paper."""
    certificate = sealed.certificate
    say_line(word("paper.signed", language))
    told = {
        "kind": word(f"paper.kind.{certificate.kind}", language),
        "number": certificate.number,
        "voucher_no": certificate.voucher_no,
        "issued_on": certificate.issued_on,
        "office": certificate.office,
        "holder_name": certificate.holder_name,
        "id_number": certificate.id_number,
        "total": certificate.total,
    }
    for name, value in told.items():
        say_line(f"  {word(f'paper.{name}', language)}{word('paper.colon', language)}{value}")
    columns = ("voucher_no", "levy_item", "period", "booked_on", "amount")
    say_table("", [word(f"paper.{name}", language) for name in columns], [
        [getattr(line, name) for name in columns] for line in certificate.lines
    ])  # fmt: skip
    if certificate.specimen:
        say_line(word("paper.specimen", language))
