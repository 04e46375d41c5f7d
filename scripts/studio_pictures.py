"""The samples of the studio and the pictures of its guide and the README: `python scripts/studio_pictures.py`.

Encodes the samples at the default budget into the page, then does in Chromium what the guide tells, and keeps what is
seen. The times of painting that the pictures show are those of the machine.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import triptych
from triptych.studio.app import STATIC

ROOT = Path(__file__).resolve().parent.parent
SAMPLES, IMAGES = ROOT / "samples", ROOT / "docs" / "images"
BROWSERS = "chromium", "chromium-browser", "google-chrome"
# In parts of the sides of harbour.png.
SKY = (
    (0.01, 0.01),
    (0.99, 0.01),
    (0.99, 0.5),
    (0.9, 0.46),
    (0.8, 0.5),
    (0.45, 0.45),
    (0.14, 0.46),
    (0.01, 0.48),
    (0.01, 0.02),
)
LIGHTHOUSE = (0.75, 0.28), (0.85, 0.28), (0.86, 0.56), (0.74, 0.56), (0.75, 0.29)
HUE = -60
GAP = 20  # pixels between small screens
AT = """([x, y]) => import('/js/view.js').then((v) => { const [w, h] = v.size();
    const box = document.getElementById('stage').getBoundingClientRect();
    return [box.left + v.stage.x() + x * w * v.zoom(), box.top + v.stage.y() + y * h * v.zoom()]; })"""


def make_samples() -> None:
    """The files that the page offers to begin with."""
    for path in sorted((STATIC / "samples").glob("*.trp")):
        source = SAMPLES / path.stem
        people = source.with_suffix(".keypoints.json")
        made = triptych.encode(
            source.with_suffix(".png"),
            prompt=source.with_suffix(".txt").read_text("utf-8").strip(),
            people=people if people.exists() else None,
        )
        print(f"{path.name}: {made.save(path)} bytes")


class Screen:
    """A page of the studio in a window of this size."""

    def __init__(self, browser: Browser, address: str, size: tuple[int, int], scheme: Any = "light") -> None:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        self.page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.page.goto(address)
        self.page.wait_for_selector("body[data-ready]")

    def open(self, sample: str) -> None:
        self.page.click(f"[data-sample={sample}]")
        self.page.wait_for_selector("body[data-step]")
        self.painted()

    def painted(self) -> None:
        self.page.wait_for_selector("body:not(.busy) #stage[data-shown=full]")
        self.page.wait_for_timeout(300)

    def edit(self, script: str) -> None:
        """Run what changes the file, and wait for its picture."""
        before = self.page.evaluate("document.body.dataset.step")
        self.page.evaluate(script)
        self.page.wait_for_selector(f"body:not(.busy):not([data-step='{before}'])")
        self.painted()

    def lasso(self, places: tuple[tuple[float, float], ...]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.page.evaluate(AT, places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.page.evaluate(AT, place), steps=4)
        mouse.up()

    def picture(self) -> Image.Image:
        self.page.mouse.move(0, 0)
        self.page.evaluate("document.getElementById('toast').classList.remove('shown')")
        self.page.wait_for_timeout(300)
        return Image.open(BytesIO(self.page.screenshot())).convert("RGB")


def save(image: Image.Image, name: str) -> None:
    path = IMAGES / f"studio-{name}.webp"
    image.save(path, "WEBP", quality=80, method=6)
    print(f"{path.name}: {image.width} x {image.height}, {path.stat().st_size} bytes")


def large(browser: Browser, address: str) -> None:
    """The walk through the README: other colours for the sky, no lighthouse, and the lines in the dark."""
    screen = Screen(browser, address, (1200, 750))
    screen.open("harbour")
    save(screen.picture(), "1")
    screen.page.keyboard.press("m")
    screen.lasso(SKY)
    hue = f"hue.value = {HUE}; hue.dispatchEvent(new Event('change'))"
    screen.edit(f"const hue = document.querySelector('[data-shift=--hue]'); {hue}")
    save(screen.picture(), "2")
    screen.page.keyboard.press("Escape")
    screen.lasso(LIGHTHOUSE)
    screen.edit("document.getElementById('erase-object').click()")
    screen.page.select_option("#compare", "original")
    screen.page.wait_for_selector("#split:not([hidden])")
    save(screen.picture(), "3")
    screen.page.select_option("#compare", "")
    screen.page.click("#theme")
    screen.page.focus("#stage")
    screen.page.keyboard.press("d")
    save(screen.picture(), "dark")


def small(browser: Browser, address: str) -> None:
    """Four screens of a telephone, side by side."""
    screen = Screen(browser, address, (360, 755), "dark")
    shown = [screen.picture()]
    screen.open("dancer")
    screen.page.keyboard.press("p")
    shown.append(screen.picture())
    screen.page.click("#panel-toggle")
    shown.append(screen.picture())
    screen.page.click("#panel-toggle")
    screen.page.click("#theme")
    screen.page.focus("#stage")
    screen.page.keyboard.press("m")
    shown.append(screen.picture())
    row = Image.new("RGB", (sum(each.width + GAP for each in shown) - GAP, shown[0].height), (128, 128, 128))
    for number, each in enumerate(shown):
        row.paste(each, (number * (each.width + GAP), 0))
    save(row, "small")


def main() -> None:
    make_samples()
    command = [sys.executable, "-m", "triptych", "studio", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as studio:
        try:
            assert studio.stdout is not None
            address = next(word for line in studio.stdout for word in line.split() if word.startswith("http://"))
            with sync_playwright() as playwright:
                found = next(filter(None, map(shutil.which, BROWSERS)), None)
                browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
                large(browser, address)
                small(browser, address)
                browser.close()
        finally:
            studio.terminate()


if __name__ == "__main__":
    main()
