"""Pictures for tests, drawn and saved as a camera or an editor does, and things that look alike."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

from community.membership.models import Person
from community.membership.photos import as_photo, change_photo

RED, BLUE = (200, 30, 30), (30, 30, 200)


def a_picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (640, 480),
    *,
    mode: str = "RGB",
    colour: Any = RED,
    **saved: Any,
) -> bytes:
    """One colour in a file of that kind; ``saved`` are Pillow's options."""
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **saved)
    return out.getvalue()


def two_colours(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return image


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for kind, data in chunks:
        sum_ = zlib.crc32(kind + data)
        parts.append(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_))
    return b"".join(parts)


def png_header(width: int, height: int) -> tuple[bytes, bytes]:
    """The chunk that states the size of a PNG in 24-bit colour."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


def opened(content: bytes) -> Image.Image:
    """A picture, decoded."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def a_photo_of(person: Person, colour: Any = RED) -> Person:
    """Give somebody a photo."""
    change_photo(person.id, as_photo(a_picture(colour=colour)))
    return person
