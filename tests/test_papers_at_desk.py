"""Certificates at a desk: what an item ends with, whose they are, and how they are verified."""

from __future__ import annotations

import base64
import dataclasses
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers_kit import CERTIFICATE, SIGNER
from sstibet import Engine, NoPaper, NoSuchItem, SetClock, Signer
from sstibet.bureau import Person
from sstibet.cli import run
from sstibet.engine.callbacks import MOST_BYTES, write
from sstibet.engine.ports import PartialPort, Reply, Unavailable
from sstibet.engine.ports import reply as answers
from sstibet.files import find_rules
from sstibet.papers import Ed25519Signer, NotACertificate, Sealed, Verdict, judge, seal
from sstibet.papers.desk import Checked, Standing
from sstibet.problems import RulebookError
from sstibet.rulebook import load
from sstibet.settings import Settings

NOW = "2025-10-15T09:00"
SEED, OTHER = bytes(range(32)), bytes(range(1, 33))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


SHORT_KEY = f"papers:\n  keys:\n    - {{id: k1, secret: {b64(b'short')}}}\n"
DOUBLED_KEY = f"""papers:
  keys:
    - {{id: k1, secret: {b64(SEED)}}}
  believed:
    - {{id: k1, public: {b64(OTHER)}}}
"""


def settled_with(tmp_path: Path, text: str) -> Settings:
    """Settings as they stand in a file."""
    file = tmp_path / "settings.yaml"
    file.write_text(text, "utf-8")
    return Settings.read(file)


@pytest.fixture
def desk() -> Iterator[Engine]:
    """A desk in memory, in October 2025."""
    opened = Engine.open(clock=SetClock.on(NOW))
    yield opened
    opened.close()


def issued(desk: Engine, person: Person | None = None) -> tuple[str, Person]:
    """A payment certificate was issued: the item, and whose it is."""
    person = person or desk.bureau.cast().settled
    view = desk.start("payment_certificate", actor=person.actor)
    while desk.deliver():
        pass
    assert desk.view(view.ref, actor=person.actor).state == "issued"
    return view.ref, person


def repay(desk: Engine, person: Person) -> None:
    """All that the bureau holds of a person is repaid, behind the back of any item."""
    database = desk.bureau._database
    sealed = database.seal("actor", person.actor)
    sql = "SELECT payment, amount FROM bureau_payments WHERE insured = ?"
    for row in database.rows(sql, sealed):
        number = f"R-{row['payment']}"
        refund = {"refund_no": number, "actor": person.actor, "ref": "r", "total": row["amount"]}
        database.insert("bureau_refunds", **refund, status="repaid", repaid_on="2025-10-16")
        line = {"refund_no": number, "payment": row["payment"], "amount": row["amount"]}
        database.insert("bureau_refund_lines", **line)
    database.run("UPDATE bureau_payments SET given_back = amount WHERE insured = ?", sealed)


