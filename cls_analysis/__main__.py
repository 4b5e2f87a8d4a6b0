"""What do `cls-analysis` and `python -m cls_analysis` run? The command line, whose interruption is one line whenever it comes.

Importing the commands takes over a second: they are imported inside the call, where a Ctrl-C is already listened for.
"""

import sys

INTERRUPTED = 130  # exit code: 128 and the number of SIGINT, as shells say it


def main() -> None:
    """Run the command line; a Ctrl-C, from its first import to its end, is a line on stderr and exit code 130, no traceback."""
    try:
        from cls_analysis.cli import main as run

        run()
    except KeyboardInterrupt:
        _end()
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
        _end()  # Typer has turned an interruption in a command into this exit, without a word


def _end() -> None:
    exec("")  # whole: after a cut one (dataclasses run text), Python would end by the signal and not by the exit code
    print("interrupted", file=sys.stderr)
    sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
