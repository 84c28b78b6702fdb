"""Number systems, one a file, behind one small protocol."""
