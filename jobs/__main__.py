"""``python -m jobs`` is ``recession-monitor``."""

from jobs.cli import main

if __name__ == "__main__":
    main()
