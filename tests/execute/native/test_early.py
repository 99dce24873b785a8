"""Statements in another order still follow what they are made of; values in one memory don't meet."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gradwright.execute.native.buffer import Buffer
from gradwright.execute.native.early import with_results_early
from gradwright.execute.native.index import Var, var_place
from gradwright.execute.native.layout import layout
from gradwright.execute.native.statement import Kernel, Program, Store, touched, written
from gradwright.execute.native.tree import Load, Op


def kernel(target: str, *operands: str, add: bool = False) -> Kernel:
    """``target = operand + operand + ...``, or ``target += ...``."""
    var = Var("i", 64)
    at = (var_place(var),)
    loads = [Load(name, at) for name in operands]
    return Kernel((var,), (Store(target, at, Op("add", tuple(loads)), add),))


def program(*kernels: Kernel, lengths: dict[str, int] | None = None) -> Program:
    names = [name for one in kernels for name in sorted(touched(one))]
    sizes = lengths or {}
    buffers = {name: Buffer((sizes.get(name, 64),), given=name == "x") for name in dict.fromkeys(names)}
    return Program(buffers, list(kernels), ("loss",))


def targets(made: Program) -> list[str]:
    return [next(iter(written([one]))) for one in made.statements]


def test_a_gradient_follows_the_last_value_that_it_is_made_of() -> None:
    chain = [
        kernel("loss", "x"),
        kernel("d3", "x"),
        kernel("d2", "d3"),
        kernel("d1", "d2"),
        kernel("turned 3", "d3"),
        kernel("g3", "turned 3", "x"),
        kernel("g1", "d1"),
        kernel("g2", "d2"),
        kernel("g12", "d1", "d2"),
    ]
    assert targets(with_results_early(program(*chain))) == [
        *("loss", "d3", "turned 3", "g3", "d2", "g2", "d1", "g1", "g12")
    ]


def random_program(rng: np.random.Generator) -> Program:
    """Kernels of values made before, some of which are added to or written anew."""
    names = ["x"]
    kernels = []
    for number in range(30):
        used = rng.choice(names[-8:], size=min(len(names), 2), replace=False)
        again = number > 3 and rng.random() < 0.15
        target = str(rng.choice(names[1:])) if again else f"v{number}"
        kernels.append(kernel(target, *map(str, used), add=again and rng.random() < 0.5))
        names += [] if again else [target]
    lengths = {name: 64 * int(rng.integers(1, 9)) for name in names}
    return program(*kernels, kernel("loss", names[-1]), lengths=lengths)


@pytest.mark.parametrize("seed", range(20))
def test_no_two_statements_of_which_one_writes_what_the_other_touches_change_places(seed: int) -> None:
    before = random_program(np.random.default_rng(seed))
    after = with_results_early(before)
    place = {id(one): number for number, one in enumerate(after.statements)}
    assert sorted(place) == sorted(map(id, before.statements))
    for one, other in combinations(before.statements, 2):
        if written([one]) & touched(other) or touched(one) & written([other]):
            assert place[id(one)] < place[id(other)], (one, other)


@pytest.mark.parametrize("seed", range(20))
def test_values_that_are_needed_at_once_have_memory_of_their_own(seed: int) -> None:
    made = random_program(np.random.default_rng(seed))
    names = frozenset(made.buffers)
    found = layout(made, {}, {}, names)
    alive = [touched(one) for one in made.statements]
    lives = {
        name: [number for number, used in enumerate(alive) if name in used] for name in names if name != "x"
    }
    needs = dict.fromkeys(range(len(alive)), 0)
    for name, times in lives.items():
        for number in range(min(times), max(times) + 1):
            needs[number] += made.buffers[name].size
    assert found.numbers < sum(made.buffers[name].size for name in lives)
    assert found.numbers >= max(needs.values())
    for one, other in combinations(sorted(lives), 2):
        if min(lives[one]) <= max(lives[other]) and min(lives[other]) <= max(lives[one]):
            spans = sorted(
                (found.places[name], found.places[name] + made.buffers[name].size) for name in (one, other)
            )
            assert spans[0][1] <= spans[1][0], (one, other, spans)
