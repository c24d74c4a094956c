"""The demo's certificates: printed as the guide has them saved, read back from the PDF, judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sstibet.cli.papering import save
from sstibet.cli.scenes import Stage
from sstibet.cli.terminal import word


def tell(stage: Stage, folder: Path | None, language: str) -> Iterator[tuple[str, bool]]:
    """A line for each certificate that the scenes brought, and whether it is right. Where what
    prints isn't installed, that is told, and it is no fault."""
    with TemporaryDirectory() as passing:
        for sealed in stage.papers:
            told = {"kind": word(f"paper.kind.{sealed.certificate.kind}", language)}
            told |= {"number": sealed.certificate.number}
            try:
                files = save(stage.desk, sealed, folder or Path(passing))
                genuine = _genuine(stage, files[0])
            except RuntimeError as why:
                yield word("demo.not_printed", language, **told, why=why), True
                continue
            sizes = ", ".join(f"{each.name} {each.stat().st_size:,} B" for each in files)
            key = "demo.printed" if genuine else "demo.printed_wrong"
            yield word(key, language, **told, files=sizes), genuine


def _genuine(stage: Stage, pdf: Path) -> bool:
    """Whether the paper says what was signed, by its text and by its seal."""
    from sstibet.papers import NotACertificate, Verdict, judge
    from sstibet.papers.reading import read_pdf

    try:
        sealed = read_pdf(pdf.read_bytes())
    except NotACertificate:
        return False
    return judge(sealed, stage.verifiers) is Verdict.GENUINE
