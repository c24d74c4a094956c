"""The printed certificate: nothing of it is lost, and what is changed on it or in it is found."""

from __future__ import annotations

import base64
import dataclasses
import io
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    ContentStream,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from papers_kit import CERTIFICATE, LINE, SIGNER
from sstibet.money import Money
from sstibet.papers import Certificate, NotACertificate, Verdict, judge, seal
from sstibet.papers.press import FontMissing, Press, _covered
from sstibet.papers.printed import as_printed, bare, readable
from sstibet.papers.reading import AlteredPaper, read_pdf

RECORDED = Path(__file__).parent / "recorded" / "paper_1.pdf"
# Names as they are in Tibet: in Chinese characters, some with the dot, some rare.
SYLLABLES = "扎西次仁格桑梅朵洛嘉措平卓玛丹增旺堆央金德吉尼玛达瓦巴珠普布米拉姆琼"
RARE = "㛃䶮𠅤㐂喆堃彧玥翀赟頔龘犇𬭎𬱖䴖"
LETTERS = st.one_of(
    st.sampled_from(SYLLABLES + RARE),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
    st.characters(min_codepoint=0x20000, max_codepoint=0x2A6DF),
)
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=4).map("·".join)


@pytest.fixture(scope="module")
def press() -> Press:
    """A press with the fonts that the README names."""
    return Press("https://example.invalid/verify")


def extracted(pdf: bytes) -> str:
    """The text of a paper as poppler reads it, comparable."""
    command = ["pdftotext", "-raw", "-", "-"]
    done = subprocess.run(command, input=pdf, check=True, capture_output=True)
    return bare(done.stdout.decode())


def of(**changes: Any) -> Certificate:
    """The certificate, with some things else."""
    return dataclasses.replace(CERTIFICATE, **changes)


