import pytest
from report.diagnosis.made import DYING, SICK, WELL, judged, make_run


@pytest.fixture
def sick():
    return judged(make_run(), SICK)


@pytest.fixture
def well():
    return judged(make_run(signals=False), WELL)


@pytest.fixture
def blind():
    """Faults were not found, but not all could be looked for."""
    return judged(make_run(signals=False), (*WELL, SICK[-1], DYING))


@pytest.fixture
def deep():
    return judged(make_run(depth=130, moments=400), SICK)
