import pytest

from trainwell.datasets.obtain import Source, SourceFailedError, obtain
from trainwell.errors import InputError


def failing(reason, *, absent=False):
    def give():
        raise SourceFailedError(reason, absent=absent)

    return give


def test_the_first_that_works_is_used_and_damage_is_told():
    def unexpected():
        raise AssertionError("a later source was asked")

    sources = [
        Source("a shelf", failing("it is not there", absent=True)),
        Source("a box", failing("it is torn")),
        Source("a shop", lambda: {"x": 1}),
        Source("a mill", unexpected),
    ]
    arrays, notes = obtain("Paper", sources, "")
    assert arrays == {"x": 1}
    assert notes == ["Paper could not be had from a box: it is torn.", "Paper comes from a shop."]


def test_where_all_fail_each_is_named():
    def full():
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError) as caught:
        obtain("Paper", [Source("a shelf", failing("it is bare")), Source("a shop", full)], "Buy some.")
    assert "a shelf: it is bare" in caught.value.message
    assert "a shop: [Errno 28] No space left on device" in caught.value.message
    assert caught.value.hint == "Buy some."
