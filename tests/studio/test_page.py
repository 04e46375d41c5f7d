"""The page in a browser: what a person can do there, and that it stays whole."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from triptych import Picture
from triptych.codec.picture import Picture as Made
from triptych.layers import DetailLayer
from triptych.layers.detail_size import work_size

SECONDS = 60  # until something has to be there; nothing here is about speed
DROP = """([name, data]) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: given, bubbles: true, cancelable: true }));
}"""


class Visitor:
    """One person at the studio, in a browser of their own."""

    def __init__(self, browser: Any, address: str, width: int = 1200, height: int = 760) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        self.page = self.context.new_page()
        self.page.set_default_timeout(SECONDS * 1000)
        self.address, self.faults, self.asked = address, [], []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(address)
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector("body[data-ready]")

    def drop(self, path: Path) -> None:
        self.page.evaluate(DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])

    def painted(self) -> None:
        """Wait until nothing is worked on any more."""
        self.page.wait_for_selector("body:not(.busy) #stage[data-shown=full]")

    def does(self, act: Callable[[], Any]) -> Picture:
        """What the file is after an act that changes it."""
        before = self.page.evaluate("document.body.dataset.step")
        act()
        self.page.wait_for_selector(f"body:not(.busy):not([data-step='{before}'])")
        return self.file

    @property
    def file(self) -> Picture:
        """The file as it is now."""
        data = self.page.evaluate("import('/js/store.js').then((m) => [...m.store.current.file])")
        return Made.from_bytes(bytes(data))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the picture, in parts of its sides, lies in the window."""
        found = self.page.evaluate(
            """([x, y]) => import('/js/view.js').then((v) => { const [w, h] = v.size();
            const box = document.getElementById('stage').getBoundingClientRect();
            return [box.left + v.stage.x() + x * w * v.zoom(), box.top + v.stage.y() + y * h * v.zoom()]; })""",
            [x, y],
        )
        return found[0], found[1]

    def drag(self, *places: tuple[float, float]) -> None:
        """Press at the first place, go along the others, and let go."""
        mouse = self.page.mouse
        mouse.move(*self.at(*places[0]))
        mouse.down()
        for place in places[1:]:
            mouse.move(*self.at(*place), steps=4)
        mouse.up()

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(studio: str, chromium: Any) -> Iterator[Callable[..., Visitor]]:
    """Brings visitors; afterwards none of them may have met a fault, or been sent elsewhere."""
    there: list[Visitor] = []

    def come(**more: int) -> Visitor:
        there.append(Visitor(chromium, studio, **more))
        return there[-1]

    yield come
    for visitor in there:
        visitor.close()
        # What the server refuses, the browser's console repeats; everything else is a fault of the page.
        assert [fault for fault in visitor.faults if "Failed to load resource" not in fault] == []
        assert {re.sub(r"^blob:", "", url).removeprefix(studio)[:1] for url in visitor.asked} <= {"/"}


def test_a_file_is_edited_layer_by_layer(visit: Callable[..., Visitor], file: Path) -> None:
    """Each tool changes its own layer only; undo and redo go through the history; a reload loses nothing."""
    visitor = visit()
    page = visitor.page
    start = visitor.does(lambda: visitor.drop(file))
    visitor.painted()
    names = page.eval_on_selector_all("#layers [data-layer]", "all => all.map((each) => each.dataset.layer)")
    assert names == ["semantic", "texture", "pose", "edges"] and start.to_bytes() == file.read_bytes()
    bar = page.get_attribute("#bar", "aria-label")
    assert bar and "Header" in bar and "Lines" in bar

    def changed(act: Callable[[], Any]) -> set[str]:
        before, after = visitor.file, visitor.does(act)
        names = {layer.name for layer in (*before.layers, *after.layers)}
        payload = lambda picture, name: next((x.payload for x in picture.layers if x.name == name), None)  # noqa: E731
        return {name for name in names if payload(before, name) != payload(after, name)}

    def write() -> None:
        page.fill("#prompt", "a blue fox")
        page.press("#prompt", "Enter")

    assert changed(write) == {"semantic"} and visitor.file.prompt == "a blue fox"
    page.keyboard.press("d")
    assert changed(lambda: visitor.drag((0.1, 0.1), (0.5, 0.2), (0.9, 0.1))) == {"edges"}
    page.keyboard.press("e")
    assert changed(lambda: visitor.drag((0.1, 0.5), (0.4, 0.5))) == {"edges"}
    page.keyboard.press("b")
    page.fill("#colour", "#ff0000")
    assert changed(lambda: visitor.drag((0.1, 0.1), (0.9, 0.1))) == {"texture"}
    page.keyboard.press("p")
    x, y = visitor.file.pose.fractions[0][4]  # type: ignore[union-attr]
    assert changed(lambda: visitor.drag((x, y), (0.2, 0.3))) == {"pose"}
    assert visitor.file.pose.fractions[0][4] == pytest.approx([0.2, 0.3], abs=0.03)  # type: ignore[union-attr]
    assert changed(lambda: page.click("text=Add a person")) == {"pose"} and len(visitor.file.pose.people) == 2  # type: ignore[union-attr]

    last = visitor.file
    page.keyboard.press("Control+z")
    visitor.painted()
    page.wait_for_selector("body:not(.busy)[data-step='5']")
    assert len(visitor.file.pose.people) == 1  # type: ignore[union-attr]
    assert visitor.does(lambda: page.keyboard.press("Control+Shift+z")) == last
    page.wait_for_timeout(300)
    page.reload()
    visitor.ready()
    assert visitor.file == last and page.locator("#history li").count() == 7
    assert visitor.does(lambda: page.click("#undo")) != last