class TestAnItemsPaper:
    """``desk.paper``: what its issuer signed, to its owner."""

    def test_it_is_what_the_item_shows_and_more_that_is_signed(self, desk: Engine) -> None:
        ref, person = issued(desk)
        view = desk.view(ref, actor=person.actor)
        sealed = desk.paper(ref, actor=person.actor)
        said = sealed.certificate

        assert judge(sealed, desk.paper_verifiers()) is Verdict.GENUINE
        assert (said.number, said.voucher_no) == (
            view.answers["certificate_no"],
            view.answers["voucher_no"],
        )
        assert (said.holder_name, said.id_type, said.id_number) == (
            person.name,
            person.id_type,
            person.id_number,
        )
        assert said.specimen, "the persons of the embedded bureau are invented"
        assert said.kind == "payment"
        assert [str(line.amount) for line in said.lines] == [
            row["amount"] for row in view.answers["certificate_lines"]
        ]

    def test_nothing_of_it_is_shown_or_told_in_the_view(self, desk: Engine) -> None:
        ref, person = issued(desk)
        view = desk.view(ref, actor=person.actor)
        assert "sealed_certificate" not in view.answers
        assert person.id_number not in repr(view)

    def test_nobody_else_has_it_and_is_told_no_more_than_of_no_item(self, desk: Engine) -> None:
        ref, _ = issued(desk)
        other = desk.bureau.cast().neighbour.actor
        for asked, actor in ((ref, other), ("payment_certificate-none", other), (ref, "")):
            with pytest.raises(NoSuchItem) as told:
                desk.paper(asked, actor=actor)
            assert str(told.value) == "this actor has no such item"

    def test_an_item_without_one_says_so(self, desk: Engine) -> None:
        person = desk.bureau.cast().settled
        waiting = desk.start("payment_certificate", actor=person.actor)
        another = desk.start("declared_query", actor=person.actor)
        for view in (waiting, another):
            with pytest.raises(NoPaper):
                desk.paper(view.ref, actor=person.actor)

    def test_an_older_item_is_shown_and_has_none(self, desk: Engine) -> None:
        """Issued before certificates were sealed."""
        ref, person = issued(desk)
        kept = desk.store.get(ref)
        assert kept is not None
        old = kept._replace(
            answers={k: v for k, v in kept.answers.items() if k != "sealed_certificate"}
        )
        desk.store.get = lambda asked: old if asked == ref else None  # type: ignore[method-assign]  # what an older version kept
        assert desk.view(ref, actor=person.actor).state == "issued"
        with pytest.raises(NoPaper):
            desk.paper(ref, actor=person.actor)

    def test_a_clerk_has_it_for_a_person_and_a_helper_has_not(self, tmp_path: Path) -> None:
        settings = settled_with(
            tmp_path,
            "agents:\n"
            "  - {actor: clerk, role: counter_clerk, for: any}\n"
            "  - {actor: helper, role: village_helper, for: any}\n",
        )
        desk = Engine.open(clock=SetClock.on(NOW), settings=settings)
        ref, person = issued(desk)
        assert desk.paper(ref, actor="clerk", on_behalf_of=person.actor) == desk.paper(
            ref, actor=person.actor
        )
        with pytest.raises(NoSuchItem):
            desk.paper(ref, actor="helper", on_behalf_of=person.actor)

    def test_who_may_only_see_an_item_sees_its_masks_and_no_paper(self, tmp_path: Path) -> None:
        """On the paper nothing is masked: it is for who may go on with the item."""
        for each in (find_rules(None), find_rules(None).parent / "forms"):
            shutil.copytree(each, tmp_path / each.name)
        roles = tmp_path / "rules" / "roles.yaml"
        text = roles.read_text("utf-8")
        roles.write_text(text.replace("payment_certificate: start", "payment_certificate: see"))
        settings = settled_with(
            tmp_path, "agents: [{actor: clerk, role: counter_clerk, for: any}]\n"
        )
        book = load(tmp_path / "rules")
        desk = Engine.open(clock=SetClock.on(NOW), settings=settings, book=book)
        ref, person = issued(desk)
        assert desk.view(ref, actor="clerk", on_behalf_of=person.actor).state == "issued"
        with pytest.raises(NoPaper, match="in person"):
            desk.paper(ref, actor="clerk", on_behalf_of=person.actor)

    @pytest.mark.parametrize("lie", ["number", "voucher_no", "seal", "text"])
    def test_an_issuer_that_seals_something_else_than_it_tells_is_found(self, lie: str) -> None:
        """What is printed is what was signed, or nothing."""

        class Issuer(PartialPort):
            verifiers = (SIGNER.verifier,)

            def payment_certificate(self, call: Any) -> Reply:
                sealed = seal(CERTIFICATE, SIGNER)
                if lie == "seal":
                    sealed = seal(CERTIFICATE, Ed25519Signer("k1", OTHER))
                told = {"number": CERTIFICATE.number, "voucher_no": CERTIFICATE.voucher_no}
                told |= {lie: "454016251000000099"} if lie in told else {}
                return answers(
                    "issued",
                    certificate_no=told["number"],
                    voucher_no=told["voucher_no"],
                    certificate_lines=[],
                    issued_on=CERTIFICATE.issued_on,
                    sealed_certificate="{}" if lie == "text" else sealed.text(),
                )

        desk = Engine.open(clock=SetClock.on(NOW), ports={"papers": Issuer()})
        view = desk.start("payment_certificate", actor="p0001")
        assert view.state == "issued"
        with pytest.raises(NotACertificate):
            desk.paper(view.ref, actor="p0001")

    def test_it_comes_by_a_signed_callback_as_well(self, tmp_path: Path) -> None:
        text = f"callbacks: [{{port: papers, id: c1, secret: {b64(SEED)}}}]\n"
        desk = Engine.open(clock=SetClock.on(NOW), settings=settled_with(tmp_path, text))
        desk.bureau.sign_callbacks("papers", Signer.shared("c1", SEED))
        person = desk.bureau.cast().settled
        view = desk.start("payment_certificate", actor=person.actor)
        for each in desk.bureau.signed_callbacks():
            assert desk.receive(each.port, each.body, each.signature)
        sealed = desk.paper(view.ref, actor=person.actor)
        assert desk.verify_paper(sealed) == Checked(Standing.GENUINE)

    def test_a_long_certificate_is_not_too_long_for_a_callback(self) -> None:
        """Two insurances for thirty years of months, as the port tells them."""
        lines = CERTIFICATE.lines * 360
        rows = [
            {
                "voucher_no": line.voucher_no,
                "levy_item": line.levy_item,
                "period": "2025-01",
                "booked_on": line.booked_on.isoformat(),
                "amount": str(line.amount),
            }
            for line in lines
        ]
        sealed = seal(dataclasses.replace(CERTIFICATE, lines=lines), SIGNER).text()
        told = answers("issued", certificate_lines=rows, sealed_certificate=sealed)
        assert len(write("papers", "r:3:1", "r", told, 0)) < MOST_BYTES


