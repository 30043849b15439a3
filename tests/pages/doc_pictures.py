"""``python -m tests.pages.doc_pictures`` puts screenshots of the last run into docs/pictures, small
enough for a repository."""

from pathlib import Path

from PIL import Image

from tests.pages.browser import PICTURES

GUIDE = Path(__file__).parents[2] / "docs" / "pictures"
SHOWN = {
    "gate-GREEN-wide-zh": "gate-green",
    "gate-RED-wide-zh": "gate-red",
    "gate-UNKNOWN-phone-en": "gate-unknown",
    "gate-offline-wide-zh": "gate-offline",
    "gate-enroll-wide-zh": "gate-enroll",
}
COLORS = 48
WIDTH = 900


def main() -> None:
    GUIDE.mkdir(parents=True, exist_ok=True)
    for source, target in SHOWN.items():
        picture = Image.open(PICTURES / f"{source}.png").convert("RGB")
        if picture.width > WIDTH:
            height = picture.height * WIDTH // picture.width
            picture = picture.resize((WIDTH, height), Image.Resampling.LANCZOS)
        picture.quantize(COLORS).save(GUIDE / f"{target}.png", optimize=True)


if __name__ == "__main__":
    main()
