"""A digest as mail programs show it, before it is addressed to anyone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Image:
    """A picture inside a message.

    Attributes:
        cid: what the HTML calls it, in ``src="cid:…"``; unique within its message.
        filename: its name where a mail program lists it as a file.
        content: the PNG.
        alt: what it shows, in one or two sentences.
        width, height: in CSS pixels, as the HTML shows it.
    """

    cid: str
    filename: str
    content: bytes = field(repr=False)
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Mail:
    """The HTML part of a message and the pictures it shows.

    Attributes:
        html: a document that refers to nothing but ``images``.
        images: every picture that the document shows, in its order.
    """

    html: str
    images: tuple[Image, ...] = ()
