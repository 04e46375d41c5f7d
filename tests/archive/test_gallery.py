"""The gallery's page: whole, up to date, and usable in a browser from disk."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from triptych.archive import make_gallery
from triptych.cli.main import main
from triptych.errors import InputError

HOSTILE = '</script><img src=x onerror="document.title=1"> & \u2028 "quoted"'


@pytest.fixture(scope="module")
def made(tmp_path_factory, write) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("files")
    write(folder / "a.trp", "a lighthouse, café", day=1, seed=2**60 + 1, negative="fog")
    write(folder / "deep" / "b #1%.trp", HOSTILE, day=2)
    write(folder / "c.trp", "a cat", day=3)
    (folder / "broken.trp").write_bytes(b"GIF89a")
    out = folder.parent / f"{folder.name}-page"
    result = make_gallery(folder, out, decoder="sketch", side=48, title='Old & <new> "pictures"')
    assert (result.files, result.painted, result.kept, result.failed) == (4, 3, 0, 1)
    assert list(result.faults) == ["broken.trp"]
    return folder, out


def given(path: Path) -> list:
    """The arguments of the call that a data file is."""
    (text,) = re.fullmatch(r"gallery\.\w+\((.*)\);\n", path.read_text("utf-8"), re.DOTALL).groups()
    return json.loads(f"[{text}]")


def test_the_data_are_what_the_files_say(made):
    folder, out = made
    way, rows = given(out / "data" / "index.js")
    assert (out / way).resolve() == folder.resolve()
    assert [row[0] for row in rows] == ["a.trp", "broken.trp", "c.trp", "deep/b #1%.trp"]
    assert rows[3][6] == HOSTILE
    number, details = given(out / "data" / "0.js")
    assert (number, details[0]["seed"], details[0]["negative"]) == (0, str(2**60 + 1), "fog")
    with Image.open(out / "thumbs" / rows[0][1]) as thumbnail:
        assert thumbnail.size == (48, 48)
    page = (out / "index.html").read_text("utf-8")
    assert "Old &amp; &lt;new> &quot;pictures&quot;" in page
    assert not re.search(r"https?://", page + (out / "gallery.js").read_text() + (out / "gallery.css").read_text())


def test_only_what_changed_is_painted_again(made, write, capsys):
    folder, out = made
    write(folder / "c.trp", "a dog", day=9)
    assert main(["gallery", str(folder), "-o", str(out), "--decoder", "sketch", "--side", "48", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["painted"], said["kept"], said["failed"]) == (1, 2, 1)
    assert make_gallery(folder, out, decoder="sketch", side=40, processes=2).painted == 3  # another size


def test_other_folders_are_left_alone(made, tmp_path):
    (tmp_path / "taxes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty and no gallery"):
        make_gallery(made[0], tmp_path)
    with pytest.raises(InputError, match="from 32 to 1024"):
        make_gallery(made[0], tmp_path / "new", side=5)


def test_a_browser_shows_finds_and_opens(made, chromium):
    page = chromium.new_page(viewport={"width": 360, "height": 640})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((made[1] / "index.html").as_uri())
    assert page.locator(".tile").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("/")
    page.keyboard.type("CAFE")
    page.wait_for_function("document.querySelectorAll('.tile').length === 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#details').textContent.includes('fog')")
    assert str(2**60 + 1) in page.locator("#details").text_content()
    page.wait_for_function("document.querySelector('#large').naturalWidth > 0")
    page.reload()  # the address keeps what is open
    assert page.locator("#prompt").text_content() == "a lighthouse, café"
    page.keyboard.press("Escape")
    page.fill("#search", "script")
    page.wait_for_function("document.querySelector('.says')?.textContent.startsWith('</script>')")
    assert not faults
    page.close()


def test_a_place_where_no_folder_can_be_is_named(made, tmp_path, capsys):
    """One line that says which folder cannot be made, from Python and on the command line."""
    folder, _ = made
    (tmp_path / "file").write_bytes(b"x")
    out = tmp_path / "file" / "page"
    with pytest.raises(InputError, match=r"page.*: cannot be made: "):
        make_gallery(folder, out, decoder="sketch")
    assert main(["gallery", str(folder), "-o", str(out), "--decoder", "sketch"]) == 1
    error = capsys.readouterr().err
    assert str(out) in error and error.count("\n") == 1
