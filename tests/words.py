"""Words for texts that the tests make up: there are as many as are wanted, and no text shares them by chance."""

from __future__ import annotations

import random

_SYLLABLES = ("ba", "be", "di", "do", "fe", "gar", "hin", "ken", "lau", "mer", "nau", "ost", "rei", "sim", "tal")


def words(seed: int, number: int) -> list[str]:
    """Give so many words, always the same for one seed."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, not secret
    return ["".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3, 4)))) for _ in range(number)]
