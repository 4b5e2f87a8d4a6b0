"""CépiDc.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from cls_analysis.errors import DataMissing
from cls_analysis.sources.model import LICENCE_OUVERTE, File, Source, Variable, count, rate, share  # noqa: F401


UNIT = "décès pour 100 000 hab. (taux standardisé)"
CAUSES = {
    "taux_std_toutes_causes": "Toutes causes",
    "taux_std_maladies_infectieuses": "1. Maladies infectieuses et parasitaires",
    "taux_std_tumeurs": "2. Tumeurs",
    "taux_std_sang_immunite": "3. Maladies du sang et des organes hématopoïétiques et certains troubles du système immunitaire",
    "taux_std_endocriniennes": "4. Maladies endocriniennes, nutritionnelles et métaboliques",
    "taux_std_troubles_mentaux": "5. Troubles mentaux et du comportement",
    "taux_std_systeme_nerveux": "6. Maladies du système nerveux et des organes des sens",
    "taux_std_circulatoire": "7. Maladies de l’appareil circulatoire",
    "taux_std_respiratoire": "8. Maladies de l’appareil respiratoire",
    "taux_std_digestif": "9. Maladies de l’appareil digestif",
    "taux_std_peau": "10. Maladies de la peau et du tissu cellulaire sous-cutané",
    "taux_std_osteo_articulaire": "11. Maladies du système ostéo-articulaire, des muscles et du tissu conjonctif",
    "taux_std_genito_urinaire": "12. Maladies de l’appareil génito-urinaire",
    "taux_std_grossesse": "13. Complications de grossesse, accouchement et puerpéralité",
    "taux_std_perinatale": "14. Certaines affections dont l’origine se situe dans la période périnatale",
    "taux_std_malformations": "15. Malformations congénitales et anomalies chromosomiques",
    "taux_std_mal_definis": "16. Symptômes et états morbides mal définis",
    "taux_std_causes_externes": "17. Causes externes de morbidité et mortalité",
    "taux_std_covid": "18. Covid-19 : U071-U072,U109,U129",
}
VARIABLES = tuple(rate(name, label, UNIT, maximum=5000.0) for name, label in CAUSES.items())
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    raise DataMissing(f"no reader for {sorted(paths)}")

SOURCE = Source("inserm-cepidc", "Inserm-CépiDc", "Taux standardisés de mortalité par cause et département", "2023", LICENCE_OUVERTE, "départements", (), VARIABLES, read)