class TestKeys:
    """Who seals, and whose seals are believed."""

    def test_a_bureau_without_a_key_makes_one_and_keeps_it_sealed(self, tmp_path: Path) -> None:
        file = tmp_path / "desk.db"
        desk = Engine.open(file, clock=SetClock.on(NOW))
        ref, person = issued(desk)
        sealed = desk.paper(ref, actor=person.actor)
        seed = desk.bureau._database.own_secret("paper_key")
        desk.close()
        again = Engine.open(file, clock=SetClock.on(NOW))

        assert again.paper(ref, actor=person.actor) == sealed
        assert again.verify_paper(sealed) == Checked(Standing.GENUINE)
        assert again.paper_verifiers()[0].key == sealed.key
        again.close()
        assert sealed.key.startswith("desk-")
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("desk.db*"))
        assert seed not in kept
        assert person.id_number.encode() not in kept

    def test_two_bureaus_have_two_keys_of_two_names(self, desk: Engine) -> None:
        another = Engine.open(clock=SetClock.on(NOW))
        ref, person = issued(another)
        foreign = another.paper(ref, actor=person.actor)
        assert desk.verify_paper(foreign) == Checked(Standing.UNKNOWN_KEY)

    def test_the_settings_key_seals_and_earlier_ones_are_still_believed(
        self, tmp_path: Path
    ) -> None:
        def opened(*keys: str) -> Engine:
            listed = ", ".join(keys)
            settings = settled_with(tmp_path, f"papers: {{keys: [{listed}]}}\n")
            return Engine.open(tmp_path / "desk.db", clock=SetClock.on(NOW), settings=settings)

        first = opened(f"{{id: k1, secret: {b64(SEED)}}}")
        ref, person = issued(first)
        old = first.paper(ref, actor=person.actor)
        first.close()
        desk = opened(f"{{id: k2, secret: {b64(OTHER)}}}", f"{{id: k1, secret: {b64(SEED)}}}")
        ref, _ = issued(desk)
        new = desk.paper(ref, actor=person.actor)

        assert (old.key, new.key) == ("k1", "k2")
        assert [each.key for each in desk.paper_verifiers()] == ["k2", "k1"]
        assert desk.verify_paper(old) == desk.verify_paper(new) == Checked(Standing.GENUINE)
        desk.close()

    def test_a_port_that_has_no_keys_to_tell_has_none(self) -> None:
        """A `PartialPort` answers to every name by a verb that is away."""
        desk = Engine.open(clock=SetClock.on(NOW), ports={"papers": PartialPort()})
        assert desk.paper_verifiers() == ()
        sealed = seal(CERTIFICATE, SIGNER)
        assert desk.verify_paper(sealed) == Checked(Standing.UNKNOWN_KEY)

    def test_another_issuers_public_key_can_be_believed(self, tmp_path: Path) -> None:
        public = base64.b64encode(
            Ed25519Signer("k9", OTHER)._private.public_key().public_bytes_raw()
        ).decode()
        settings = settled_with(tmp_path, f"papers: {{believed: [{{id: k9, public: {public}}}]}}\n")
        desk = Engine.open(clock=SetClock.on(NOW), settings=settings)
        sealed = seal(CERTIFICATE, Ed25519Signer("k9", OTHER))
        assert judge(sealed, desk.paper_verifiers()) is Verdict.GENUINE
        # By this desk's record there is no such certificate.
        assert desk.verify_paper(sealed) == Checked(Standing.NOT_ON_RECORD)

    def test_rotating_the_vaults_key_leaves_the_signing_key_as_it_is(self, tmp_path: Path) -> None:
        file, one, two = tmp_path / "desk.db", b64(SEED), b64(OTHER)
        keys = f"keys: [{{id: a, secret: {one}}}]\n"
        desk = Engine.open(file, clock=SetClock.on(NOW), settings=settled_with(tmp_path, keys))
        name = desk.paper_verifiers()[0].key
        desk.close()
        keys = f"keys: [{{id: b, secret: {two}}}, {{id: a, secret: {one}}}]\n"
        desk = Engine.open(file, clock=SetClock.on(NOW), settings=settled_with(tmp_path, keys))
        while desk.bureau.reseal(1000):
            pass
        desk.store.close()
        desk.bureau.close()

        from sstibet.bureau import Bureau
        from sstibet.vault import Vault

        with Bureau.open(file, clock=SetClock.on(NOW), vault=Vault({"b": OTHER})) as bureau:
            assert bureau.port("papers").verifiers[0].key == name  # type: ignore[attr-defined]  # a port is any object

    @pytest.mark.parametrize(
        ("text", "code", "line"), [(SHORT_KEY, "not_a_key", 3), (DOUBLED_KEY, "doubled_name", 5)]
    )
    def test_a_mistake_in_the_settings_is_told_with_its_line(
        self, tmp_path: Path, text: str, code: str, line: int
    ) -> None:
        with pytest.raises(RulebookError) as told:
            settled_with(tmp_path, text)
        [problem] = told.value.problems
        assert (problem.code, problem.line) == (code, line)
        assert b64(SEED) not in str(told.value)


