"""OpenPose JSON: what is understood, what is missing, and the way back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.analysis.keypoints import load_people, read_openpose
from triptych.errors import InputError
from triptych.layers.pose import PoseLayer, write_openpose
from triptych.raster.skeleton import draw_skeletons

SIZE = (512, 768)


def _flat(points: np.ndarray, confidence: float = 0.9) -> list[float]:
    return [v for x, y in np.asarray(points, float).tolist() for v in (x, y, confidence)]


def _json(*people: list[float], **more: object) -> str:
    return json.dumps({"people": [{"pose_keypoints_2d": person} for person in people], **more})


def test_pixels_become_levels(person: np.ndarray) -> None:
    """Pixels of the picture become 1/256 of its sides."""
    pixels = (person + 0.5) * np.array(SIZE) / 256
    assert (read_openpose(_json(_flat(pixels)), SIZE) == person).all()


def test_fractions_become_levels(person: np.ndarray) -> None:
    """Positions in 0..1 are fractions already."""
    assert (read_openpose(_json(_flat((person + 0.5) / 256)), SIZE) == person).all()


def test_the_canvas_has_precedence(person: np.ndarray) -> None:
    """Where the file states the canvas that its pixels belong to, that counts."""
    pixels = (person + 0.5) * 1024 / 256
    text = _json(_flat(pixels), canvas_width=1024, canvas_height=1024)
    assert (read_openpose(text, SIZE) == person).all()


def test_body_25_is_understood(person: np.ndarray) -> None:
    """Of 25 joints the 18 of COCO are taken: the mid-hip and the feet are left out."""
    body = np.insert(person, 8, [1, 1], axis=0)
    body = np.concatenate([body, np.full((6, 2), 2)])
    assert (read_openpose(_json(_flat((body + 0.5) / 256)), SIZE) == person).all()


def test_joints_without_confidence_or_outside_are_missing(person: np.ndarray) -> None:
    """Confidence 0, the origin and places outside the picture mean that a joint was not seen."""
    flat = np.array(_flat((person + 0.5) / 256)).reshape(18, 3)
    flat[0, 2] = 0
    flat[1] = [0, 0, 0.5]
    flat[2] = [1.2, 0.5, 1]
    flat[3] = [-0.1, 0.5, 1]
    flat[4] = [float("nan"), float("nan"), 1]
    people = read_openpose(_json(flat.ravel().tolist()), SIZE)
    assert (people[0, :5] == -1).all() and (people[0, 5:] == person[5:]).all()


def test_the_far_border_is_inside() -> None:
    """A joint on the right or lower border lies in the last level."""
    flat = [[512, 768, 1]] + [[256, 384, 1]] * 17
    people = read_openpose(_json([v for joint in flat for v in joint]), SIZE)
    assert people[0, 0].tolist() == [255, 255] and people[0, 1].tolist() == [128, 128]


def test_people_without_joints_are_left_out(person: np.ndarray) -> None:
    """A person of whom nothing was seen is no person."""
    assert read_openpose(_json([0.0] * 54), SIZE).shape == (0, 18, 2)
    assert len(read_openpose(_json([0.0] * 54, _flat((person + 0.5) / 256)), SIZE)) == 1


@pytest.mark.parametrize("text", ['{"people": []}', '[{"people": []}]'])
def test_no_people_are_fine(text: str) -> None:
    """A file without people gives none."""
    assert read_openpose(text, SIZE).shape == (0, 18, 2)


def test_of_several_frames_the_first_counts(person: np.ndarray) -> None:
    """A list holds one document a frame."""
    frame = json.loads(_json(_flat((person + 0.5) / 256)))
    assert len(read_openpose(json.dumps([frame, {"people": []}]), SIZE)) == 1


@pytest.mark.parametrize("size", [(512, 512), (512, 768), (16, 2000), (16384, 16384)])
def test_writing_and_reading_gives_the_same_people(person: np.ndarray, size: tuple[int, int]) -> None:
    """What is exported can be imported, missing joints included."""
    people = np.stack([person, person])
    people[1, [0, 5, 17]] = -1
    text = write_openpose(people, size)
    assert (read_openpose(text, size) == people).all()
    document = json.loads(text)
    assert (document["canvas_width"], document["canvas_height"]) == size
    assert all(len(p["pose_keypoints_2d"]) == 54 for p in document["people"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("3", 'no list of "people"'),
        ("{}", 'no list of "people"'),
        ('{"people": 3}', 'no list of "people"'),
        ("[]", 'no list of "people"'),
        ("[3]", 'no list of "people"'),
        ('{"people": [3]}', 'person 0 has no "pose_keypoints_2d"'),
        ('{"people": [{}]}', 'person 0 has no "pose_keypoints_2d"'),
        ('{"people": [{"pose_keypoints_2d": ["a", "b", "c"]}]}', 'person 0 has no "pose_keypoints_2d"'),
        ('{"people": [{"pose_keypoints_2d": [1, 2]}]}', 'person 0 has no "pose_keypoints_2d"'),
        ('{"people": [{"pose_keypoints_2d": [[1, 2, 3], [4]]}]}', 'person 0 has no "pose_keypoints_2d"'),
        (_json([1.0] * 51), "person 0 has 17 keypoints; 18"),
        (_json([1.0] * 54, canvas_width="wide"), 'person 0 has no "pose_keypoints_2d"'),
        (_json(*[[0.0] * 54] * 65), "there are 65 people; at most 64"),
    ],
)
def test_other_json_is_refused(text: str, message: str) -> None:
    """What is not OpenPose JSON is an InputError of one line."""
    with pytest.raises(InputError, match=message) as caught:
        read_openpose(text, SIZE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["people.png", "people.jpg", "people.txt"])
def test_pictures_of_skeletons_are_keypoints(person: np.ndarray, tmp_path: Path, name: str) -> None:
    """A picture is told from JSON by its first bytes; joints come back within 1/256 of its sides."""
    spread = ((person - person.min(axis=0)) * 3 // 2 + 16).clip(0, 250)
    joints = PoseLayer.from_people(spread[None], SIZE).conditioning()["people"]
    path = tmp_path / name
    Image.fromarray(draw_skeletons(joints, 512, 768)).save(path, "JPEG" if name.endswith("jpg") else "PNG")
    found = load_people(path, SIZE)
    assert found.shape == (1, 18, 2) and np.abs(found[0] - spread).max() <= 1


def test_a_picture_of_something_else_is_told_with_its_name(tmp_path: Path) -> None:
    """The message begins with the path."""
    Image.new("RGB", (64, 64), "white").save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png: this is no picture of OpenPose skeletons"):
        load_people(tmp_path / "a.png", SIZE)
