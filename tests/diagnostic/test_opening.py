"""Who the peers of a territory are: every EPCI of France is the peer of one région, where most of its inhabitants live."""

from cls_analysis import geography
from cls_analysis.diagnostic import opening


def test_the_peers_are_the_epci_whose_inhabitants_mostly_live_in_the_main_region() -> None:
    whole = geography.membership().merge(geography.communes(), on="code_commune", how="inner", validate="1:1")
    people = whole.pivot_table(index="siren_epci", columns="region", values="population", aggfunc="sum")
    assert (people.notna().sum(axis=1) > 1).any()  # some lie in two régions
    told = people.astype("float").idxmax(axis=1)
    place = geography.territory("petr-langres")
    peers = opening._peers(place)
    assert [peer.territory for peer in peers] == sorted(told.index[told == place.main_region])
    assert set(place.epci) < {peer.territory for peer in peers}
    assert {peer.territory_type for peer in peers} == {"epci"}
    names = geography.epci().set_index("siren_epci")["name"]
    assert [peer.name for peer in peers] == [names[peer.territory] for peer in peers]
    assert sum(map(len, opening._epci_by_main_region().values())) == len(told)