def test_an_object_is_erased_and_the_file_is_taken_home(
    visit: Callable[..., Visitor], make: Callable[..., Picture], tmp_path: Path
) -> None:
    """Lasso, erase, an eye, the budget of a file without an original, the command line, and the download."""
    visitor = visit()
    page = visitor.page
    file = tmp_path / "fox.trp"
    make((96, 96), "xylophones, quartz, 1869, jackdaws, vexed fjords, zinc, wyverns in kilts").save(file)
    visitor.does(lambda: visitor.drop(file))
    page.keyboard.press("m")
    visitor.drag((0.3, 0.05), (0.8, 0.05), (0.8, 0.95), (0.3, 0.95), (0.3, 0.06))
    erased = visitor.does(lambda: page.click("#erase-object"))
    assert erased.pose is None and erased.texture != Picture.open(file).texture
    page.click("[data-eye=texture]")
    page.wait_for_selector("#layers li.off")
    visitor.painted()
    assert visitor.file == erased  # an eye changes what is seen, not the file
    small = visitor.does(
        lambda: page.evaluate(
            "const b = document.getElementById('budget'); b.value = 0; b.dispatchEvent(new Event('change'))"
        )
    )
    assert len(small.to_bytes()) <= 60
    page.click("#share")
    shown = page.inner_text("#dialog pre >> nth=0")
    assert "triptych edit fox.trp" in shown and "--erase" in shown and "--bytes 60" in shown
    assert "edit.erase_object(picture," in page.inner_text("#dialog pre >> nth=1")
    page.keyboard.press("Escape")
    page.click("#save")
    with page.expect_download() as download:
        page.click("#menu >> text=File (.trp)")
    download.value.save_as(tmp_path / "home.trp")
    assert (tmp_path / "home.trp").read_bytes() == small.to_bytes()


def test_a_picture_is_described_and_compared(
    visit: Callable[..., Visitor], drawing: Callable[..., Any], tmp_path: Path
) -> None:
    """A dropped picture becomes a file; the budget describes it anew and makes the edits again; both are compared."""
    drawing(64, 48).save(tmp_path / "disc.png")
    visitor = visit()
    page = visitor.page
    visitor.does(lambda: visitor.drop(tmp_path / "disc.png"))
    visitor.does(lambda: page.evaluate("import('/js/core.js').then((m) => { m.apply([['--prompt', 'a disc']]); })"))
    set_budget = "const b = document.getElementById('budget'); b.value = 160; b.dispatchEvent(new Event('change'))"
    larger = visitor.does(lambda: page.evaluate(set_budget))
    assert larger.prompt == "a disc" and len(larger.to_bytes()) <= 141
    page.select_option("#compare", "original")
    page.wait_for_selector("#split:not([hidden])")
    page.focus("#split")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=Original >> visible=true")
    page.click("#image-menu")
    page.click("#menu >> text=Stretch to another size")
    width = page.locator("#dialog-body input >> nth=0")
    assert "false" not in page.inner_text("#dialog-body")
    width.fill("0")
    page.click("#dialog-body >> text=Apply")
    assert page.is_visible("#dialog")  # a picture has at least one pixel
    width.fill("96")
    assert visitor.does(lambda: page.click("#dialog-body >> text=Apply")).size == (96, 48)
    visitor.painted()
    assert page.evaluate("import('/js/view.js').then((v) => v.size())") == [96, 48]


