"""What every test starts from: the same random numbers, and no display."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tests.models import MANY, is_large

os.environ.setdefault("MPLBACKEND", "agg")

# Two busy cores make a deadline a measure of the neighbours; derandomised runs fail the same way twice.
settings.register_profile(
    "quick", deadline=None, derandomize=True, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write what is printed now into the golden files")
    parser.addoption("--many", type=int, default=400, help="how many random pairs the judge is asked about")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thorough: slow for models of many formulas, which --many brings in")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the large models of a thorough sweep, unless many cases are asked for."""
    if item.get_closest_marker("thorough") is None or item.config.getoption("--many") >= MANY:
        return
    assert isinstance(item, pytest.Function)
    if any(map(is_large, item.callspec.params.values())):
        pytest.skip(f"a model of many formulas: thorough sweeps take it with --many {MANY}")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten rather than compared."""
    return bool(request.config.getoption("--rewrite"))


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How many random cases to try."""
    return int(request.config.getoption("--many"))


@pytest.fixture
def rng() -> np.random.Generator:
    """Seeded random numbers."""
    return np.random.default_rng(0)
