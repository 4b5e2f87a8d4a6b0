"""What does a chapter not measure, why does it matter, and who has it? Declared here, shown where the data are not.

Open data leave whole parts of health unseen at the size of an EPCI: no screening, no vaccination, no loss of autonomy. A chapter that
kept silent about them would read as if they did not exist. An item disappears when one of its indicators has a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cls_analysis.diagnostic.fragment import Fragment
from cls_analysis.figures import french

if TYPE_CHECKING:
    from cls_analysis.diagnostic.core import Diagnostic


@dataclass(frozen=True)
class Unmeasured:
    """`what` is not measured here, `why` it matters, `who` to ask, as it follows « À demander »; `indicators` of the catalogue that would measure it."""

    what: str
    why: str
    who: str
    indicators: tuple[str, ...] = ()


UNMEASURED: dict[str, tuple[Unmeasured, ...]] = {
    "sante": (
        Unmeasured(
            "Les causes de décès et la mortalité à âge égal dans le territoire",
            "c’est ce qui dit si l’on meurt plus tôt ici qu’ailleurs, et de quoi ; seul le département est connu",
            "à l’ARS ou à l’ORS, à partir du CépiDc (Inserm)",
            ("taux-mortalite-standardise", "icm-mortalite-generale"),
        ),
        Unmeasured(
            "La santé mentale : souffrance psychique, tentatives de suicide, suivis",
            "elle revient dans la plupart des contrats locaux de santé et presque rien n’est publié sous le département",
            "à l’ARS (hospitalisations, personnes suivies dans les CMP) et à l’ORS",
        ),
    ),
    "prevention": (
        Unmeasured(
            "La participation aux dépistages organisés des cancers (sein, côlon et rectum, col de l’utérus)",
            "un dépistage suivi permet de soigner plus tôt ; la participation varie beaucoup d’un EPCI à l’autre",
            "au centre régional de coordination des dépistages des cancers (CRCDC)",
            ("depistage-sein", "depistage-colorectal"),
        ),
        Unmeasured(
            "La vaccination (grippe, HPV, rougeole, méningocoques)",
            "elle protège les personnes fragiles et se décide souvent avec les professionnels du territoire",
            "à la CPAM et à la MSA ; Santé publique France ne publie que le département",
            ("vaccination-grippe",),
        ),
        Unmeasured(
            "Les patients sans médecin traitant, et le renoncement aux soins",
            "c’est la mesure la plus directe d’un accès aux soins rompu",
            "à la CPAM et à la MSA",
            ("sans-medecin-traitant",),
        ),
        Unmeasured(
            "Les comportements : tabac, alcool, alimentation, activité physique",
            "les enquêtes nationales ne descendent pas sous la région ; la parole des habitants et des professionnels les complète",
            "à l’ORS ; à recueillir aussi dans l’enquête du diagnostic partagé",
        ),
    ),
    "autonomie": (
        Unmeasured(
            "Les personnes qui ont perdu leur autonomie, et celles qui les aident",
            "ce sont elles qui disent les besoins d’aide à domicile et de places, plus que le nombre de personnes âgées",
            "au conseil départemental (APA), à la MSA et à la CARSAT (fragilité)",
            ("beneficiaires-apa",),
        ),
        Unmeasured(
            "Les places en établissement et en service pour personnes âgées (EHPAD, résidences autonomie, soins à domicile)",
            "le nombre d’établissements connu ici date de 2013 et ne dit rien des places ni des listes d’attente",
            "à l’ARS et au conseil départemental ; le répertoire FINESS, ouvert, donne les établissements",
            ("densite-ehpad", "densite-residences-autonomie"),
        ),
        Unmeasured(
            "Le handicap : personnes concernées, places, orientations en attente",
            "rien d’ouvert ne compte les personnes en situation de handicap par commune",
            "à la MDPH, à la CAF et à la MSA (AAH, AEEH)",
        ),
    ),
    "enfance": (
        Unmeasured(
            "La santé des enfants et des mères : prématurité, surpoids, suivi de la grossesse, santé scolaire",
            "les premières années pèsent sur la santé de toute la vie",
            "à la PMI (conseil départemental), à l’Éducation nationale et à l’ARS",
        ),
    ),
}  # fmt: skip


def unmeasured(diagnostic: Diagnostic, chapter: str) -> Fragment:
    """What the chapter does not measure for this territory: an item whose indicators have a value is left out."""
    items = [
        i
        for i in UNMEASURED.get(chapter, ())
        if not any(diagnostic.has_own(n) for n in i.indicators if n in diagnostic.catalogue)
    ]
    if not items:
        return Fragment("")
    said = [french.punctuate(f"{i.what} : {i.why}. À demander {i.who}.") for i in items]
    lines = "".join(
        f"<li><strong>{escape(french.punctuate(i.what))}</strong>{escape(text[len(french.punctuate(i.what)) :])}</li>"
        for i, text in zip(items, said, strict=True)
    )
    html = f'<div class="unmeasured"><h3>Ce que ce chapitre ne mesure pas</h3><ul>{lines}</ul></div>'
    return Fragment(html, "\n".join(said))
