"""Pictures are known by content, bounded before they are decoded, and made anew."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image, PngImagePlugin

from community.core import pictures
from community.core.errors import Refused
from community.core.pictures import MOST_BYTES, Shape, remake
from tests.factories.pictures import (
    BLUE,
    RED,
    a_picture,
    opened,
    png_header,
    png_of,
    two_colours,
)

SQUARES = [Shape("small", 96, 96), Shape("large", 480, 480)]
WHOLE = [Shape("logo", 640, 128, fills=False, keeps_alpha=True)]
CANARY = b"canary-<script>alert(1)</script>"


def near(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 25 for a, b in zip(pixel, colour, strict=True))


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        remake(content, SQUARES)
    return caught.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_kind_becomes_a_small_and_a_large_square_in_jpeg(kind: str) -> None:
    small, large = remake(a_picture(kind), SQUARES)
    for one, side in ((small, 96), (large, 480)):
        image = opened(one.content)
        assert (image.format, image.size) == ("JPEG", (side, side))
        assert (one.width, one.height, one.content_type) == (side, side, "image/jpeg")
        assert near(image.getpixel((side // 2, side // 2)), RED)
    assert (small.name, large.name) == ("small", "large")
    assert small.digest != large.digest


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [
        ("L", 128, "JPEG"),
        ("CMYK", (0, 255, 255, 0), "JPEG"),
        ("1", 1, "PNG"),
        ("P", 3, "PNG"),
        ("LA", (128, 255), "PNG"),
        ("RGBA", (*RED, 255), "PNG"),
        ("I;16", 32768, "PNG"),
        ("RGBA", (*RED, 255), "WEBP"),
        ("P", 3, "GIF"),
    ],
)
def test_every_way_to_write_pixels_is_read(mode: str, colour: object, kind: str) -> None:
    for shapes in (SQUARES, WHOLE):
        for one in remake(a_picture(kind, mode=mode, colour=colour), shapes):
            assert opened(one.content).mode in {"RGB", "RGBA"}


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(2111, 2503), (4000, 2000), (1930, 1921)])
def test_a_picture_made_smaller_strip_by_strip_is_the_same(
    mode: str, size: tuple[int, int]
) -> None:
    image = Image.effect_noise(size, 90).convert(mode)
    assert pictures._reduced(image, 2).tobytes() == image.reduce(2).tobytes()
    assert pictures._reduced(image, 7).tobytes() == image.reduce(7).tobytes()


def test_sixteen_bits_of_grey_keep_their_tone() -> None:
    (one,) = remake(a_picture("PNG", mode="I;16", colour=32768), SQUARES[:1])
    assert near(opened(one.content).getpixel((48, 48)), (128, 128, 128))


def test_what_is_transparent_is_white_or_stays_so() -> None:
    clear = a_picture("PNG", mode="RGBA", colour=(*RED, 0))
    (square,), (logo,) = remake(clear, SQUARES[:1]), remake(clear, WHOLE)
    assert near(opened(square.content).getpixel((9, 9)), (255, 255, 255))
    kept = opened(logo.content)
    assert (kept.format, kept.getpixel((9, 9))[3]) == ("PNG", 0)  # type: ignore[index]  # RGBA
    assert logo.content_type == "image/png"


def test_nothing_is_enlarged_and_a_whole_picture_keeps_its_proportions() -> None:
    assert [(p.width, p.height) for p in remake(a_picture(size=(60, 50)), SQUARES)] == [
        (50, 50)
    ] * 2
    assert [(p.width, p.height) for p in remake(a_picture(size=(900, 300)), WHOLE)] == [(384, 128)]
    assert [(p.width, p.height) for p in remake(a_picture(size=(1, 1)), SQUARES)] == [(1, 1)] * 2
    thin = remake(a_picture("PNG", size=(9000, 1)), WHOLE)
    assert [(p.width, p.height) for p in thin] == [(640, 1)]


def test_of_what_moves_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (100, 100), colour) for colour in (RED, BLUE)]
    for kind in ("GIF", "WEBP", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:] * 40, duration=50)
        (one,) = remake(out.getvalue(), SQUARES[:1])
        image = opened(one.content)
        assert near(image.getpixel((48, 48)), RED)
        assert getattr(image, "n_frames", 1) == 1


# What EXIF's eight orientations do to a picture that is red on the left (2.32, 4.6.4 A).
TURNED = {
    1: "left",
    2: "right",
    3: "right",
    4: "left",
    5: "top",
    6: "top",
    7: "bottom",
    8: "bottom",
}
SPOT = {"left": (5, 48), "right": (90, 48), "top": (48, 5), "bottom": (48, 90)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", list(TURNED))
def test_a_picture_stands_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    two_colours((300, 300)).save(out, kind, exif=exif)
    image = opened(remake(out.getvalue(), SQUARES[:1])[0].content)
    assert near(image.getpixel(SPOT[TURNED[orientation]]), RED)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    two_colours((300, 300)).save(out, "JPEG", exif=exif)
    image = opened(remake(out.getvalue(), SQUARES[:1])[0].content)
    assert near(image.getpixel(SPOT["left"]), RED)


def with_metadata(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()  # ImageDescription
    exif.get_ifd(0x8825)[2] = (42.0, 21.0, 43.0)  # GPSLatitude
    saved = {"exif": exif, "icc_profile": b"\x00" * 128 + CANARY, "xmp": CANARY}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", CANARY.decode())
        text.add_itxt("XML:com.adobe.xmp", CANARY.decode())
        saved |= {"pnginfo": text}
        del saved["xmp"]
    if kind == "JPEG":
        saved["comment"] = CANARY
    return a_picture(kind, **saved)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_comes_out(kind: str) -> None:
    content = with_metadata(kind)
    assert b"canary" in content, "the control: the file does hold it"
    for one in [*remake(content, SQUARES), *remake(content, WHOLE)]:
        image = opened(one.content)
        assert b"canary" not in one.content
        assert not image.getexif()
        assert not set(image.info) & {"exif", "icc_profile", "xmp", "comment", "photoshop"}
        assert not getattr(image, "text", {})


HTML = b"<!doctype html><script>alert('canary')</script>"
ZIP = b"PK\x03\x04canary" + b"\x00" * 22 + b"PK\x05\x06" + b"\x00" * 18


@pytest.mark.parametrize("payload", [HTML, ZIP, b"<?php echo 'canary'; ?>", b"%PDF-1.7 canary"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_hangs_behind_a_picture_is_gone(kind: str, payload: bytes) -> None:
    for one in remake(a_picture(kind) + payload, SQUARES):
        assert b"canary" not in one.content
        assert one.content.startswith(b"\xff\xd8\xff")
        assert one.content.endswith(b"\xff\xd9")


def test_what_is_hidden_in_a_comment_or_in_pixels_is_gone() -> None:
    gif = a_picture("GIF", comment=b"*/alert('canary')//")
    raw = b"<script>canary</script>".ljust(48, b" ")
    pixels = Image.frombytes("RGB", (4, 4), raw).resize((64, 64), Image.Resampling.NEAREST)
    for content in (gif, _png(pixels)):
        assert all(b"canary" not in one.content for one in remake(content, SQUARES))


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


JPEG = a_picture()
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "picture_unknown"),
    "a byte": (b"\xff", "picture_unknown"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "picture_unknown"),
    "SVG with a declaration": (b'<?xml version="1.0"?><svg/>', "picture_unknown"),
    "HTML": (HTML, "picture_unknown"),
    "HTML before a picture": (HTML + JPEG, "picture_unknown"),
    "a picture behind a space": (b" " + JPEG, "picture_unknown"),
    "PDF": (b"%PDF-1.7\n", "picture_unknown"),
    "ZIP": (ZIP, "picture_unknown"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "picture_unknown"),
    "BMP": (a_picture("BMP"), "picture_unknown"),
    "TIFF": (a_picture("TIFF"), "picture_unknown"),
    "ICO": (a_picture("ICO", size=(16, 16)), "picture_unknown"),
    "a JPEG's first bytes": (b"\xff\xd8\xff", "picture_broken"),
    "a PNG's first bytes": (b"\x89PNG\r\n\x1a\n", "picture_broken"),
    "a GIF's first bytes": (b"GIF89a", "picture_broken"),
    "a WebP's first bytes": (b"RIFF\x00\x00\x00\x00WEBP", "picture_broken"),
    "a WebP of an unknown chunk": (
        b"RIFF\x20\x00\x00\x00WEBPEVIL" + b"\x00" * 40,
        "picture_broken",
    ),
    "a WAV": (b"RIFF\x20\x00\x00\x00WAVE" + b"\x00" * 40, "picture_unknown"),
    "a JPEG called PNG by its first bytes": (b"\x89PNG\r\n\x1a\n" + JPEG, "picture_broken"),
    "noise behind a JPEG's first bytes": (b"\xff\xd8\xff" + b"\x5a" * 5000, "picture_broken"),
    "too many bytes": (JPEG + b"\x00" * MOST_BYTES, "picture_too_large"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_what_is_no_picture_is_refused_and_said_why(name: str) -> None:
    content, code = BAD[name]
    assert refusal(content) == code


def test_as_many_bytes_as_allowed_are_taken() -> None:
    assert remake(JPEG.ljust(MOST_BYTES, b"\x00"), SQUARES)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_part_of_a_picture_is_broken_wherever_it_ends(kind: str) -> None:
    image = Image.effect_noise((300, 300), 90).convert("RGB")
    out = io.BytesIO()
    image.save(out, kind)
    content = out.getvalue()
    assert remake(content, SQUARES), "the control: it was whole before"
    for part in (0.05, 0.3, 0.6, 0.95):
        assert refusal(content[: int(len(content) * part)]) == "picture_broken"


def a_bomb(kind: str, side: int) -> bytes:
    """Few bytes that say they are a picture of ``side`` times ``side`` pixels."""
    size = struct.pack("<HH", side, side)
    match kind:
        case "PNG":
            rows = zlib.compress(b"\x00" * 100_000)
            return png_of(png_header(side, side), (b"IDAT", rows), (b"IEND", b""))
        case "GIF":
            return (
                b"GIF89a" + size + b"\x00\x00\x00," + b"\x00" * 4 + size + b"\x00\x02\x01\x00\x00;"
            )
        case "JPEG":
            frame = struct.pack(">BHHB", 8, side, side, 1) + b"\x01\x11\x00"
            scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
            return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + scan
        case "VP8X":
            edge = (side - 1).to_bytes(3, "little")
            body = b"VP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + edge + edge
        case "VP8L":
            bits = ((side - 1) & 0x3FFF) | ((side - 1) & 0x3FFF) << 14
            body = b"VP8L\x05\x00\x00\x00\x2f" + struct.pack("<I", bits) + b"\x00"
        case _:
            limited = struct.pack("<HH", side & 0x3FFF, side & 0x3FFF)
            body = b"VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a" + limited
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "VP8X", "VP8L", "VP8 "])
@pytest.mark.parametrize("side", [30_000, 10_000, 6_400])
def test_too_many_pixels_are_refused_by_the_header_alone(kind: str, side: int) -> None:
    size = side if kind in {"PNG", "GIF", "JPEG", "VP8X"} else min(side, 16_000)
    began = time.thread_time()
    assert refusal(a_bomb(kind, size)) == "picture_too_many_pixels"
    assert time.thread_time() - began < 1


def test_the_headers_of_real_webp_files_are_read_right() -> None:
    """The control of the test above: the three forms as a real encoder writes them."""
    forms = {
        b"VP8 ": a_picture("WEBP", (321, 123)),
        b"VP8L": a_picture("WEBP", (321, 123), lossless=True),
        b"VP8X": a_picture("WEBP", (321, 123), exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00"),
    }
    for form, content in forms.items():
        assert content[12:16] == form
        assert pictures._webp_size(content) == (321, 123)


def test_a_wide_limit_would_decode_what_the_limit_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    content = a_picture("PNG", size=(1000, 1000), mode="1", colour=0)
    monkeypatch.setattr(pictures, "MOST_PIXELS", 999_999)
    assert refusal(content) == "picture_too_many_pixels"
    monkeypatch.setattr(pictures, "MOST_PIXELS", 1_000_000)
    assert remake(content, SQUARES)


def _with_scans(count: int) -> bytes:
    """A progressive JPEG that repeats its last scan: each is another pass over all pixels."""
    content = a_picture(size=(64, 64), progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * count + b"\xff\xd9"


def test_a_jpeg_of_very_many_scans_is_refused() -> None:
    assert pictures._scans(a_picture(progressive=True)) == 10
    assert pictures._scans(a_picture()) == 1
    assert refusal(_with_scans(100)) == "picture_broken"


def test_scans_are_not_counted_in_what_is_no_scan() -> None:
    exif = Image.Exif()
    exif[0x010E] = "\u00ff\u00da".encode("latin-1") * 100
    content = a_picture(exif=exif)
    assert content.count(b"\xff\xda") > 100
    assert pictures._scans(content) == 1
    assert remake(content, SQUARES)


def test_text_that_unpacks_to_very_much_is_refused() -> None:
    rows = zlib.compress(b"\x00" * (10 * 31))
    text = b"Comment\x00\x00" + zlib.compress(b"x" * 200_000_000, 9)
    head, tail = png_header(10, 10), ((b"IDAT", rows), (b"IEND", b""))
    assert remake(png_of(head, *tail), SQUARES), "the control: without the text it is a picture"
    assert refusal(png_of(head, (b"zTXt", text), *tail)) == "picture_broken"
