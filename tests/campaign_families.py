"""What a campaign consists of: families of blocks, each found by its name."""

from __future__ import annotations

from tests import campaign_faults, campaign_programs, campaign_texts
from tests.campaign_blocks import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (*campaign_faults.families(), *campaign_programs.families(), *campaign_texts.families())
}