class TestPaper:
    """What is printed."""

    @pytest.mark.parametrize("kind", ["tax", "payment"])
    @pytest.mark.parametrize("specimen", [True, False])
    def test_every_glyph_is_on_the_paper(self, press: Press, kind: str, specimen: bool) -> None:
        """Text extraction by another program proves that none was dropped, and none added."""
        sealed = seal(of(kind=kind, specimen=specimen), SIGNER)
        text = extracted(press.pdf(sealed))
        assert sorted(text) == sorted(readable(sealed))
        for wanted in (
            "人民币壹仟玖佰壹拾叁元贰角肆分",
            "1,913.24",
            "格桑梅朵",
            "540102199001010017",
        ):
            assert wanted in text, wanted
        assert ("样张" in text) == specimen

    def test_what_is_in_tibetan_is_there_letter_by_letter(self, press: Press) -> None:
        pdf = press.pdf(seal(CERTIFICATE, SIGNER))
        command = ["pdftotext", "-layout", "-", "-"]
        done = subprocess.run(command, input=pdf, check=True, capture_output=True)
        # Poppler parts stacked syllables by blanks, which are gone here.
        text = "".join(done.stdout.decode().split())
        assert "བོད་རང་སྐྱོང་ལྗོངས་" in text
        assert "སྒོར་" in text

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(NAMES)
    def test_no_letter_of_a_name_is_lost_or_the_paper_is_refused(
        self, press: Press, name: str
    ) -> None:
        """Also rare ones: those that the fonts have are on the paper, the others are told."""
        sealed = seal(of(holder_name=name), SIGNER)
        there = _covered(tuple(sorted(press._fonts.items())))
        if not set(sealed.certificate.holder_name) <= there:
            with pytest.raises(FontMissing, match=r"U\+"):
                press.pdf(sealed)
            return
        pdf = press.pdf(sealed)
        assert sorted(extracted(pdf)) == sorted(readable(sealed))
        assert judge(read_pdf(pdf), [SIGNER.verifier]) is Verdict.GENUINE

    def test_the_certificate_comes_back_from_its_paper(self, press: Press) -> None:
        sealed = seal(CERTIFICATE, SIGNER)
        found = read_pdf(press.pdf(sealed))
        assert found == sealed
        assert judge(found, [SIGNER.verifier]) is Verdict.GENUINE

    def test_a_paper_that_people_have_at_home_stays_genuine(self, press: Press) -> None:
        """It was printed by the first version of the layout, and is never printed anew."""
        found = read_pdf(RECORDED.read_bytes())
        assert found == seal(CERTIFICATE, SIGNER)
        assert judge(found, [SIGNER.verifier]) is Verdict.GENUINE

    @pytest.mark.parametrize("count", [0, 1, 5, 15, 16, 17, 30, 60])
    def test_lines_go_on_over_pages_with_their_head(self, press: Press, count: int) -> None:
        lines = tuple(dataclasses.replace(LINE, period=f"{1960 + n}") for n in range(count))
        sealed = seal(of(lines=lines, kind="payment"), SIGNER)
        pdf, pages = press.pdf(sealed), press.png(sealed)
        read = PdfReader(io.BytesIO(pdf)).pages
        assert len(pages) == len(read)
        assert all(page.startswith(b"\x89PNG") for page in pages)
        for n, page in enumerate(read, 1):
            text = bare(page.extract_text())
            assert bare(f"第{n}页，共{len(read)}页") in text
            if LINE.levy_item in text:
                assert bare("电子税票号码险种（品目名称）费款所属期") in text
        assert read_pdf(pdf).certificate.total == Money.parse(f"{500 * count}.00")

    @pytest.mark.parametrize("before", range(10, 17))
    def test_a_line_that_takes_several_rows_stays_on_one_page(
        self, press: Press, before: int
    ) -> None:
        """Wherever the page ends: what is read from it would be in another order."""
        tall = dataclasses.replace(LINE, levy_item="城乡居民基本养老保险费（补缴）" * 12)
        sealed = seal(of(lines=(*[LINE] * before, tall, LINE)), SIGNER)
        assert read_pdf(press.pdf(sealed)) == sealed

    def test_the_same_certificate_is_the_same_paper(self, press: Press) -> None:
        sealed = seal(CERTIFICATE, SIGNER)
        assert press.pdf(sealed) == press.pdf(sealed)

    def test_the_paper_says_that_it_may_be_kept_and_read_aloud(self, press: Press) -> None:
        """PDF/A-3a and PDF/UA-1, by its own account; typst refuses to write what isn't."""
        pdf = press.pdf(seal(CERTIFICATE, SIGNER))
        metadata = PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]  # pypdf's objects
        for wanted in ("<pdfaid:part>3</", "<pdfaid:conformance>A</", "<pdfuaid:part>1</"):
            assert wanted in metadata, wanted

    def test_several_threads_share_one_press(self, press: Press) -> None:
        sealed = [seal(of(number=f"4540152510{n:08d}"), SIGNER) for n in range(8)]
        made = dict[int, bytes]()
        threads = [
            threading.Thread(target=lambda n=n: made.update({n: press.pdf(sealed[n])}))  # type: ignore[misc]  # a default for each
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [read_pdf(made[n]) for n in range(8)] == sealed

    @pytest.mark.parametrize(
        "name", ["格\U0003134a", "格\u202e桑", "格\u200b桑", "格\n桑", "格\U000e0100", "🙂"]
    )
    def test_a_character_that_cannot_be_printed_is_told(self, press: Press, name: str) -> None:
        with pytest.raises(FontMissing, match=r"U\+"):
            press.pdf(seal(of(holder_name=name), SIGNER))

    def test_a_font_that_is_missing_is_told_with_its_package(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sstibet.papers.press._installed", lambda: ())
        with pytest.raises(FontMissing, match="apt-get install fonts-noto-cjk"):
            Press("https://example.invalid/verify")

    def test_the_code_leads_to_the_verification_of_this_voucher(self, press: Press) -> None:
        address = press.verify_address(CERTIFICATE)
        assert address == ("https://example.invalid/verify?kind=tax&voucher_no=454016251000000017")


Change = Callable[[PdfWriter], None]


def rewritten(pdf: bytes, change: Change) -> bytes:
    """A paper as somebody writes it anew with a tool for PDFs."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    change(writer)
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def nothing(writer: PdfWriter) -> None:
    """No change: what is written anew is the same certificate."""


def content(writer: PdfWriter, page: int = 0) -> ContentStream:
    """What draws a page, to be changed."""
    found = writer.pages[page].get_contents()
    assert found is not None
    return found


def drawn(stream: ContentStream) -> list[int]:
    """Where text is shown."""
    return [n for n, (_, what) in enumerate(stream.operations) if what in (b"Tj", b"TJ")]


def put(writer: PdfWriter, stream: ContentStream) -> None:
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)


def more_text(writer: PdfWriter) -> None:
    """A figure before an amount: a text of the paper is shown once more."""
    stream = content(writer)
    operations = stream.operations
    at = drawn(stream)[-3]
    stream.operations = [*operations[: at + 1], operations[at], *operations[at + 1 :]]
    put(writer, stream)


def less_text(writer: PdfWriter) -> None:
    """The mark of a specimen, or any text, isn't drawn any more."""
    stream = content(writer)
    at = drawn(stream)[0]
    stream.operations = [each for n, each in enumerate(stream.operations) if n != at]
    put(writer, stream)


def second_stream(writer: PdfWriter) -> None:
    """Text in a font of its own, in a stream behind the paper's."""
    page = writer.pages[0]
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page["/Resources"]["/Font"][NameObject("/Fx")] = font  # type: ignore[index]  # pypdf's objects
    more = DecodedStreamObject()
    more.set_data(b"BT /Fx 12 Tf 500 200 Td (9,999.00) Tj ET")
    contents = ArrayObject([page.raw_get("/Contents"), writer._add_object(more)])
    page[NameObject("/Contents")] = contents


def picture(writer: PdfWriter) -> None:
    """A picture laid over an amount."""
    image = DecodedStreamObject()
    image.set_data(b"\x00")
    image.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
        }
    )
    page = writer.pages[0]
    page["/Resources"][NameObject("/XObject")] = DictionaryObject(  # type: ignore[index]  # pypdf's objects
        {NameObject("/Im"): writer._add_object(image)}
    )


