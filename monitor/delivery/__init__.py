"""Where a rendered digest goes."""
