"""Codes as pictures, and a camera that films what a test shows it."""

import base64
import io

import segno
from playwright.sync_api import Page

CAMERA = """
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  const drawn = canvas.getContext("2d");
  const clear = () => { drawn.fillStyle = "#888"; drawn.fillRect(0, 0, 1280, 720); };
  clear();
  globalThis.started = 0;
  globalThis.ahead = 0;
  const steady = performance.now.bind(performance);
  performance.now = () => steady() + ahead;
  navigator.mediaDevices.getUserMedia = async () => {
    started += 1;
    globalThis.stream = canvas.captureStream(20);
    return stream;
  };
  globalThis.showCode = async (url, share) => {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    clear();
    drawn.imageSmoothingEnabled = false;
    const size = 720 * share;
    drawn.drawImage(picture, (1280 - size) / 2, (720 - size) / 2, size, size);
  };
  globalThis.showNothing = clear;
  globalThis.repaint = setInterval(() => drawn.fillRect(0, 0, 1, 1), 50);
"""
"""A camera that films a canvas: what it shows is a test's own."""


def picture_of(code: str, version: int | None = None) -> bytes:
    """PNG."""
    octets = io.BytesIO()
    segno.make(code, micro=False, version=version, error="m", boost_error=False).save(
        octets, kind="png", scale=6, border=4
    )
    return octets.getvalue()


def show(page: Page, code: str, share: float = 0.8, version: int | None = None) -> None:
    url = "data:image/png;base64," + base64.b64encode(picture_of(code, version)).decode()
    page.evaluate("([url, share]) => showCode(url, share)", [url, share])
