"""The error tree: what an error carries, and that it survives a trip to another process."""

import copy
import pickle

import pytest

from triptych import errors

CLASSES = [
    value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.TriptychError)
]


def make(cls: type[errors.TriptychError]) -> errors.TriptychError:
    if cls is errors.MissingExtraError:
        return cls("the decoder 'sd15'", "sd")
    return cls("something is wrong", kind="edges", offset=12)


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("travel", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_an_error_is_the_same_after_pickle_and_copy(cls, travel):
    """Class, message and attributes survive, so errors can come back from worker processes."""
    before = make(cls)
    after = travel(before)
    assert type(after) is cls and str(after) == str(before) and vars(after) == vars(before)


def test_kind_and_offset_are_none_if_not_given():
    """Every error has both attributes."""
    error = errors.DamagedError("the checksum is wrong")
    assert error.kind is None and error.offset is None


def test_a_place_is_put_in_front_and_known_attributes_are_kept():
    """`located` says more of the place of an error, and never contradicts it."""
    error = errors.TruncatedError("ends early", offset=7).located("cat.trp", kind="pose", offset=99)
    assert type(error) is errors.TruncatedError and str(error) == "cat.trp: ends early"
    assert (error.kind, error.offset) == ("pose", 7)


def test_a_missing_extra_keeps_its_name_when_located():
    """Subclasses with constructors of their own are rebuilt without calling them."""
    error = errors.MissingExtraError("the decoder 'sd15'", "sd").located("cat.trp")
    assert error.extra == "sd" and str(error).startswith("cat.trp: the decoder 'sd15' needs")
