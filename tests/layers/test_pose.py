"""The pose layer: people come back exactly, in few bytes."""

from __future__ import annotations

import numpy as np
import pytest

from triptych.errors import DamagedError, InputError
from triptych.layers import PoseLayer, pose
from triptych.layers.pose import _BODY, JOINTS, MISSING

SIZE = (512, 512)


def _back(people: np.ndarray, size: tuple[int, int] = SIZE) -> np.ndarray:
    return PoseLayer(size, 0, PoseLayer.from_people(people, size).payload).people


@pytest.mark.parametrize("size", [(512, 512), (1, 1), (65536, 1), (1, 65536), (512, 768), (1920, 1080)])
def test_people_round_trip_at_any_size(person: np.ndarray, size: tuple[int, int]) -> None:
    """Joints come back exactly, whatever the picture's shape."""
    rng = np.random.default_rng(2)
    people = np.stack([person, rng.integers(0, 256, (18, 2)), np.zeros((18, 2), int), np.full((18, 2), 255)])
    people[1, [0, 1, 8]] = MISSING
    assert (_back(people, size) == people).all()


@pytest.mark.parametrize("joint", range(18))
def test_any_joint_may_be_missing(person: np.ndarray, joint: int) -> None:
    """A person without one joint, and a person with that joint alone, come back exactly."""
    without, alone = person.copy(), np.full_like(person, MISSING)
    without[joint] = MISSING
    alone[joint] = person[joint]
    people = np.stack([without, alone])
    assert (_back(people) == people).all()


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64])
def test_any_number_of_people_up_to_sixty_four(person: np.ndarray, count: int) -> None:
    """No people, a few, and as many as there may be come back in their order."""
    people = np.clip(person + np.arange(count)[:, None, None], 0, 255)
    assert (_back(people) == people).all()


def test_one_full_person_takes_at_most_32_bytes(person: np.ndarray) -> None:
    """A person with all joints, standing, moved, small, or mirrored, takes at most 32 bytes."""
    mirrored = np.stack([255 - person[:, 0], person[:, 1]], 1)
    poses = [person, person + np.array([-60, 20]), 255 - (255 - person) // 2, mirrored]
    raised = person.copy()
    raised[[3, 4, 6, 7]] = [[100, 30], [104, 5], [158, 32], [150, 4]]
    for one in [*poses, raised]:
        for size in [(512, 512), (512, 768), (768, 512)]:
            assert len(PoseLayer.from_people(one[None], size).payload) <= 32


def test_partial_people_take_fewer_bytes(person: np.ndarray) -> None:
    """The fewer joints are seen, the fewer bytes a person takes."""
    upper = person.copy()
    upper[8:14] = MISSING
    head = np.full_like(person, MISSING)
    head[[0, 1, 14, 15]] = person[[0, 1, 14, 15]]
    lengths = [len(PoseLayer.from_people(p[None], SIZE).payload) for p in (person, upper, head)]
    assert lengths[0] > lengths[1] > lengths[2] and lengths[2] <= 12


def test_a_person_has_these_bytes(person: np.ndarray) -> None:
    """Fixed people give fixed bytes; files hold them."""
    missing = person.copy()
    missing[[4, 16]] = MISSING
    assert PoseLayer.from_people(person[None], SIZE).payload.hex() == "69f39b71ba47aafca9e63c1afe39f8ff39ddb99cfe4ae8"
    assert PoseLayer.from_people(np.stack([person, missing]), (512, 768)).payload.hex() == (
        "69f39bf895d11f74f6019d473b94816d94613122702bc37bbfbe75fe8633d984fb7cb5ba140b8e6b679999485680"
    )
    assert PoseLayer.from_people(np.zeros((0, 18, 2)), SIZE).payload.hex() == "80"


def test_the_order_of_coding_covers_every_joint_once_and_parents_first() -> None:
    """Each joint is coded once, after the joints that predict it."""
    order = [joint.index for joint in _BODY]
    assert sorted(order) == list(range(len(JOINTS)))
    for place, joint in enumerate(_BODY):
        before = order[:place]
        assert joint.parent is None or joint.parent in before
        assert all(j in before for j in joint.mirror or ())


@pytest.mark.parametrize(
    "people",
    [np.zeros((65, 18, 2)), np.full((1, 18, 2), 256), np.full((1, 18, 2), -2), np.zeros((1, 17, 2)),
     np.array([[[-1, 5]] + [[3, 3]] * 17])],
    ids=["65 people", "256", "-2", "17 joints", "half missing"],
)  # fmt: skip
def test_impossible_people_are_refused(people: np.ndarray) -> None:
    """Arrays of another shape or range are the caller's mistake."""
    with pytest.raises(InputError):
        PoseLayer.from_people(people, SIZE)


def test_fractions_lie_at_the_centres(person: np.ndarray) -> None:
    """Fractions are the middles of the 1/256 that positions stand for; missing joints are NaN."""
    person[3] = MISSING
    fractions = PoseLayer.from_people(person[None], SIZE).fractions
    assert np.isnan(fractions[0, 3]).all() and np.isfinite(np.delete(fractions[0], 3, 0)).all()
    assert fractions[0, 0].tolist() == [(128 + 0.5) / 256, (40 + 0.5) / 256]


def test_summaries_name_the_joints(person: np.ndarray) -> None:
    """A summary lists each person's visible joints by name."""
    person[4] = MISSING
    (summary,) = PoseLayer.from_people(person[None], SIZE).summary()["people"]
    assert summary["nose"] == [128, 40] and "right_wrist" not in summary and len(summary) == 17


def test_left_over_bytes_are_damaged(person: np.ndarray) -> None:
    """Bytes after the last person are refused."""
    payload = PoseLayer.from_people(person[None], SIZE).payload
    with pytest.raises(DamagedError, match="left over"):
        _ = PoseLayer(SIZE, 0, payload + b"\x01" * 8).people
    with pytest.raises(DamagedError, match="ends in a zero byte"):
        _ = PoseLayer(SIZE, 0, payload + b"\0").people


def test_unpacked_people_cannot_be_written_to(person: np.ndarray) -> None:
    """The value is a fact of the bytes, so it is read-only."""
    with pytest.raises(ValueError, match="read-only"):
        PoseLayer.from_people(person[None], SIZE).people[0, 0, 0] = 1


def test_thinning_many_people_packs_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scale of a person is searched for once, however many are left out: a file of 12 bytes may hold 64."""
    calls = []
    alone = pose._person_alone
    monkeypatch.setattr(pose, "_person_alone", lambda *given: calls.append(1) or alone(*given))
    layer = PoseLayer.from_people(np.random.default_rng(5).integers(0, 256, (4, 18, 2)), (96, 80))
    assert layer.fitted(0) == (None, "the people were left out: the budget is too small for them")
    assert len(calls) == 4 * pose.SCALES
