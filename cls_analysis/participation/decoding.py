"""In which encoding did a spreadsheet save this CSV? UTF-8, else the text of a French Windows where nothing speaks against it.

Excel in French Windows saves « CSV (séparateur : point-virgule) » in cp1252. UTF-8 is tried first: a text with accents that is valid
UTF-8 is UTF-8. What is not is read as cp1252, and said, unless it holds what no French text of Windows holds: a byte that cp1252 does not
know, a control character, a sign that stands where the Mac, MS-DOS or ISO-8859-15 has an accent, a ligature, an apostrophe or a
euro, or a piece of UTF-8. A text without any of its small accented letters is read so only if its other signs are those that French
has without them (apostrophe, œ, €, guillemets, °).
"""

from __future__ import annotations

import re

from .problems import Problem

#: cp1252 characters of the bytes 0x80 to 0x9F that French texts hold; the others of that range are accents of the Mac or of MS-DOS
_FRENCH = "€…‘’“”•–—™‹›œŒŸ"
_FOREIGN = re.compile(
    "[" + "".join(c for b in range(0x80, 0xA0) if (c := bytes([b]).decode("cp1252", "replace")) not in _FRENCH) + "]"
)
_LETTER = r"[^\W\d_]"
#: signs that no French word of Windows holds: there they are ô, î, û, ’, à, œ... of another encoding; nor does ¤ stand for itself
_DAMAGED = re.compile(
    rf"(?<={_LETTER})[™“”•–—…‹›‘½¼¾¤Õ](?={_LETTER})|(?<={_LETTER})½|½(?={_LETTER})|¤|(?<=[ \xa0])…(?=[ \xa0])"
)
_ACCENT = re.compile("[à-ÿ]")
_UNTOLD = re.compile("[^\x00-\x7f’œŒ€«»\xa0°]")
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
    found = [_FOREIGN.search(text), _CONTROL.search(text), _DAMAGED.search(text)]
    if not _ACCENT.search(text):
        found.append(_UNTOLD.search(text))
    against = [match.start() for match in found if match]  # one byte is one character: places are the same
    return (None, min(against)) if against else (text, first)
