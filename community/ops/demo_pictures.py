"""Pictures of the example community: drawn, so that nobody's face and no photographer's work is in
them."""

import io
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageDraw

from community.core.pictures import Picture
from community.events.covers import as_cover
from community.membership.photos import as_photo
from community.ops.demo_people import ADMIN, COHOST, ORGANIZER

_SIDE, _WIDTH, _HEIGHT = 640, 1200, 630
_SKIN = ("#e8c4a2", "#8d5a3a", "#5c3a26", "#d3a27a", "#f0d3b8", "#b07a52")
_HAIR = ("#2b211c", "#1a1a1f", "#6b4a2f", "#a9a6a0", "#3a2a4a", "#7a3b22")
_CLOTH = ("#1a487f", "#6b2737", "#28584b", "#3f3d56", "#7a5c1e", "#4a4f57")
_WALL = ("#dfe6ec", "#efe6da", "#e3ebe2", "#ece2e8", "#e6e3d8", "#dde3ea")

# Who shows a photo; the others have their initials.
_PHOTOGRAPHED = (
    ORGANIZER,
    ADMIN,
    COHOST,
    "priya.raghunathan@example.com",
    "mateo.fernandez@example.com",
    "grace.mwangi@example.net",
    "thomas.obrien@example.com",
    "aiko.mori@example.net",
)


@cache
def draw_photos() -> dict[str, list[Picture]]:
    """Photos by address."""
    return {address: as_photo(_portrait(n)) for n, address in enumerate(_PHOTOGRAPHED)}


@cache
def draw_covers() -> dict[str, list[Picture]]:
    """Cover pictures by the slug of their event."""
    drawn: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
        "boston-leadership-dinner": _long_table,
        "data-management-breakfast": _cups,
        "five-stories-of-change": _chairs,
    }
    return {slug: as_cover(_scene(draw)) for slug, draw in drawn.items()}


def _portrait(number: int) -> bytes:
    image = Image.new("RGB", (_SIDE, _SIDE), _WALL[number % len(_WALL)])
    draw = ImageDraw.Draw(image)
    hair, skin = _HAIR[number * 5 % len(_HAIR)], _SKIN[number * 5 % len(_SKIN)]
    draw.ellipse((90, 440, 550, 900), fill=_CLOTH[number % len(_CLOTH)])
    if number % 2:
        draw.rounded_rectangle((185, 130, 455, 470), radius=120, fill=hair)  # it is long
    draw.rounded_rectangle((275, 360, 365, 500), radius=40, fill=skin)
    draw.ellipse((205, 140, 435, 420), fill=skin)
    draw.pieslice((200, 120, 440, 380), 180, 360, fill=hair)
    return _png(image)


def _scene(paint: Callable[[ImageDraw.ImageDraw], None]) -> bytes:
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "#172a45")
    paint(ImageDraw.Draw(image))
    return _png(image)


def _long_table(draw: ImageDraw.ImageDraw) -> None:
    """A window on the harbor at dusk, and a table set for many."""
    for row in range(360):
        share = row / 360
        colour = (int(23 + 190 * share), int(42 + 90 * share), int(80 + 10 * share))
        draw.line((0, row, _WIDTH, row), fill=colour)
    draw.ellipse((820, 240, 960, 380), fill="#f4d9a0")
    draw.rectangle((0, 330, _WIDTH, 400), fill="#27435f")
    for x in range(0, _WIDTH + 1, 300):
        draw.rectangle((x - 6, 0, x + 6, 400), fill="#0f1c2e")
    draw.rectangle((0, 400, _WIDTH, _HEIGHT), fill="#0f1c2e")
    draw.polygon(((120, 430), (1080, 430), (1200, 630), (0, 630)), fill="#f3eee4")
    for n in range(6):
        far, near = 190 + 146 * n, 125 + 168 * n
        draw.ellipse((far, 465, far + 90, 505), fill="#ffffff", outline="#c9bfae", width=3)
        draw.ellipse((near, 545, near + 110, 600), fill="#ffffff", outline="#c9bfae", width=3)


def _cups(draw: ImageDraw.ImageDraw) -> None:
    """Twelve cups from above, one of them taken away."""
    draw.rectangle((0, 0, _WIDTH, _HEIGHT), fill="#e9dcc6")
    for n in range(12):
        x, y = 150 + n % 4 * 300, 120 + n // 4 * 195
        draw.ellipse((x - 85, y - 85, x + 85, y + 85), fill="#fbf7ef", outline="#cdbb9b", width=4)
        if n != 6:
            draw.rounded_rectangle((x + 45, y - 14, x + 100, y + 14), radius=14, fill="#8c3b2a")
            draw.ellipse((x - 55, y - 55, x + 55, y + 55), fill="#a5492f")
            draw.ellipse((x - 42, y - 42, x + 42, y + 42), fill="#3a2015")


def _chairs(draw: ImageDraw.ImageDraw) -> None:
    """Five chairs in five lights."""
    for n, colour in enumerate(("#d98e73", "#e3b95b", "#7fb1a3", "#8aa5d6", "#c39ac9")):
        x = 120 + n * 240
        draw.polygon(((x - 30, 0), (x + 30, 0), (x + 115, 560), (x - 115, 560)), fill=colour)
        draw.ellipse((x - 115, 530, x + 115, 590), fill=colour)
        draw.rectangle((x - 45, 300, x + 45, 430), fill="#20252e")
        draw.rectangle((x - 60, 430, x + 60, 455), fill="#20252e")
        for leg in (-55, 43):
            draw.rectangle((x + leg, 455, x + leg + 12, 570), fill="#20252e")


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