def note(writer: PdfWriter) -> None:
    """A note laid over it, as every viewer can write one."""
    made = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/FreeText"),
            NameObject("/Contents"): TextStringObject("9,999.00"),
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(made)])


def script(writer: PdfWriter) -> None:
    """Something that a viewer does as the paper is opened."""
    writer.root_object[NameObject("/OpenAction")] = _javascript()


def named_script(writer: PdfWriter) -> None:
    """The same by the table of names."""
    names = writer.root_object["/Names"]
    names[NameObject("/JavaScript")] = DictionaryObject(  # type: ignore[index]  # pypdf's objects
        {NameObject("/Names"): ArrayObject([TextStringObject("x"), _javascript()])}
    )


def _javascript() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    )


def second_attachment(writer: PdfWriter) -> None:
    writer.add_attachment("more.json", b"{}")


def same_name_attached(writer: PdfWriter) -> None:
    writer.add_attachment("certificate.json", seal(of(number="1"), SIGNER).text().encode())


def no_layout(writer: PdfWriter) -> None:
    writer.add_metadata({"/Keywords": "another"})


def blank_page(writer: PdfWriter) -> None:
    writer.add_blank_page(100, 100)


def with_attached(pdf: bytes, text: str) -> bytes:
    """A paper with another attachment in the place of its own."""

    def change(writer: PdfWriter) -> None:
        del writer.root_object["/Names"]
        writer.add_attachment("certificate.json", text.encode())

    return rewritten(pdf, change)


