"""Screening by floats: many inputs at once, to find where two sides may differ. It only suggests."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.sides import prepare
from symsim.domains.arrays import Arrays
from symsim.errors import Undefined

VALUES = (1, -1, 2, -2)
TOLERANCE = 1e-7
BATCH_FLOATS = 4_000_000
"""A batch holds about this many floats of the largest intermediate matrix."""

FIRST_STEP, LARGEST_STEP = 128, 2048
"""The search through a level starts with small batches, because most differences are found among its first points."""


class _Watching(Arrays):
    """Arrays that note at which points of a batch some unit divided by 0, whether or not anybody reads it."""

    infinite: Any = False

    def entrywise(self, function: str, a: Any) -> Any:
        found = super().entrywise(function, a)
        if function == "reciprocal":
            self.infinite = self.infinite | ~np.isfinite(np.asarray(found)).all(axis=(-2, -1))
        return found


class Screen:
    """The entries of a claim's inputs as one vector, and where the two sides differ on batches of such vectors.

    Scalars come last in the vector, one coordinate each; entries of masks take the values 0 and 1.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.names = [name for name, _ in claim.inputs]
        self.shapes = dict(claim.inputs)
        self.counts = [rows * cols for _, (rows, cols) in claim.inputs]
        self.entries = sum(self.counts)
        self.size = self.entries + len(claim.scalars)
        binary = np.zeros(self.size, dtype=bool)
        start = 0
        for name, count in zip(self.names, self.counts, strict=True):
            binary[start : start + count] = name in claim.binary
            start += count
        self.binary = binary
        self._domain = _Watching()
        self.largest = self._largest()
        self.batch = max(1, BATCH_FLOATS // self.largest)

    def _largest(self) -> int:
        sizes = [self.entries, *(math.prod(shape) for shape in (self.claim.right.shape, *self.shapes.values()))]
        height = max((max(shape) for shape in self.shapes.values()), default=1)
        sizes.append(height * height)
        left = self.claim.left
        if isinstance(left, Construction):
            positions, width = left.encoder.tokens.total, left.encoder.slots.total
            heads = max((len(layer.heads) for layer in left.encoder.layers), default=1)
            sizes.append(positions * max(positions, width) * max(1, heads // 8))
        return int(max(sizes))

    def differs(self, points: np.ndarray[Any, Any]) -> list[tuple[int, tuple[int, int]]]:
        """The numbers of those vectors of a batch (points x size) where the sides differ, each with the first entry."""
        found: list[tuple[int, tuple[int, int]]] = []
        if self.claim.scalars:
            keys = {tuple(row) for row in points[:, self.entries :].tolist()}
            for key in sorted(keys):
                chosen = np.flatnonzero((points[:, self.entries :] == key).all(axis=1))
                scalars = dict(zip(self.claim.scalars, key, strict=True))
                found += [(int(chosen[k]), place) for k, place in self._defined(points[chosen], scalars)]
            return sorted(found)
        for start in range(0, len(points), self.batch):
            found += [(start + k, place) for k, place in self._defined(points[start : start + self.batch], {})]
        return found

    def _defined(self, points: np.ndarray[Any, Any], scalars: dict[str, float]) -> list[tuple[int, tuple[int, int]]]:
        """As :meth:`_compare`, without the points at which a side does not exist: 1/tau at 0, a singular matrix."""
        try:
            return self._compare(points, scalars)
        except Undefined:
            if len(points) == 1:
                return [(0, (0, 0))] if self._left_alone_fails(points, scalars) else []
            if 0 in scalars.values() and not isinstance(self.claim.left, Construction):
                return []
        half = len(points) // 2
        first, second = self._defined(points[:half], scalars), self._defined(points[half:], scalars)
        return first + [(half + k, place) for k, place in second]

    def _left_alone_fails(self, points: np.ndarray[Any, Any], scalars: dict[str, float]) -> bool:
        """Whether the right side exists at a point where the left one, an encoder, does not."""
        if not isinstance(self.claim.left, Construction):
            return False
        domain, inputs = self._inputs(points, scalars)
        try:
            prepare(self.claim.right, domain, inputs, scalars)(None)
        except Undefined:
            return False
        return True

    def _inputs(self, points: np.ndarray[Any, Any], scalars: dict[str, float]) -> tuple[_Watching, dict[str, Any]]:
        domain = _Watching(constants=scalars) if scalars else self._domain
        domain.infinite = False
        inputs, start = {}, 0
        for name, count in zip(self.names, self.counts, strict=True):
            inputs[name] = points[:, start : start + count].reshape(len(points), *self.shapes[name])
            start += count
        return domain, inputs

    def _compare(self, points: np.ndarray[Any, Any], scalars: dict[str, float]) -> list[tuple[int, tuple[int, int]]]:
        domain, inputs = self._inputs(points, scalars)
        values = []
        broken: Any = False
        for side in (self.claim.left, self.claim.right):
            value = domain.dense(prepare(side, domain, inputs, scalars)(None))
            values.append(np.broadcast_to(value, (len(points), *value.shape[-2:])))
            if isinstance(side, Construction):
                broken = domain.infinite
        left, right = values
        with np.errstate(all="ignore"):
            gap = np.abs(left - right) > TOLERANCE * (1 + np.maximum(np.abs(left), np.abs(right)))
        undefined = np.zeros_like(gap)
        if isinstance(self.claim.left, Construction):
            undefined = ~np.isfinite(left) | np.reshape(broken, (-1, 1, 1))
        wrong = np.isfinite(right) & (undefined | (np.isfinite(left) & gap))
        hits = np.flatnonzero(wrong.any(axis=(1, 2)))
        return [(int(k), _first(wrong[k])) for k in hits]

    def allowed(self, points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Those points whose masks have a 1 in every row, where the claim asks for that."""
        if not (self.claim.nonempty_rows and self.claim.binary):
            return points
        keep, start = np.ones(len(points), dtype=bool), 0
        for name, count in zip(self.names, self.counts, strict=True):
            if name in self.claim.binary:
                tables: Any = points[:, start : start + count].reshape(len(points), *self.shapes[name])
                keep &= tables.any(axis=2).all(axis=1)
            start += count
        return points[keep]

    # -- points -------------------------------------------------------------------------------------------------------
    def sparse(self, most: int) -> Iterator[np.ndarray[Any, Any]]:
        """Batches of points with 0, 1, 2, ... entries other than 0, as long as a level has at most ``most`` points."""
        largest = max(1, min(self.batch, LARGEST_STEP))
        for support in range(self.size + 1):
            if math.comb(self.size, support) * len(VALUES) ** support > most:
                return
            level, step = self._level(support), min(FIRST_STEP, largest)
            while rows := list(itertools.islice(level, step)):
                step = min(2 * step, largest)
                points = np.zeros((len(rows), self.size))
                for k, row in enumerate(rows):
                    for coordinate, value in row:
                        points[k, coordinate] = value
                if len(points := self.allowed(points)):
                    yield points

    def _level(self, support: int) -> Iterator[tuple[tuple[int, int], ...]]:
        smallest = sorted(itertools.product(VALUES, repeat=support), key=lambda v: (sum(map(abs, v)), [-x for x in v]))
        for values in smallest:
            for places in itertools.combinations(range(self.size), support):
                if all(value == 1 or not self.binary[place] for place, value in zip(places, values, strict=True)):
                    yield tuple(zip(places, values, strict=True))

    def random(self, count: int, seed: int) -> np.ndarray[Any, Any]:
        """Random small integer points, from thin to full."""
        generator = np.random.default_rng(seed)
        density = np.linspace(0.3, 1.0, count)[:, None]
        values = generator.choice(np.array([-2.0, -1.0, 1.0, 2.0]), size=(count, self.size))
        points = np.where(generator.random((count, self.size)) < density, values, 0.0)
        points[:, self.binary] = np.abs(np.sign(points[:, self.binary]))
        return self.allowed(points)

    def fractions(self, count: int, seed: int) -> np.ndarray[Any, Any]:
        """Random points whose entries are halves and quarters (binary fractions, so floats hold them exactly)."""
        points = self.random(count, seed)
        points[:, ~self.binary] /= np.where(np.arange(len(points)) % 2, 2.0, 4.0)[:, None]
        return points

    def shrink(self, point: np.ndarray[Any, Any], rounds: int = 400) -> np.ndarray[Any, Any]:
        """Set entries of a differing point to 0 in ever smaller blocks, then the rest to 1, while the sides differ."""
        width = max(1, self.size // 2)
        for _ in range(rounds):
            places = np.flatnonzero(point)
            blocks = [places[k : k + width] for k in range(0, len(places), width)]
            trials = np.repeat(point[None, :], len(blocks), axis=0)
            for trial, block in zip(trials, blocks, strict=True):
                trial[block] = 0
            hits = self.differs(trials) if len(trials) and len(self.allowed(trials)) == len(trials) else []
            if hits:
                point = trials[hits[-1][0]]
                width = min(width, max(1, np.count_nonzero(point) // 2))
            elif width == 1:
                break
            else:
                width = max(1, width // 2)
        for place in np.flatnonzero(point):
            for value in (1, -1):
                trial = point.copy()
                trial[place] = value
                if not self.binary[place] and point[place] != value and self.differs(trial[None, :]):
                    point = trial
                    break
        return point


def _first(table: np.ndarray[Any, Any]) -> tuple[int, int]:
    i, j = np.argwhere(table)[0]
    return int(i), int(j)
