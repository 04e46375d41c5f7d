"""People by rtmlib: the seam to it, with its networks replaced by ones that give known keypoints."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.analysis import detectors as models
from triptych.analysis.detectors.people import find_people, to_coco_18
from triptych.errors import InputError, MissingExtraError, ModelError
from triptych.layers.pose import JOINTS

# COCO-17 in its own order, so that a joint's name tells its place.
COCO_17 = [
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
]  # fmt: skip


def test_joints_keep_their_names() -> None:
    """Each COCO-17 joint lands in its place of COCO-18, and the neck is the middle of the shoulders."""
    points = np.stack([np.arange(17) * 15.0 + 4, np.arange(17) * 10.0 + 2], 1)[None]
    found = to_coco_18(points, np.ones((1, 17)), (256, 256))
    assert found.shape == (1, 18, 2) and found.dtype == np.int64
    expected = {name: points[0, place] for place, name in enumerate(COCO_17)}
    expected["neck"] = (expected["left_shoulder"] + expected["right_shoulder"]) / 2
    assert [tuple(np.floor(expected[name]).astype(int)) for name in JOINTS] == [tuple(xy) for xy in found[0]]


def test_doubtful_joints_are_missing() -> None:
    """Joints of a low score or outside the picture are left out; without a shoulder there is no neck."""
    points, scores = np.full((1, 17, 2), 50.0), np.ones((1, 17))
    scores[0, COCO_17.index("left_shoulder")] = 0.1
    points[0, COCO_17.index("nose")] = (-3, 50)
    found = to_coco_18(points, scores, (100, 200))[0]
    assert {JOINTS[i] for i in np.nonzero(found[:, 0] < 0)[0]} == {"nose", "left_shoulder", "neck"}
    assert tuple(found[JOINTS.index("left_hip")]) == (128, 64)


def test_the_largest_people_come_first() -> None:
    """At most 64 are kept, and what has hardly a joint is nobody."""
    rng = np.random.default_rng(0)
    shape = rng.random((17, 2))
    points = np.stack([shape * size for size in [*range(1, 71), 90]])
    scores = np.ones((71, 17))
    scores[70, 3:] = 0
    found = to_coco_18(points, scores, (100, 100))
    assert len(found) == 64
    spread = [np.ptp(person, axis=0).sum() for person in found]
    assert spread == sorted(spread, reverse=True)
    assert to_coco_18(np.zeros((0, 17, 2)), np.zeros((0, 17)), (10, 10)).shape == (0, 18, 2)


def _answer(shape: list[int], **outputs: np.ndarray) -> bytes:
    """An ONNX network that takes a picture of a shape and gives the same arrays for each."""
    from onnx import TensorProto, helper, numpy_helper

    given = helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)
    tables = [numpy_helper.from_array(value.astype(np.float32), f"{name}_table") for name, value in outputs.items()]
    nodes = [helper.make_node("Identity", [f"{name}_table"], [name]) for name in outputs]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in outputs.items()]
    graph = helper.make_graph(nodes, "answer", [given], made, tables)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def _archives(folder: Path, **networks: bytes) -> Path:
    """A folder with archives as the model's repository has them."""
    settings = models.find("people", "rtmpose").settings
    for step, network in networks.items():
        path = folder / settings[step]
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("20230831/rtmpose_onnx/end2end.onnx", network)
    return folder


def test_a_person_becomes_a_pose_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """rtmlib loads both networks from their archives, silently; the joints it finds are those of the file."""
    # A box in the detector's 640 pixels, for a picture of 200 x 100: 3.2 to 1.
    box = np.array([[[50 * 3.2, 20 * 3.2, 100 * 3.2, 80 * 3.2, 0.9]]])
    columns, rows = np.linspace(20, 360, 17).astype(int), np.linspace(500, 30, 17).astype(int)
    keypoints = {"simcc_x": np.eye(384)[columns][None], "simcc_y": np.eye(512)[rows][None]}
    folder = _archives(
        tmp_path, detector=_answer([1, 3, 640, 640], boxes=box), keypoints=_answer([1, 3, 256, 192], **keypoints)
    )
    monkeypatch.setattr(models, "locate", lambda model: (folder, "abc"))
    image = Image.new("RGB", (200, 100))
    found = find_people(image, "rtmpose")
    # The crop is the box, 1.25 times as large and made 3 to 4; a joint is a place in its half pixels.
    width, height = 62.5, 62.5 * 256 / 192
    nose = ((columns[0] / 384 - 0.5) * width + 75, (rows[0] / 512 - 0.5) * height + 50)
    assert tuple(found[0, 0]) == (int(nose[0] / 200 * 256), int(nose[1] / 100 * 256))
    assert found.shape == (1, 18, 2) and (found >= 0).all()
    picture = triptych.encode(image, people=found, layers=["pose"])
    assert np.array_equal(picture.pose.people, found)
    assert capsys.readouterr().out == ""


def test_without_a_box_there_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole picture is not taken for a person when the detector sees none."""
    joints = {"simcc_x": np.ones((1, 17, 384)), "simcc_y": np.ones((1, 17, 512))}
    detector = _answer([1, 3, 640, 640], boxes=np.zeros((1, 1, 5)))
    folder = _archives(tmp_path, detector=detector, keypoints=_answer([1, 3, 256, 192], **joints))
    monkeypatch.setattr(models, "locate", lambda model: (folder, "abc"))
    assert find_people(Image.new("RGB", (64, 64))).shape == (0, 18, 2)


def test_what_cannot_be_loaded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Archives whose networks are none, and files that are no archives, are one line with the folder."""
    folder = _archives(tmp_path, detector=b"text", keypoints=b"text")
    monkeypatch.setattr(models, "locate", lambda model: (folder, "abc"))
    with pytest.raises(ModelError, match=f"^rtmpose: its weights in {folder} cannot be used: [^\n]+$"):
        find_people(Image.new("RGB", (20, 20)))
    next(folder.rglob("yolox*.zip")).write_text("gone")
    with pytest.raises(ModelError, match="cannot be used: File is not a zip file"):
        find_people(Image.new("RGB", (20, 20)))


def test_names_and_packages_that_are_missing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong name lists the right one; a missing package has its install line."""
    monkeypatch.setattr(models, "locate", lambda model: (tmp_path, "abc"))
    with pytest.raises(InputError, match="no model called 'openpose' finds people; there are: rtmpose,"):
        find_people(Image.new("RGB", (20, 20)), "openpose")
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(MissingExtraError, match=r"rtmpose, which finds people, needs .*pip install 'triptych\[pose\]'"):
        find_people(Image.new("RGB", (20, 20)))
