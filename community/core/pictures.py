"""Pictures that people hand in: known by content, bounded, and made anew from their pixels.

Nothing of the file itself is kept: whatever was in it beside the pixels (EXIF, GPS, XMP, comments,
another file behind its end) is not in what comes out.
"""

import hashlib
import io
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageOps

from community.core.errors import Refused

MIB = 1024 * 1024
MOST_BYTES = 10 * MIB
MOST_PIXELS = 40_000_000
MOST_SCANS = 64  # of a progressive JPEG; cameras and editors write about ten

_ORIENTATION = 0x0112  # EXIF 2.32, 4.6.4 A
_SIGNATURES = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "GIF": re.compile(rb"GIF8[79]a"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
_PAPER = (255, 255, 255)

# Pixels take far more memory than the file: no process holds those of two pictures at once.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Shape:
    """A wanted form: cut to fill a square or kept whole; with or without what is transparent.

    ``width`` and ``height`` are pixels and the most that comes out: nothing is enlarged.
    """

    name: str
    width: int
    height: int
    fills: bool = True
    keeps_alpha: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture made anew. ``digest`` is the SHA-256 of its bytes in hexadecimal digits."""

    name: str
    content: bytes
    content_type: str  # image/jpeg, or image/png where transparency is kept
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, 64 hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def remake(content: bytes, shapes: Sequence[Shape]) -> list[Picture]:
    """One picture for each shape, of a JPEG, PNG, WebP or (first frame) GIF.

    Refuses what is larger than MOST_BYTES or, by its header, MOST_PIXELS, and what is none of
    these or broken. The name and declared type of the file have no say.
    """
    if len(content) > MOST_BYTES:
        raise Refused("picture_too_large", most=MOST_BYTES // MIB)
    kind = _kind_of(content)
    if kind == "JPEG" and _scans(content) > MOST_SCANS:
        raise Refused("picture_broken")  # each scan is another pass over all pixels
    if kind == "WEBP":
        _check_size(*_webp_size(content))  # its decoder takes the memory when it is opened
    with _one_at_a_time, _only_refusals(), Image.open(io.BytesIO(content), formats=[kind]) as image:
        _check_size(*image.size)
        pixels = _pixels(image, shapes)
        return [_shaped(pixels, shape) for shape in shapes]


def _kind_of(content: bytes) -> str:
    for kind, signature in _SIGNATURES.items():
        if signature.match(content):
            return kind
    raise Refused("picture_unknown")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Refused("picture_too_many_pixels", most=MOST_PIXELS // 1_000_000)


@contextmanager
def _only_refusals() -> Iterator[None]:
    try:
        yield
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("picture_too_many_pixels", most=MOST_PIXELS // 1_000_000) from None
    except Exception as error:
        # The decoders raise whatever they trip over: struct.error, SyntaxError, KeyError and more.
        raise Refused("picture_broken") from error


def _webp_size(content: bytes) -> tuple[int, int]:
    """Width and height of the canvas (WebP container specification; RFC 6386 9.1 for VP8)."""
    head = content[12:30].ljust(18, b"\x00")
    kind, body = head[:4], head[8:]
    if kind == b"VP8X":
        width = int.from_bytes(body[4:7], "little") + 1
        return width, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width = int.from_bytes(body[6:8], "little") & 0x3FFF
        return width, int.from_bytes(body[8:10], "little") & 0x3FFF
    raise Refused("picture_broken")


def _scans(content: bytes) -> int:
    """How many scans a JPEG has (ITU-T T.81, B.1): its segments are walked, not its data."""
    found, at = 0, 2
    marker = re.compile(rb"\xff+([^\x00\xff])")
    while next_marker := marker.search(content, at):
        code, at = next_marker[1][0], next_marker.end()
        if code == 0xD9:  # the end of the image
            break
        if code == 0x01 or 0xD0 <= code <= 0xD8:
            continue  # stands alone
        found += code == 0xDA
        at += int.from_bytes(content[at : at + 2], "big")
    return found


def _pixels(image: Image.Image, shapes: Sequence[Shape]) -> Image.Image:
    """The decoded first frame, upright, RGB or RGBA, and not much larger than the shapes need."""
    needed = 2 * max(max(shape.width, shape.height) for shape in shapes)
    image.draft(None, (needed, needed))  # a JPEG is decoded at a fraction of its size
    turn = image.getexif().get(_ORIENTATION)
    image.load()
    pixels = _plain(image)
    factor = min(pixels.size) // needed
    if factor > 1:
        pixels = _reduced(pixels, factor)
    return _upright(pixels, turn)


def _plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey; a plain conversion would cut them off
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L").convert("RGB")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _reduced(pixels: Image.Image, factor: int) -> Image.Image:
    """Smaller by a factor, strip by strip: Pillow copies what it takes if that has transparency."""
    width, height = pixels.size
    small = Image.new(pixels.mode, (ceil(width / factor), ceil(height / factor)))
    step = factor * 64
    for top in range(0, height, step):
        strip = pixels.crop((0, top, width, min(height, top + step)))
        small.paste(strip.reduce(factor), (0, top // factor))
    return small


def _upright(pixels: Image.Image, turn: object) -> Image.Image:
    # The same in EXIF's numbers; ImageOps.exif_transpose would work on all pixels of the original.
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    method = turns.get(turn) if isinstance(turn, int) else None
    return pixels if method is None else pixels.transpose(method)


def _shaped(pixels: Image.Image, shape: Shape) -> Picture:
    if shape.fills:
        # Faces are above the middle of most portraits.
        scale = min(1.0, pixels.width / shape.width, pixels.height / shape.height)
        size = (max(1, round(shape.width * scale)), max(1, round(shape.height * scale)))
        shaped = ImageOps.fit(pixels, size, Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    else:
        shaped = pixels.copy()
        shaped.thumbnail((shape.width, shape.height), Image.Resampling.LANCZOS)
    # A new image knows nothing of what the file said beside its pixels.
    if shape.keeps_alpha and shaped.mode == "RGBA":
        clean = Image.new("RGBA", shaped.size)
        clean.paste(shaped)
    else:
        clean = Image.new("RGB", shaped.size, _PAPER)
        clean.paste(shaped, mask=shaped.getchannel("A") if shaped.mode == "RGBA" else None)
    out = io.BytesIO()
    if shape.keeps_alpha:
        clean.save(out, "PNG", optimize=True)
        return Picture(shape.name, out.getvalue(), "image/png", *clean.size)
    clean.save(out, "JPEG", quality=85, optimize=True)
    return Picture(shape.name, out.getvalue(), "image/jpeg", *clean.size)
