"""Constructions: encoders with exact weights that compute a given formula; and a fault to plant in them."""

from symsim.simulators.cross import cross_attention
from symsim.simulators.entries import (
    matrix_sum,
    matrix_sum_cost,
    plus_identity,
    plus_identity_cost,
    total,
    total_cost,
    trace,
    trace_cost,
)
from symsim.simulators.faults import unwritten
from symsim.simulators.grouped import grouped_query
from symsim.simulators.interpolation import interpolant, lipschitz, lipschitz_cost
from symsim.simulators.inversion import determinant, determinant_cost, inverse, inverse_cost
from symsim.simulators.linear import linear_attention
from symsim.simulators.linformer import linformer
from symsim.simulators.lipschitz_distance import interpolation
from symsim.simulators.looped import looped, looped_pass
from symsim.simulators.matching import match2
from symsim.simulators.rectifier import relu_cost, relu_unit
from symsim.simulators.scalar_heads import multi_head, multi_head_cost
from symsim.simulators.scalars import (
    product,
    product_cost,
    row_softmax,
    row_softmax_cost,
    transposition,
    transposition_cost,
)
from symsim.simulators.sorting import group_sort, group_sort_cost, max_min, max_min_cost, sorted_by_rank
from symsim.simulators.universal import universal, universal_cost

__all__ = [
    "cross_attention",
    "determinant",
    "determinant_cost",
    "group_sort",
    "group_sort_cost",
    "grouped_query",
    "interpolant",
    "interpolation",
    "inverse",
    "inverse_cost",
    "linear_attention",
    "linformer",
    "lipschitz",
    "lipschitz_cost",
    "looped",
    "looped_pass",
    "match2",
    "matrix_sum",
    "matrix_sum_cost",
    "max_min",
    "max_min_cost",
    "multi_head",
    "multi_head_cost",
    "plus_identity",
    "plus_identity_cost",
    "product",
    "product_cost",
    "relu_cost",
    "relu_unit",
    "row_softmax",
    "row_softmax_cost",
    "sorted_by_rank",
    "total",
    "total_cost",
    "trace",
    "trace_cost",
    "transposition",
    "transposition_cost",
    "universal",
    "universal_cost",
    "unwritten",
]
