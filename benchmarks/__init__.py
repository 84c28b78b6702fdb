"""Speed against peers and against the floor, in one run on one core: ``make bench``. Nothing here is a test."""
