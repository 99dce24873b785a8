"""What the memory benchmark does not count is what a program imports."""

from __future__ import annotations

import importlib.util

import pytest

from tests.benchmarks.memory_child import OURS


@pytest.mark.parametrize("name", OURS)
def test_a_module_that_is_imported_before_is_there(name: str) -> None:
    assert importlib.util.find_spec(name) is not None