def test_a_region_is_kept_finer(visit: Callable[..., Visitor], noise: Any, tmp_path: Path) -> None:
    """What is marked becomes a region of interest, stays one with another size, and is in the command line."""
    noise.save(tmp_path / "noise.png")
    visitor = visit()
    page = visitor.page
    visitor.does(lambda: visitor.drop(tmp_path / "noise.png"))
    page.evaluate("import('/js/store.js').then((m) => { m.store.current.budget = 1300; })")
    page.keyboard.press("m")
    page.select_option("#shape", "box")
    visitor.drag((0.4, 0.4), (0.6, 0.6))
    ((box, _),) = visitor.does(lambda: page.click("#finer")).get(DetailLayer).detail.regions  # type: ignore[union-attr]
    size = work_size(noise.size)
    assert all(abs(side / size[0] - part) < 0.03 for side, part in zip(box, (0.4, 0.4, 0.6, 0.6), strict=True))
    set_budget = "const b = document.getElementById('budget'); b.value = 560; b.dispatchEvent(new Event('change'))"
    smaller = visitor.does(lambda: page.evaluate(set_budget))
    assert [place for place, _ in smaller.get(DetailLayer).detail.regions] == [box]
    page.click("#share")
    assert re.search(r" --roi [\d.]+,[\d.]+,[\d.]+,[\d.]+", page.inner_text("#dialog pre >> nth=0"))
    asked = "import('/js/core.js').then((m) => m.canKeepFiner({{ original: {}, edits: [['{}', 'all']] }}))"
    found = [
        page.evaluate(asked.format(*given)) for given in (("1", "--erase"), ("1", "--mirror"), ("null", "--erase"))
    ]
    assert found == [True, False, False]  # where places are not those of the original any more


def test_two_visitors_do_not_meet(visit: Callable[..., Visitor], file: Path) -> None:
    """Each sees their own file; what one does stays with them, on a small screen as on a large one."""
    one, two = visit(), visit(width=360, height=640)
    one.does(lambda: one.drop(file))
    assert two.page.is_visible("#welcome") and two.page.locator("#layers li").count() == 0
    assert two.page.evaluate("document.documentElement.scrollWidth") <= 360
    two.does(lambda: two.drop(file))
    one.does(lambda: one.page.evaluate("import('/js/core.js').then((m) => { m.apply([['--prompt', 'one']]); })"))
    assert (one.file.prompt, two.file.prompt) == ("one", "a red fox in the snow")
    assert two.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert two.page.is_visible("#image-menu")
    two.page.click("#panel-toggle")
    two.page.wait_for_selector("#prompt >> visible=true")
    unnamed = """all => all.filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
        .map((e) => e.outerHTML)"""
    for visitor in (one, two):
        assert visitor.page.eval_on_selector_all("button, select, textarea, input:not([hidden])", unnamed) == []


def test_hostile_files_are_told_and_harm_nothing(visit: Callable[..., Visitor], file: Path, tmp_path: Path) -> None:
    """Nonsense with the name of a picture, a cut file, and a name that is markup: the page tells it and goes on."""
    visitor = visit()
    for name, data in {"<img src=x onerror=alert(1)>.png": b"nonsense", "cut.trp": file.read_bytes()[:30]}.items():
        page = visitor.page
        page.evaluate(DROP, [name, base64.b64encode(data).decode()])
        page.wait_for_selector("#toast.shown")
        page.evaluate("document.getElementById('toast').classList.remove('shown')")
    visitor.does(lambda: visitor.page.evaluate(DROP, ["<b>fox</b>.trp", base64.b64encode(file.read_bytes()).decode()]))
    visitor.painted()
    assert visitor.page.locator("body b b, #thumbs b").count() == 0
    visitor.drop(file)
    visitor.page.wait_for_selector("body:not(.busy) #thumbs button:nth-child(2)")
    visitor.page.evaluate("import('/js/files.js').then((m) => { m.close(); m.close(); })")
    visitor.page.wait_for_selector("#welcome >> visible=true")


def test_a_long_painting_is_cancelled(visit: Callable[..., Visitor], file: Path, slow_decoder: str) -> None:
    """Its steps are shown; cancelling ends it at once, and the studio paints on."""
    visitor = visit()
    page = visitor.page
    visitor.does(lambda: visitor.drop(file))
    visitor.painted()
    page.select_option("#decoder", slow_decoder)
    page.wait_for_selector("#state-text:text-matches('Step [0-9]+ of 400')")
    page.click("#cancel")
    page.wait_for_selector("#cancel", state="hidden")
    page.select_option("#decoder", "sketch")
    page.wait_for_selector("#state-text:text-matches('^sketch, ')")


def test_a_hundred_steps_are_kept(visit: Callable[..., Visitor], file: Path) -> None:
    """More than a hundred steps of history are there after a reload, and can all be undone."""
    visitor = visit()
    page = visitor.page
    visitor.does(lambda: visitor.drop(file))
    page.evaluate(
        """import('/js/store.js').then(({ store, keep }) => {
            for (let i = 0; i < 120; i += 1) store.current.push({ file: store.current.file, edits: [], label: `${i}` });
            keep(store.current); })"""
    )
    page.wait_for_timeout(400)
    page.reload()
    visitor.ready()
    assert page.evaluate("import('/js/store.js').then((m) => m.store.current.at)") == 120
    page.evaluate(
        """import('/js/core.js').then(async (core) => {
            const { store } = await import('/js/store.js');
            await core.go(store.current, 0); })"""
    )
    assert visitor.file.to_bytes() == file.read_bytes()