class TestVerifying:
    """``desk.verify_paper``: by the seal, and then by the record."""

    def test_one_that_was_changed_is_altered(self, desk: Engine) -> None:
        ref, person = issued(desk)
        sealed = desk.paper(ref, actor=person.actor)
        forged = dataclasses.replace(sealed.certificate, holder_name="扎西")
        changed = dataclasses.replace(sealed, certificate=forged)
        assert desk.verify_paper(changed) == Checked(Standing.ALTERED)

    def test_one_that_was_never_issued_is_not_on_record(self, desk: Engine) -> None:
        """As if the key were in wrong hands."""
        signer = desk.ports["papers"].signer  # type: ignore[attr-defined]  # a port is any object
        assert desk.verify_paper(seal(CERTIFICATE, signer)) == Checked(Standing.NOT_ON_RECORD)

    def test_one_whose_payment_was_repaid_since_says_the_day(self, desk: Engine) -> None:
        ref, person = issued(desk)
        sealed = desk.paper(ref, actor=person.actor)
        repay(desk, person)
        found = desk.verify_paper(sealed)
        assert (found.standing, str(found.refunded_on)) == (Standing.REFUNDED, "2025-10-16")

    def test_anothers_payment_under_the_same_voucher_is_another(self, desk: Engine) -> None:
        """One declaration for two persons, one voucher; only the other's payment is repaid."""
        person = desk.bureau.cast().settled
        database = desk.bureau._database
        sql = "SELECT * FROM bureau_payments WHERE insured = ?"
        row = database.row(sql, database.seal("actor", person.actor))
        assert row is not None
        other = desk.bureau.cast().neighbour
        twin = {**row, "payment": f"{row['payment']}-other", "line": "other"}
        twin |= {"actor": other.actor, "insured": other.actor, "insured_name": other.name}
        database.insert("bureau_payments", **twin)
        ref, _ = issued(desk, person)
        sealed = desk.paper(ref, actor=person.actor)
        repay(desk, other)
        assert desk.verify_paper(sealed) == Checked(Standing.GENUINE)
        repay(desk, person)
        assert desk.verify_paper(sealed).standing is Standing.REFUNDED

    def test_certificates_of_before_are_held_against_their_payments_too(self, desk: Engine) -> None:
        """Their lines don't say which payment they certify."""
        ref, person = issued(desk)
        sealed = desk.paper(ref, actor=person.actor)
        database, number = desk.bureau._database, sealed.certificate.number
        row = database.row("SELECT * FROM bureau_certificates WHERE certificate_no = ?", number)
        lines = [
            {name: line[name] for name in line if name != "payment"}
            for line in json.loads(row["lines"])
        ]
        old = database.bind("lines", [number], json.dumps(lines))
        database.run(
            "UPDATE bureau_certificates SET lines = ? WHERE certificate_no = ?", old, number
        )
        assert desk.verify_paper(sealed) == Checked(Standing.GENUINE)
        repay(desk, person)
        assert desk.verify_paper(sealed).standing is Standing.REFUNDED

    @pytest.mark.parametrize("said", [Reply("refunded"), Reply("?"), None])
    def test_an_issuer_that_answers_nonsense_is_unavailable(self, said: Any) -> None:
        class Issuer(PartialPort):
            verifiers = (SIGNER.verifier,)

            def on_record(self, call: Any, *, certificate_no: str) -> Any:
                return said

        desk = Engine.open(clock=SetClock.on(NOW), ports={"papers": Issuer()})
        with pytest.raises(Unavailable):
            desk.verify_paper(seal(CERTIFICATE, SIGNER))


