"""How is a territory named inside a French sentence: la Haute-Marne, de l'Ain, dans le Grand Est?

INSEE's code TNCC (0 to 8) tells the article of most names, but usage, not a rule, decides between « en » and
« dans » and gives an article to names that TNCC says have none (la Saône-et-Loire, le Lot-et-Garonne).
Reference: INSEE, TNCC; preposition by usage (Office québécois de la langue française, Banque de dépannage:
« Prépositions devant les noms de départements »; prefectures' own names).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Named:
    """The four forms of a name: bare, with its article, after « de », and after « dans »."""

    name: str
    with_article: str
    of: str
    in_: str


_PLURAL: Final = frozenset(["04", "05", "06", "08", "13", "22", "40", "64", "65", "66", "78", "79", "88", "92"])
_ELIDED: Final = frozenset(
    ["01", "02", "03", "07", "09", "10", "11", "12", "27", "28", "34", "35", "36", "37", "38", "60", "61", "89", "91"]
)
_MASCULINE: Final = frozenset(
    [
        "14",
        "15",
        "18",
        "25",
        "29",
        "30",
        "32",
        "39",
        "41",
        "45",
        "46",
        "47",
        "49",
        "56",
        "59",
        "62",
        "63",
        "67",
        "68",
        "69",
        "81",
        "82",
        "83",
        "84",
        "90",
        "94",
        "95",
    ]
)
_EN: Final = frozenset(["07", "09", "12", "28", "35", "37", "38", "41", "47", "49"])
"""Elided or masculine, and yet « en »: en Ardèche, en Ille-et-Vilaine, en Lot-et-Garonne."""
_DANS_LA: Final = frozenset(["23", "26", "42", "50", "51", "55", "58", "72", "80", "86"])
"""Feminine, and yet « dans la »: dans la Marne, dans la Meuse (short names of rivers, mostly)."""
_NO_ARTICLE: Final = {"75": "à Paris", "974": "à La Réunion", "976": "à Mayotte"}

_REGIONS: Final[dict[str, tuple[str, str, str]]] = {
    "01": ("la Guadeloupe", "de Guadeloupe", "en Guadeloupe"),
    "02": ("la Martinique", "de Martinique", "en Martinique"),
    "03": ("la Guyane", "de Guyane", "en Guyane"),
    "04": ("La Réunion", "de La Réunion", "à La Réunion"),
    "06": ("Mayotte", "de Mayotte", "à Mayotte"),
    "11": ("l’Île-de-France", "d’Île-de-France", "en Île-de-France"),
    "24": ("le Centre-Val de Loire", "du Centre-Val de Loire", "en Centre-Val de Loire"),
    "27": ("la Bourgogne-Franche-Comté", "de Bourgogne-Franche-Comté", "en Bourgogne-Franche-Comté"),
    "28": ("la Normandie", "de Normandie", "en Normandie"),
    "32": ("les Hauts-de-France", "des Hauts-de-France", "dans les Hauts-de-France"),
    "44": ("le Grand Est", "du Grand Est", "dans le Grand Est"),
    "52": ("les Pays de la Loire", "des Pays de la Loire", "dans les Pays de la Loire"),
    "53": ("la Bretagne", "de Bretagne", "en Bretagne"),
    "75": ("la Nouvelle-Aquitaine", "de Nouvelle-Aquitaine", "en Nouvelle-Aquitaine"),
    "76": ("l’Occitanie", "d’Occitanie", "en Occitanie"),
    "84": ("l’Auvergne-Rhône-Alpes", "d’Auvergne-Rhône-Alpes", "en Auvergne-Rhône-Alpes"),
    "93": ("la Provence-Alpes-Côte d’Azur", "de Provence-Alpes-Côte d’Azur", "en Provence-Alpes-Côte d’Azur"),
    "94": ("la Corse", "de Corse", "en Corse"),
}

_VOWELS: Final = "aàâäeéèêëiîïoôöuùûüœæ"
_ASPIRATED: Final = ("Haut", "Hau", "Havre", "Hague", "Ham", "Hanches", "Harf", "Hem", "Hes", "Hu", "Hoch")


def of(name: str) -> str:
    """The name after « de »: an article contracts or stays, without one a vowel or an h that is not heard elides.

    >>> of("l’Ain"), of("le Doubs"), of("Langres"), of("Épinal"), of("Le Havre"), of("Hortes"), of("Yvetot")
    ('de l’Ain', 'du Doubs', 'de Langres', 'd’Épinal', 'du Havre', 'd’Hortes', 'd’Yvetot')
    """
    return _contracted(name, "du", "des", "de") or (f"d’{name}" if _elides(name) else f"de {name}")


def to(name: str) -> str:
    """The name after « à »: au, aux, à la, à l’.

    >>> to("le Grand Est"), to("la Haute-Marne"), to("Les Lilas"), to("Langres")
    ('au Grand Est', 'à la Haute-Marne', 'aux Lilas', 'à Langres')
    """
    return _contracted(name, "au", "aux", "à") or f"à {name}"


def _contracted(name: str, le: str, les: str, preposition: str) -> str | None:
    """The article of the name, small or capital, with the preposition; None where the name has none."""
    for article, contracted in (("le ", le), ("les ", les)):
        if name[: len(article)].lower() == article:
            return f"{contracted} {name[len(article) :]}"
    return f"{preposition} {name.replace(chr(39), '’', 1)}" if name.lower().startswith(("la ", "l’", "l'")) else None


def _elides(name: str) -> bool:
    first, second = name[:1].lower(), name[1:2].lower()
    if first == "h":
        return not name.startswith(_ASPIRATED)
    return first in _VOWELS if first != "y" else second not in _VOWELS  # Yvetot, but not Yutz


def area(level: str, code: str, name: str) -> Named:
    """Forms of a département or région by its code.

    >>> area("departement", "21", "Côte-d'Or").in_, area("departement", "47", "Lot-et-Garonne").with_article
    ('en Côte-d’Or', 'le Lot-et-Garonne')
    """
    name = name.replace("'", "’")
    if level == "region":
        article, after_de, inside = _REGIONS[code]
        return Named(name, article, after_de, inside)
    if code in _NO_ARTICLE:
        return Named(name, name, of(name), _NO_ARTICLE[code])
    if code in _PLURAL:
        article = f"les {name}"
    elif code in _ELIDED:
        article = f"l’{name}"
    elif code in _MASCULINE:
        article = f"le {name}"
    else:
        article = f"la {name}"
    dans = code in _DANS_LA or (code in _PLURAL | _ELIDED | _MASCULINE and code not in _EN)
    inside = f"dans {article}" if dans else f"en {name}"
    return Named(name, article, of(article), inside)


_EPCI_KINDS: Final = ("CC ", "CA ", "CU ")


def epci(name: str) -> Named:
    """Forms of the name of an EPCI: communities are feminine, as are a métropole and an agglomération.

    >>> epci("CC du Grand Langres").with_article, epci("CA de Chaumont").of
    ('la CC du Grand Langres', 'de la CA de Chaumont')
    """
    name = name.replace("'", "’")
    feminine = name.startswith(_EPCI_KINDS) or name.split()[0].lower() in ("métropole", "communauté", "agglomération")
    masculine = name.startswith(("Grand ", "Pays "))
    if name.lower().startswith("eurométropole"):
        article = f"l’{name}"
    elif feminine:
        article = f"la {name}"
    elif masculine:
        article = f"le {name}"
    else:
        article = name
    return Named(name, article, of(article), f"dans {article}" if article != name else to(name))


def commune(name: str) -> Named:
    """Forms of the name of a commune, whose own article contracts: Le Havre, du Havre, au Havre.

    >>> commune("Le Havre").of, commune("Les Lilas").in_, commune("L'Oie").of, commune("Chaumont").in_
    ('du Havre', 'aux Lilas', 'de L’Oie', 'à Chaumont')
    """
    name = name.replace("'", "’")
    return Named(name, name, of(name), to(name))
