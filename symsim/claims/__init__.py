"""Plain data about what is asserted and found: constructions, claims, verdicts, witnesses and reports."""
