"""``python -m diagnose``, the same as the command ``diagnose``."""

import sys

from diagnose.command.cli import main

if __name__ == "__main__":
    sys.exit(main())
