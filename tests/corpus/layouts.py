"""For each reader: which of its files is spoiled, where its header is, and which columns are the code and the numbers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Layout:
    """The file of a reader that is spoiled: `top` is the row of its header (0 first), `units` rows follow it.

    A column is named by its title, or by its position in a file without header. `read` says which rows the reader
    keeps: they come first in the fixture, so that faults meet them. `quoting` is how the producer writes cells:
    `needed`, `all` or `never`. `small` stands for the usual département where that one makes too long a file.
    """

    key: str
    code: str | int
    level: str = "commune"
    number: str | None = None
    twin: str | None = None
    share: str | None = None
    separator: str | None = ","
    decimal: str = "."
    top: int = 0
    units: int = 0
    sheet: str | None = None
    name: str | None = None
    quoting: str = "needed"
    read: dict[str, tuple[str, ...]] = field(default_factory=dict)
    small: tuple[str, ...] = ()


_MELODI = {"GEO_OBJECT": ("COM", "ARM")}
LAYOUTS: dict[str, Layout] = {
    "ameli-demographie": Layout("effectifs", "departement", "departement", "effectif", "densite"),
    "ameli-effectifs": Layout(
        "effectifs", "dept", "departement", "Ntop", "Npop", "prev", separator=";",
        read={"annee": ("2023-01-01",), "patho_niv2": ("",), "cla_age_5": ("tsage",)}),
    "ans-rpps": Layout("activites", "Code commune (coord. structure)", separator="|", quoting="never"),
    "banatic": Layout("groupements", "siren", "epci", "pop", "dep"),
    "cartosante": Layout(
        "bassins", "Code", "bassin_de_vie", "Densité de généralistes lib. 2024", "Densité d'infirmiers lib. 2024",
        "Part des bénéf. ophtalmo. dans pop. 2024", separator=";", top=2, name="Libellé"),
    "dgcl-epci": Layout("composition", "insee", "commune", "pmun_2025", "ptot_2025", separator=None, sheet="Epcicom2025", name="nom_membre"),
    "drees-apl": Layout(
        "mg", "Code commune INSEE", "commune", "APL aux médecins généralistes",
        "APL aux médecins généralistes de moins de 65 ans", separator=None, top=8, units=1, sheet="APL 2023", name="Commune"),
    "finess": Layout("etablissements", 12, separator=";", quoting="never"),
    "frr": Layout("communes", "codgeo", number="codefrr", separator=";", name="libgeo"),
    "insee-appartenance": Layout("2024", "CODGEO", number="EPCI", twin="BV2022", name="LIBGEO"),
    "insee-bpe": Layout("2013", "depcom", number="Pharmacie", twin="Boulangerie", separator=None, sheet="bpe2013_ensemble"),
    "insee-cog": Layout("communes", "COM", number="REG", twin="DEP", name="LIBELLE"),
    "insee-comparateur": Layout("communes", "insee_com", number="population_2021", twin="menages_2021", name="commune"),
    "insee-distancier": Layout("communes", "codgeo", number="temps_medecin", twin="temps_urgences", separator=";"),
    "insee-ds-bpe": Layout("equipements", "GEO", number="OBS_VALUE", separator=";", quoting="all", read={"GEO_OBJECT": ("COM", "ARM", "DEP"), "FACILITY_DOM": ("D",)}),
    "insee-ds-filosofi": Layout(
        "filosofi", "GEO", number="OBS_VALUE", separator=";", quoting="all", read={"FILOSOFI_MEASURE": ("MED_SL", "PR_MD60")}),
    "insee-etat-civil": Layout(
        "deces", "GEO", number="OBS_VALUE", separator=";", quoting="all", read=_MELODI, small=("75",)),
    "insee-filosofi": Layout(
        "communes", "CODGEO", number="D121", twin="D921", share="TP6021", separator=";", decimal=","),
    "insee-populations-historiques": Layout("communes", "codgeo", number="p19_pop", twin="p13_pop", name="libgeo"),
    "insee-populations-reference": Layout("communes", "COM", number="PMUN", twin="PCAP", separator=";", name="Commune"),
    "insee-rp-age-sexe": Layout(
        "communes", "GEO", number="OBS_VALUE", separator=";", quoting="all", read=_MELODI, small=("75",)),
    "insee-statistiques-locales": Layout(
        "bassins", "Code", "bassin_de_vie", "Médiane du niveau de vie 2021", "Taux de pauvreté 2021",
        "Part des maisons dans le total des logements 2022", separator=";", top=2, name="Libellé"),
    "inserm-cepidc": Layout("causes", "departement", "departement", "valeur", "annee"),
    "inserm-fdep": Layout(
        "communes", "Code commune", number="Indice de défavorisation en quintiles", twin="Nombre d'habitants de la commune",
        separator=";", name="Commune"),
    "inserm-fedi": Layout("communes", "Commune Code", number="EDI", twin="Quintile natonal", separator=";", name="Commune"),
    "odisse-cardio-epci": Layout(
        "taux", "Code EPCI", "epci", "Taux standardisé de patients hospitalisés", "Taux standardisé de mortalité", separator=";"),
    "urbasante": Layout(
        "communes", "code_insee", "commune", "Part des pers. âgées de 65", "Part des pers. âgées de - de 25", name="nom"),
}  # fmt: skip
