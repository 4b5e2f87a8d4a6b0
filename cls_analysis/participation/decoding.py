"""In which encoding did a spreadsheet save this CSV? UTF-8, else the text of a French Windows where nothing speaks against it.

Excel in French Windows saves « CSV (séparateur : point-virgule) » in cp1252. UTF-8 is tried first: a text with accents that is valid
UTF-8 is UTF-8. What is not is read as cp1252, and said, unless it holds what no French text of Windows holds: a byte that cp1252 does not
know, a control character, a letter that stands there for an accent of the Mac or of MS-DOS, or a piece of UTF-8.
"""

from __future__ import annotations

import re

from .problems import Problem

#: cp1252 characters of the bytes 0x80 to 0x9F that French texts hold; the others of that range are accents of the Mac or of MS-DOS
_FRENCH = "€…‘’“”•–—™‹›œŒŸ"
_FOREIGN = re.compile(
    "[" + "".join(c for b in range(0x80, 0xA0) if (c := bytes([b]).decode("cp1252", "replace")) not in _FRENCH) + "]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_UTF8_PIECE = re.compile(rb"[\xc2\xc3\xc5][\x80-\xbf]|\xe2\x80[\x80-\xbf]")
_FIX = "l'enregistrer au format « CSV UTF-8 (délimité par des points-virgules) »"


def decoded(raw: bytes, label: str) -> tuple[str | None, list[Problem]]:
    """The text of a CSV and what to say of its encoding: a warning where it was read as Windows text, an error where it is neither.

    >>> decoded("id;intitulé".encode("cp1252"), "axes.csv")[0]
    'id;intitulé'
    >>> print(decoded("id;intitulé".encode("mac_roman"), "axes.csv")[1][0].cause)
    le fichier n'est ni en UTF-8 ni en texte Windows (accents illisibles)
    """
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        first = error.start
    text, place = _windows(raw, first)
    row = raw[:place].count(b"\n") + 1
    if text is None:
        cause = "le fichier n'est ni en UTF-8 ni en texte Windows (accents illisibles)"
        return None, [Problem(label, row, None, None, cause, _FIX)]
    cause = "le fichier n'est pas en UTF-8 : il a été lu comme du texte Windows (cp1252)"
    return text, [
        Problem(label, row, None, None, cause, f"relire ses accents ; pour n'en pas douter, {_FIX}", "warning")
    ]


def _windows(raw: bytes, first: int) -> tuple[str | None, int]:
    """The text in cp1252 and the first place that is not UTF-8; None and the place of what speaks against it."""
    if piece := _UTF8_PIECE.search(raw):
        return None, piece.start()
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        return None, error.start
    against = _FOREIGN.search(text) or _CONTROL.search(text)  # one byte is one character: places are the same
    return (None, against.start()) if against else (text, first)
