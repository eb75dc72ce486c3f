import threading

import pytest

from trainwell import progress
from trainwell.progress import Progress, activated, stage


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def seen(clock):
    with activated(Progress(clock=clock)):
        yield progress.active()


def test_a_stage_counts_the_part_that_is_being_done(seen):
    with stage("Training the model", 3, counter="epoch") as training:
        texts = []
        for _ in range(3):
            texts.append(seen.texts())
            training.advance()
        texts.append(seen.texts())
    assert texts == [[f"Training the model (epoch {number} of 3)"] for number in (1, 2, 3, 3)]


def test_a_stage_without_a_phrase_adds_its_counter_to_the_one_around_it(seen):
    with stage("Trying remedies"), stage("", 7, counter=""), stage("dropout"), stage("", 2, counter="epoch"), stage():
        assert seen.texts() == ["Trying remedies (1 of 7)", "dropout (epoch 1 of 2)"]
        with stage("", 3, counter="seed"):
            assert seen.texts()[-1] == "dropout (epoch 1 of 2, seed 1 of 3)"


def test_shares_of_inner_stages_are_shares_of_their_part(seen):
    with stage("", 4) as whole:
        with stage("first", takes=3), stage("", 2) as half:
            half.advance()
            assert seen.share() == pytest.approx(3 / 8)
        assert whole.done == 3
        assert seen.share() == 0.75
        with stage("last"), stage("", 10) as tenths:
            tenths.reach(5)
            assert seen.share() == 0.875


def test_the_bar_is_that_of_the_outermost_stage_of_several_parts(seen):
    assert seen.share() is None
    with stage("all of it"):
        assert seen.share() is None
        with stage("", 1), stage("", 5) as five:
            five.advance()
            assert seen.share() == pytest.approx(0.2)
            with stage("", 2) as two:
                two.advance()
                assert seen.share() == pytest.approx(0.3)


def test_a_share_never_falls_when_parts_are_added(seen):
    with stage("", 2) as trials:
        trials.advance()
        assert seen.share() == 0.5
        trials.parts = 4
        assert seen.share() == 0.5
        trials.advance(2)
        assert seen.share() == 0.75
        trials.reach(1)
        assert seen.share() == 0.75


@pytest.mark.usefixtures("seen")
def test_thirds_add_up():
    with stage("", 2, counter="epoch") as copies:
        for _ in range(3):
            copies.advance(1 / 3)
        assert copies.text == "(epoch 2 of 2)"


def test_the_time_left_follows_from_the_speed_after_the_first_part(seen, clock):
    with stage("", 5) as parts:
        assert seen.left() is None
        clock.now += 60  # compiling
        parts.advance()
        assert seen.left() is None
        clock.now += 2
        parts.advance()
        assert seen.left() == (pytest.approx(6), False)
        clock.now += 2
        parts.advance()
        assert seen.left() == (pytest.approx(4), False)
    assert seen.left() is None
    assert seen.seconds() == 64


def test_with_a_budget_the_time_left_is_its_ceiling(clock):
    seen = Progress(deadline=130.0, clock=clock)
    assert seen.left() == (30.0, True)
    clock.now += 40
    assert seen.left() == (0.0, True)


def test_an_exception_closes_the_stages_within(seen):
    with pytest.raises(KeyboardInterrupt), stage("outer", 2), stage("inner"):
        raise [KeyboardInterrupt, seen.begin("left open")][0]
    assert not seen.stages
    assert not seen.texts()


def test_without_a_display_reports_are_lost(capfd):
    assert not progress.is_active()
    with stage("Training", 3) as training:
        training.advance()
        progress.say("Nothing.")
        progress.note("Nothing.")
    assert not progress.active().stages
    assert capfd.readouterr() == ("", "")


def test_threads_advance_one_stage(seen):
    with stage("", 4000) as copies:
        threads = [threading.Thread(target=lambda: [copies.advance() for _ in range(1000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert copies.done == 4000
        assert seen.share() == 1.0
