"""``python -m diagnose``, the same as the command ``diagnose``."""

import sys
from pathlib import Path

if __name__ == "__main__" and Path(sys.path[0] or ".").resolve() == Path.cwd():
    # Python puts the current folder first, where files of the reader's may have a library's name.
    # The checkout that is run is still to be found, though this may be that folder.
    del sys.path[0]
    sys.path.append(str(Path(__file__).resolve().parent.parent))


def start() -> int:
    """Run the command; who interrupts it before it is loaded gets the exit code of that, too."""
    try:
        from diagnose.command.cli import main
    except KeyboardInterrupt:
        exec("")  # or Python ends by the signal (``heed_no_more``)
        return 130
    return main()


if __name__ == "__main__":
    sys.exit(start())
