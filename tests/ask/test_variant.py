"""Variants belong to one student, one question and one attempt, and to nobody without the secret."""

from __future__ import annotations

import numpy as np

from gradwright.ask.variant import generator, renaming

SECRET = b"a secret of enough length"


def test_the_same_call_gives_the_same_numbers() -> None:
    first = generator(SECRET, "set", "q1", "s1").integers(1 << 40, size=4)
    assert (first == generator(SECRET, "set", "q1", "s1").integers(1 << 40, size=4)).all()


def test_any_other_part_gives_other_numbers() -> None:
    calls = [
        generator(SECRET, "set", "q1", "s1", 1),
        generator(SECRET, "set", "q1", "s1", 2),
        generator(SECRET, "set", "q1", "s2", 1),
        generator(SECRET, "set", "q2", "s1", 1),
        generator(SECRET, "other", "q1", "s1", 1),
        generator(b"another secret of enough length", "set", "q1", "s1", 1),
    ]
    assert len({int(rng.integers(1 << 60)) for rng in calls}) == len(calls)


def test_new_letters_are_distinct_and_keep_families_and_reserved_names() -> None:
    names = ["X", "Y", "W1", "W2", "b1", "b2", "Z1", "H", "P", "logits"]
    for seed in range(200):
        renamed = renaming(names, ["n", "d", "k", "h", "L"], np.random.default_rng(seed))
        assert "logits" not in renamed
        assert len(set(renamed.values())) == len(renamed)
        assert renamed["W1"][0] == renamed["W2"][0]
        assert renamed["W1"][1:] == "1"
        assert not set(renamed.values()) & {"n", "d", "k", "h", "L"}
        assert all(old[0].isupper() == new[0].isupper() for old, new in renamed.items())


def test_the_parts_of_a_gate_follow_its_letter_and_never_meet_another_name() -> None:
    names = ["x", "W_f", "z_f", "b_f", "W_i", "z_i", "b_i", "f", "i", "h", "Wx", "b_y", "b_p", "Y"]
    seen = set()
    for seed in range(200):
        renamed = renaming(names, ["u", "n", "L"], np.random.default_rng(seed))
        after = [renamed.get(name, name) for name in names]
        assert len(set(after)) == len(names)
        assert (renamed["W_f"], renamed["z_f"]) == (f"W_{renamed['f']}", f"z_{renamed['f']}")
        assert renamed["Wx"] == f"W{renamed['x']}"
        seen.add(renamed["f"])
    assert len(seen) >= 2
