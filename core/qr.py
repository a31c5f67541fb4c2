"""Squares that a telephone's camera reads."""

from __future__ import annotations

import io

import segno


def svg(text: str) -> bytes:
    """The text as an SVG picture, with the white border that readers need."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=6, border=2, xmldecl=False)
    return out.getvalue()
