"""A pass as the QR code that its holder shows."""

import asyncio
from io import BytesIO

import segno

QUIET_ZONE = 4
"""Modules around the code (ISO/IEC 18004 §5.3.8); readers need them."""

VERSION_MAX = 20
"""Phones do not read denser ones."""


async def drawn_svg(text: str) -> str:
    """SVG without a head, for a page. Drawing takes a tenth of a second, so it is not done on the
    loop."""
    return await asyncio.to_thread(_drawn, text)


def _drawn(text: str) -> str:
    code = segno.make_qr(text, error="m", mode="byte", boost_error=False)
    if not isinstance(code.version, int) or code.version > VERSION_MAX:
        raise ValueError("more than a code holds that phones read")
    drawing = BytesIO()
    code.save(drawing, kind="svg", border=QUIET_ZONE, xmldecl=False, nl=False)
    return drawing.getvalue().decode("utf-8")
