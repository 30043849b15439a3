"""``/gate`` with the camera that the browser itself gives it: a film, no canvas of a test."""

import io
from pathlib import Path

import pytest
import segno
from PIL import Image

from tests.acceptance.callers import Caller
from tests.acceptance.hubs import RunningHub
from tests.acceptance.passing import issued
from tests.pages.browser import browser_with
from tests.pages.gate_device import gate, panel

pytestmark = pytest.mark.processes

SIZE = (1280, 720)
FRAMES_WITHOUT, FRAMES_WITH = 20, 60


def frame(code: str | None) -> bytes:
    """One JPEG: a gray wall, and before it a phone that shows ``code``."""
    wall = Image.new("RGB", SIZE, "#888")
    if code is not None:
        octets = io.BytesIO()
        segno.make(code, micro=False, error="m").save(octets, kind="png", scale=5, border=4)
        shown = Image.open(octets).convert("RGB")
        wall.paste(shown, ((SIZE[0] - shown.width) // 2, (SIZE[1] - shown.height) // 2))
    written = io.BytesIO()
    wall.save(written, "JPEG", quality=80)
    return written.getvalue()


def test_a_pass_before_the_browsers_own_camera_is_answered(
    gate_hub: RunningHub, gate_city: Caller, tmp_path: Path
) -> None:
    film = tmp_path / "film.mjpeg"  # a film of JPEGs is nothing but JPEGs behind one another
    text = issued(gate_city, "green_everywhere")["passText"]
    film.write_bytes(frame(None) * FRAMES_WITHOUT + frame(text) * FRAMES_WITH)
    played = f"--use-file-for-fake-video-capture={film}"
    with browser_with(played) as browser, gate(gate_hub, browser, "gate-film") as window:
        page = window.page
        page.locator("#reader[data-state=good]").wait_for()
        page.locator("#camera-start").click()
        assert panel(page) == "GREEN"
        window.picture("gate-film-wide-zh")