class TestTampering:
    """What was changed on a paper, or in it, is found."""

    def test_writing_it_anew_changes_nothing(self, press: Press) -> None:
        """So that what is found below is the change, and not the tool."""
        sealed = seal(CERTIFICATE, SIGNER)
        assert read_pdf(rewritten(press.pdf(sealed), nothing)) == sealed
        assert read_pdf(with_attached(press.pdf(sealed), sealed.text())) == sealed

    @pytest.mark.parametrize(
        "change",
        [
            more_text, less_text, second_stream, picture, note, script, named_script,
            second_attachment, same_name_attached, no_layout, blank_page,
        ],
    )  # fmt: skip
    def test_a_change_of_the_paper_is_found(self, press: Press, change: Change) -> None:
        pdf = press.pdf(seal(CERTIFICATE, SIGNER))
        with pytest.raises(AlteredPaper):
            read_pdf(rewritten(pdf, change))

    @settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_no_change_of_the_letters_drawn_is_missed(
        self, press: Press, data: st.DataObject
    ) -> None:
        """The content stream is edited: letters of one text are put in the place of another's."""
        pdf = press.pdf(seal(CERTIFICATE, SIGNER))
        before = bare("".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages))

        def change(writer: PdfWriter) -> None:
            stream = content(writer)
            operations, places = stream.operations, drawn(stream)
            one, other = (data.draw(st.sampled_from(places)) for _ in range(2))
            changed = list(operations)
            changed[one] = (_letters(operations[other][0], data), operations[one][1])
            stream.operations = changed
            put(writer, stream)

        changed = rewritten(pdf, change)
        after = bare("".join(p.extract_text() for p in PdfReader(io.BytesIO(changed)).pages))
        assume(after != before)
        with pytest.raises(AlteredPaper):
            read_pdf(changed)

    @pytest.mark.parametrize(
        "forged",
        [
            of(lines=(LINE, dataclasses.replace(LINE, period="2024"))),
            of(lines=CERTIFICATE.lines[::-1]),
            of(lines=(dataclasses.replace(LINE, amount=Money.parse("1500.00")),)),
            of(holder_name="格桑梅朵·旺堆"),
            of(id_number="540102199001010018"),
            of(number="454015251000000002"),
            of(office="某某税务局"),
            of(kind="payment"),
            of(specimen=False),
        ],
    )
    def test_another_certificates_seal_on_a_paper_is_found(
        self, press: Press, forged: Certificate
    ) -> None:
        """What is printed says one thing, and what is attached, and genuine, another."""
        pdf = press.pdf(seal(forged, SIGNER))
        with pytest.raises(AlteredPaper, match="isn't what was signed"):
            read_pdf(with_attached(pdf, seal(CERTIFICATE, SIGNER).text()))

    def test_a_paper_printed_of_a_forged_attachment_is_judged_altered(self, press: Press) -> None:
        """Paper and attachment agree, but nobody signed them."""
        stolen = dataclasses.replace(seal(CERTIFICATE, SIGNER), certificate=of(holder_name="扎西"))
        found = read_pdf(press.pdf(stolen))
        assert judge(found, [SIGNER.verifier]) is Verdict.ALTERED

    def test_each_page_has_its_mark_and_its_foot_and_no_other_of_their_length(
        self, press: Press
    ) -> None:
        """The mark of a specimen made into other words, on any page."""
        sealed = seal(of(lines=(LINE,) * 30), SIGNER)
        read = PdfReader(io.BytesIO(press.pdf(sealed))).pages
        pages = [bare(page.extract_text()) for page in read]
        assert as_printed(sealed, pages)
        for n, page in enumerate(pages):
            for right, wrong in (("样张虚构数据", "正本真实数据"), (f"第{n + 1}页", "第7页")):
                assert page.count(right) == 1
                changed = [*pages[:n], page.replace(right, wrong), *pages[n + 1 :]]
                assert not as_printed(sealed, changed)

    def test_a_later_revision_is_found(self, press: Press) -> None:
        """An incremental update, by which viewers save what somebody wrote on a paper."""
        pdf = press.pdf(seal(CERTIFICATE, SIGNER))
        writer = PdfWriter(io.BytesIO(pdf), incremental=True)
        writer.pages[0][NameObject("/Rotate")] = writer.pages[0].get("/Rotate", ArrayObject())
        data = io.BytesIO()
        writer.write(data)
        assert data.getvalue().count(b"%%EOF") > 1
        with pytest.raises(AlteredPaper, match="written to"):
            read_pdf(data.getvalue())

    @pytest.mark.parametrize(
        "data", [b"", b"%PDF-1.7", b"{}", base64.b64decode("AAAA"), b"%PDF-1.7\n" * 3_000_000]
    )
    def test_what_is_no_paper_is_told_as_none(self, data: bytes) -> None:
        with pytest.raises(NotACertificate):
            read_pdf(data)

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def test_a_damaged_file_is_told_and_never_breaks_the_reader(
        self, press: Press, data: st.DataObject
    ) -> None:
        pdf = bytearray(press.pdf(seal(CERTIFICATE, SIGNER)))
        for _ in range(data.draw(st.integers(1, 20))):
            pdf[data.draw(st.integers(0, len(pdf) - 1))] = data.draw(st.integers(0, 255))
        try:
            found = read_pdf(bytes(pdf))
        except NotACertificate:
            return
        assert judge(found, [SIGNER.verifier]) in Verdict


def _letters(operands: Any, data: st.DataObject) -> Any:
    """The letters that an operation shows, or some of them."""
    shown = operands[0]
    if isinstance(shown, ArrayObject):
        keep = data.draw(st.integers(1, len(shown)))
        return ArrayObject([ArrayObject(shown[:keep])])
    raw = shown.original_bytes if hasattr(shown, "original_bytes") else bytes(shown)
    return ArrayObject([ByteStringObject(raw)])
