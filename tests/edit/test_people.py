"""Edits of the people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from triptych import Picture, edit
from triptych.errors import InputError
from triptych.layers.pose import JOINTS, write_openpose


def test_moves_and_mirrors_can_be_undone(picture: Picture) -> None:
    """A move there and back, and two mirrors, give the same bytes."""
    before = picture.to_bytes()
    moved = edit.move_person(picture, 2, "10%,5%")
    seen = picture.pose.people[1][:, 0] >= 0
    assert np.array_equal(picture.pose.people[1][seen] + [26, 13], moved.pose.people[1][seen])
    assert before == edit.move_person(moved, 2, "-10%,-5%").to_bytes()
    assert before == edit.mirror_person(edit.mirror_person(picture, 1), 1).to_bytes()
    wrist = picture.pose.fractions[0][JOINTS.index("left_wrist")] * picture.size
    there = edit.move_joint(picture, 1, "left_wrist", (5, 5))
    assert there.pose.people[0][7].tolist() == [10, 13]
    assert before == edit.move_joint(there, 1, "LEFT wrist", tuple(wrist)).to_bytes()


def test_a_mirror_swaps_left_and_right(picture: Picture) -> None:
    """The left wrist takes the mirrored place of the right one, within the same bounding box."""
    before, after = picture.pose.people[0], edit.mirror_person(picture, 1).pose.people[0]
    left, right = JOINTS.index("left_wrist"), JOINTS.index("right_wrist")
    seen = before[:, 0] >= 0
    span = before[seen, 0].min() + before[seen, 0].max()
    assert [span - before[right, 0], before[right, 1]] == after[left].tolist()
    assert after[JOINTS.index("right_ear")].tolist() == [-1, -1]  # the missing left ear


def test_scaling_keeps_the_middle(picture: Picture) -> None:
    """A person of half the size stands in the middle of where it stood."""
    before, after = picture.pose.people[0], edit.scale_person(picture, 1, 0.5).pose.people[0]
    for person in (before, after):
        assert abs(person[person[:, 0] >= 0].mean(0)[0] - 128) < 4
    spans = [np.ptp(person[person[:, 1] >= 0, 1]) for person in (before, after)]
    assert abs(spans[1] * 2 - spans[0]) <= 2


def test_joints_that_leave_the_picture_are_lost_with_a_note(picture: Picture) -> None:
    """A move over the border marks joints as missing and says how many."""
    moved = edit.move_person(picture, 1, "0,40%")
    assert (moved.pose.people[0] < 0).all(1).sum() > 1
    assert any("joints of person 1 left the picture" in note for note in moved.notes)


def test_people_come_and_go(picture: Picture, tmp_path: Path) -> None:
    """People of a file can be added and removed again; without the last one there is no layer."""
    path = tmp_path / "people.json"
    path.write_text(write_openpose(picture.pose.people[:1], picture.size), encoding="utf-8")
    added = edit.add_people(picture, path)
    assert len(added.pose.people) == 3
    assert picture.to_bytes() == edit.remove_person(added, 3).to_bytes()
    bare = edit.remove_person(edit.remove_person(picture, 1), 1)
    assert bare.pose is None
    assert np.array_equal(picture.pose.people[:1], edit.replace_people(bare, str(path)).pose.people)
    path.write_text(json.dumps({"people": []}), encoding="utf-8")
    assert edit.replace_people(picture, path).pose is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: edit.move_joint(p, 3, "nose", "0,0"), "no person 3; the picture has 2"),
        (lambda p: edit.remove_person(p, 0), "no person 0"),
        (lambda p: edit.move_joint(p, 1, "tail", "0,0"), "no joint called 'tail'; there are: nose, neck"),
        (lambda p: edit.move_joint(p, 1, "nose", "101%,0"), "percentages go from 0% to 100%"),
        (lambda p: edit.move_joint(p, 1, "nose", (500, 5)), "lies outside the picture"),
        (lambda p: edit.move_person(p, 1, "100%,0"), "would leave the picture altogether"),
        (lambda p: edit.scale_person(p, 1, 30), "not 0.05 to 20"),
        (lambda p: edit.replace_people(p, "no-such.json"), "no-such.json: cannot be read"),
        (lambda p: edit.replace_people(p, __file__), "the keypoints are not JSON"),
        (lambda p: edit.replace_people(p, np.full((1, 18, 2), 300)), "the people cannot be used"),
        (lambda p: edit.add_people(p, np.full((63, 18, 2), 3)), "too many"),
        (lambda p: edit.mirror_person(edit.drop_layers(p, "pose"), 1), "has no pose layer"),
        (lambda p: edit.remove_person(edit.remove_person(edit.keep_layers(p, "pose"), 1), 1), "last layer"),
    ],
)
def test_wrong_arguments_are_refused(picture: Picture, change, says: str) -> None:
    """Each wrong argument gives one line."""
    with pytest.raises(InputError) as caught:
        change(picture)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_a_standing_person_is_added_where_it_is_said(picture: Picture) -> None:
    """As tall as asked for, around the place; joints outside are left out; without people the layer is made."""
    alone = edit.add_person(edit.drop_layers(picture, "pose"), "50%,50%", "80%")
    assert alone.pose is not None and alone.pose.people.shape == (1, 18, 2)
    places = alone.pose.fractions[0] * alone.size
    assert abs(np.ptp(places[:, 1]) - 0.8 * alone.height) < 2 and abs(places[:, 0].mean() - alone.width / 2) < 2
    cut = edit.add_person(picture, (2, picture.height / 2), picture.height)
    assert cut.pose is not None and 0 < (cut.pose.people[-1] < 0).all(1).sum() < 18
    for height in (0, -5, 1e9):
        with pytest.raises(InputError, match="cannot be added"):
            edit.add_person(picture, "50%,50%", height)


def test_a_duplicate_leaves_the_person_where_it_is(picture: Picture) -> None:
    """The copy is a person more; the one that was there keeps its joints."""
    twice = edit.move_object(picture, "0,50%,38%,100%", "40%,0", keep=True)
    assert picture.pose is not None and twice.pose is not None
    assert np.array_equal(twice.pose.people[:2], picture.pose.people) and len(twice.pose.people) == 3
