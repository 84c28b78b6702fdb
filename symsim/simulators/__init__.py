"""Constructions: encoders with exact weights that compute a given formula; and a fault to plant in them."""

from symsim.simulators.cross import cross_attention
from symsim.simulators.faults import unwritten
from symsim.simulators.grouped import grouped_query
from symsim.simulators.linear import linear_attention
from symsim.simulators.linformer import linformer
from symsim.simulators.looped import looped, looped_pass
from symsim.simulators.matching import match2
from symsim.simulators.rectifier import relu_cost, relu_unit
from symsim.simulators.sorting import group_sort, group_sort_cost, max_min, max_min_cost, sorted_by_rank
from symsim.simulators.universal import universal

__all__ = [
    "cross_attention",
    "group_sort",
    "group_sort_cost",
    "grouped_query",
    "linear_attention",
    "linformer",
    "looped",
    "looped_pass",
    "match2",
    "max_min",
    "max_min_cost",
    "relu_cost",
    "relu_unit",
    "sorted_by_rank",
    "universal",
    "unwritten",
]
