"""What can go wrong for a user, each kind with the exit code that the command line returns.

An error names the thing, the value, the likely cause and the next command. All the problems of one
input are collected, then raised once: pass them as a list.

>>> str(InvalidInput(["row 3: count is -1", "row 9: count is -4"], hint="check the export"))
'2 problems:\\n  - row 3: count is -1\\n  - row 9: count is -4\\nTry: check the export'
>>> UnknownName("territory 'petr-langre' is not known", hint="cls-analysis territories list").exit_code
4
"""

from __future__ import annotations

from collections.abc import Sequence


class ClsError(Exception):
    """Base of every error meant for a user; carries `problems` (list of str), `hint` and `exit_code`."""

    exit_code = 1

    def __init__(self, problems: str | Sequence[str], *, hint: str | None = None) -> None:
        self.problems: list[str] = [problems] if isinstance(problems, str) else [str(p) for p in problems]
        self.hint = hint
        super().__init__(self.problems, hint)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            text = self.problems[0]
        else:
            text = f"{len(self.problems)} problems:\n" + "\n".join(f"  - {p}" for p in self.problems)
        return f"{text}\nTry: {self.hint}" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling between processes (keyword-only arguments defeat the default)."""
        return (_rebuild, (type(self), self.problems, self.hint))


def _rebuild(kind: type[ClsError], problems: list[str], hint: str | None) -> ClsError:
    return kind(problems, hint=hint)


class InvalidInput(ClsError, ValueError):
    """A value, column or file does not have the form or range that its definition asks for."""

    exit_code = 3


class NothingToDraw(InvalidInput):
    """What a figure would show is not published for this territory: a sentence says it better."""


class UnknownName(ClsError, LookupError):
    """A territory, code, indicator, source or vintage that does not exist."""

    exit_code = 4


class DataMissing(ClsError):
    """A file or a built table that the command needs is not there (not built, no mirror, not fetched)."""

    exit_code = 5


class FetchFailed(ClsError):
    """A producer's site or the network did not give the file, or gave something else."""

    exit_code = 6


class ReportFailed(ClsError):
    """A report, or some reports of a batch, could not be made."""

    exit_code = 7


class DisclosureBreach(ClsError):
    """Something suppressed could be computed back from what would be published."""

    exit_code = 8


class StorageFailed(ClsError, OSError):
    """A folder that cannot be written, a full disk, a lock that is held."""

    exit_code = 9
