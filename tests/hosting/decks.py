"""PDFs for tests, made by hand: small, and broken in exactly one way each. And what a tus client sends."""

import base64
import hashlib
import io
import re
from collections.abc import Mapping

from pypdf import PdfReader, PdfWriter

ARABIC = "الأزمات والأسلاك"  # with lam-alef, which PDFium turns around
TUS = {"tus-resumable": "1.0.0"}
TYPE = {"content-type": "application/offset+octet-stream"}


def pdf(objects: Mapping[int, str | bytes], *, damaged: bool = False) -> bytes:
    """A file of numbered objects, the first of them the catalog."""
    out, places = io.BytesIO(), {}
    out.write(b"%PDF-1.7\n")
    for number, body in objects.items():
        places[number] = out.tell()
        out.write(b"%d 0 obj\n" % number + (body.encode() if isinstance(body, str) else body) + b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for number in objects:
        out.write(b"%010d 00000 n \n" % (places[number] + (7 if damaged else 0)))
    at = 12 if damaged else table
    out.write(b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, at))
    return out.getvalue()


def stream(body: bytes, more: str = "") -> bytes:
    return f"<< /Length {len(body)} {more}>>\nstream\n".encode() + body + b"\nendstream"


def deck(pages: int = 1, box: str = "0 0 960 540", *, damaged: bool = False) -> bytes:
    """Pages that say which they are, on a coloured ground."""
    objects: dict[int, str | bytes] = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {pages} /Kids [{' '.join(f'{4 + 2 * n} 0 R' for n in range(pages))}] >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for n in range(pages):
        shown = f"0.9 0.3 0.1 rg 0 0 400 300 re f 0 g BT /F 40 Tf 60 300 Td (Page {n + 1} of the deck) Tj ET"
        objects[4 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents {5 + 2 * n} 0 R "
            "/Resources << /Font << /F 3 0 R >> >> >>"
        )
        objects[5 + 2 * n] = stream(shown.encode())
    return pdf(objects, damaged=damaged)


def many(pages: int) -> bytes:
    """Many pages that are all the same empty one, some 80 bytes each."""
    kids = " ".join(f"{3 + n} 0 R" for n in range(pages))
    objects: dict[int, str | bytes] = {1: "<< /Type /Catalog /Pages 2 0 R >>"}
    objects[2] = f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>"
    objects |= {3 + n: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>" for n in range(pages)}
    return pdf(objects)


def written(text: str) -> bytes:
    """One page with a text in glyphs that only its ToUnicode table explains, drawn from right to left.

    Lam and alef are one glyph, as in every Arabic font.
    """
    glyphs = re.findall("ل[اأإآ]|.", text)
    code = {glyph: n + 1 for n, glyph in enumerate(sorted(set(glyphs)))}
    pairs = "\n".join(f"<{code[glyph]:04x}> <{glyph.encode('utf-16-be').hex()}>" for glyph in code)
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(code)} beginbfchar\n{pairs}\nendbfchar endcmap end end"
    )
    drawn = "".join(f"{code[glyph]:04x}" for glyph in reversed(glyphs))
    return pdf(
        {
            1: "<< /Type /Catalog /Pages 2 0 R >>",
            2: "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 960 540] /Contents 4 0 R "
            "/Resources << /Font << /F 5 0 R >> >> >>",
            4: stream(f"BT /F 40 Tf 60 300 Td <{drawn}> Tj ET".encode()),
            5: "<< /Type /Font /Subtype /Type0 /BaseFont /Amiri /Encoding /Identity-H "
            "/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
            6: "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Amiri /DW 600 /FontDescriptor 8 0 R "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
            7: stream(table.encode()),
            8: "<< /Type /FontDescriptor /FontName /Amiri /Flags 4 /Ascent 800 /Descent -200 /CapHeight 700 "
            "/ItalicAngle 0 /StemV 80 /FontBBox [0 -200 1000 800] >>",
        }
    )


def encrypted(password: str = "sesame") -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(deck())))
    writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def padded(content: bytes, size: int) -> bytes:
    """The same deck as a file of a size: with bytes after its end, which readers pass over."""
    return content + b"\n%" + b"." * (size - len(content) - 2)


# ── tus ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def metadata(**given: str) -> str:
    return ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in given.items())


def creation(size: int, contribution: str, filename: str = "deck.pdf") -> dict[str, str]:
    """The headers that begin an upload."""
    said = metadata(filename=filename, contribution=contribution)
    return {**TUS, "upload-length": str(size), "upload-metadata": said}


def part(offset: int, body: bytes | None = None, algorithm: str = "sha256") -> dict[str, str]:
    """The headers of a PATCH; with a checksum if a body is given."""
    headers = {**TUS, **TYPE, "upload-offset": str(offset)}
    if body is not None:
        proof = base64.b64encode(hashlib.new(algorithm, body).digest()).decode()
        headers["upload-checksum"] = f"{algorithm} {proof}"
    return headers
