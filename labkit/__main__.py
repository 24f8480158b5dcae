"""``python -m labkit`` is the command ``labkit``, also where it couldn't be installed."""

import sys

from labkit.cli import main

if __name__ == "__main__":  # pragma: no branch - only run as a command.
    sys.exit(main())
