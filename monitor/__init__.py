"""Recession risk of the United States, from official data: values in, an assessment out.

Nothing in this package reads the clock, knows of the command line, or schedules anything;
that is the work of the package ``jobs``.
"""

__version__ = "0.1.0"
