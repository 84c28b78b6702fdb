"""Pages: what objects look like in LaTeX, HTML and Markdown."""

from __future__ import annotations
