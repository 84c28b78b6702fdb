"""What a campaign consists of: families of blocks, each found by its name."""

from __future__ import annotations

from tests import (
    campaign_compiled,
    campaign_faults,
    campaign_programs,
    campaign_rewrites,
    campaign_tampering,
    campaign_texts,
)
from tests.campaign_blocks import Family

KINDS = (
    campaign_faults, campaign_compiled, campaign_rewrites, campaign_tampering, campaign_programs, campaign_texts
)  # fmt: skip
FAMILIES: dict[str, Family] = {family.name: family for kind in KINDS for family in kind.families()}