@pytest.fixture(scope="module")
def on_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sealed, Path]:
    """A desk's file, a certificate that was issued there, and its PDF."""
    from sstibet.papers.press import Press

    folder = tmp_path_factory.mktemp("papers")
    desk = Engine.open(folder / "desk.db", clock=SetClock.on(NOW))
    ref, person = issued(desk)
    sealed = desk.paper(ref, actor=person.actor)
    desk.close()
    pdf = folder / "paper.pdf"
    pdf.write_bytes(Press("https://example.invalid/verify").pdf(sealed))
    (folder / "paper.json").write_text(sealed.text(), "utf-8")
    return folder / "desk.db", sealed, pdf


class TestCommand:
    """``sstibet verify-paper`` and ``paper-key``."""

    @pytest.fixture
    def key(self, on_file: tuple[Path, Sealed, Path], tmp_path: Path, capsys: Any) -> Path:
        """The desk's public key in a file, as it was printed."""
        capsys.readouterr()
        assert run(["paper-key", str(on_file[0])]) == 0
        file = tmp_path / "public.pem"
        file.write_text(capsys.readouterr().out)
        return file

    @pytest.mark.parametrize("kind", ["pdf", "json"])
    def test_offline_by_the_public_key_alone(
        self, on_file: tuple[Path, Sealed, Path], key: Path, kind: str, capsys: Any
    ) -> None:
        file = on_file[2].with_suffix(f".{kind}")
        assert run(["verify-paper", str(file), "--key", str(key), "--lang", "en"]) == 0
        out = capsys.readouterr().out
        assert "Genuine: it says what was signed" in out
        assert on_file[1].certificate.holder_name in out
        assert "A specimen" in out

    @pytest.mark.parametrize(("language", "says"), [("zh", "证明真实"), ("en", "Genuine")])
    def test_at_the_desk_in_words_of_two_languages(
        self, on_file: tuple[Path, Sealed, Path], language: str, says: str, capsys: Any
    ) -> None:
        desk, _, pdf = on_file
        assert run(["verify-paper", str(pdf), "--desk", str(desk), "--lang", language]) == 0
        assert says in capsys.readouterr().out

    def test_as_json(self, on_file: tuple[Path, Sealed, Path], key: Path, capsys: Any) -> None:
        assert run(["verify-paper", str(on_file[2]), "--key", str(key), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["verdict"] == "genuine"
        assert told["key"] == on_file[1].key
        assert told["certificate"] == json.loads(on_file[1].certificate.canonical())

    def test_a_changed_one_is_altered_and_says_nothing_of_its_content(
        self, on_file: tuple[Path, Sealed, Path], key: Path, tmp_path: Path, capsys: Any
    ) -> None:
        file = tmp_path / "changed.json"
        name = on_file[1].certificate.holder_name
        file.write_text(on_file[1].text().replace(name, "扎西"), "utf-8")
        assert run(["verify-paper", str(file), "--key", str(key), "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert (told["verdict"], told["certificate"]) == ("altered", None)
        assert run(["verify-paper", str(file), "--key", str(key)]) == 1
        out = capsys.readouterr().out
        assert out.startswith("证明被改动过")
        assert "扎西" not in out

    def test_by_another_key_nobody_can_tell(
        self, on_file: tuple[Path, Sealed, Path], tmp_path: Path, capsys: Any
    ) -> None:
        public = tmp_path / "other.pem"
        public.write_text(SIGNER.verifier.pem)
        assert run(["verify-paper", str(on_file[2]), "--key", f"k1={public}", "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["verdict"] == "unknown_key"

    def test_repaid_since_is_told_at_the_desk(
        self, on_file: tuple[Path, Sealed, Path], tmp_path: Path, capsys: Any
    ) -> None:
        for file in on_file[0].parent.glob("desk.db*"):
            shutil.copy(file, tmp_path)
        desk = Engine.open(tmp_path / "desk.db", clock=SetClock.on(NOW))
        repay(desk, desk.bureau.cast().settled)
        desk.close()
        at = str(tmp_path / "desk.db")
        assert run(["verify-paper", str(on_file[2]), "--desk", at, "--lang", "en"]) == 1
        assert "repaid since it was issued (last on 2025-10-16)" in capsys.readouterr().out

    @pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"{}", b"\x89PNG\r\n\x1a\n", b"\xff" * 9])
    def test_what_is_no_certificate_is_two(
        self, data: bytes, key: Path, tmp_path: Path, capsys: Any
    ) -> None:
        file = tmp_path / "file"
        file.write_bytes(data)
        assert run(["verify-paper", str(file), "--key", str(key), "--json"]) == 2
        assert json.loads(capsys.readouterr().out)["verdict"] == "no_certificate"

    @pytest.mark.parametrize(
        "arguments",
        [
            ["verify-paper", "no such file", "--key", "{key}"],
            ["verify-paper", "{pdf}"],
            ["verify-paper", "{pdf}", "--key", "{key}", "--desk", "{desk}"],
            ["verify-paper", "{pdf}", "--key", "no such file"],
            ["verify-paper", "{pdf}", "--key", "k1={pdf}"],
            ["verify-paper", "{pdf}", "--desk", "no such file"],
            ["paper-key", "no such file"],
        ],
    )
    def test_bad_usage_is_two_with_a_reason(
        self, arguments: list[str], on_file: tuple[Path, Sealed, Path], key: Path, capsys: Any
    ) -> None:
        names = {"key": key, "pdf": on_file[2], "desk": on_file[0]}
        assert run([each.format_map(names) for each in arguments]) == 2
        assert "Error" in capsys.readouterr().err

    def test_openssl_takes_the_key_as_it_is_printed(self, key: Path) -> None:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl on this machine to ask")
        command = [openssl, "pkey", "-pubin", "-in", str(key), "-noout", "-text"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert "ED25519" in done.stdout


class TestSavingAsAPicture:
    """保存到相册: ``walk`` writes files and names them, ``demo`` prints what its scenes brought."""

    def test_walk_saves_what_it_names(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        import io

        lines = "deliver\nsave_picture\nq\n"
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        folder = tmp_path / "saved"
        arguments = ["walk", "payment_certificate", "--as", "settled", "--on", NOW]
        assert run([*arguments, "--lang", "en", "--papers", str(folder)]) == 0
        files = sorted(folder.iterdir())
        assert [each.suffix for each in files] == [".pdf", ".png"]
        assert f"Saved: {files[0]}, {files[1]}" in capsys.readouterr().out
        assert files[1].read_bytes().startswith(b"\x89PNG")

    def test_where_it_cannot_be_printed_it_says_why(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        import io

        monkeypatch.setattr("sstibet.papers.press._installed", lambda: ())
        monkeypatch.setattr("sys.stdin", io.StringIO("deliver\nsave_picture\nq\n"))
        arguments = ["walk", "payment_certificate", "--as", "settled", "--on", NOW, "--lang", "en"]
        assert run([*arguments, "--papers", str(tmp_path)]) == 0
        assert "It could not be saved: papers need the font" in capsys.readouterr().out
        assert list(tmp_path.iterdir()) == []

    def test_demo_prints_and_reads_back(self, tmp_path: Path) -> None:
        from sstibet.cli.demo import guide, papers
        from sstibet.rulebook import load

        stage = guide.play(load())
        told = list(papers.tell(stage, tmp_path, "en"))
        assert len(told) == 2
        assert all(
            right and line.endswith("read back from the PDF: genuine") for line, right in told
        )
        assert len(list(tmp_path.glob("*.pdf"))) == 2
        assert len(list(tmp_path.glob("*.png"))) == 2
