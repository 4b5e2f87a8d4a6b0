"""Made-up files under the producers' own paths on the stand-in, and jobs whose readers know one département only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from cls_analysis.sources import get_source
from cls_analysis.sources.codes import Scope
from cls_analysis.sources.fetching.plan import Job, job_of, wanted
from cls_analysis.sources.fetching.transfer import Network
from cls_analysis.sources.model import Source

BELFORT = Scope(frozenset({"90"}))
FETCHABLE = ("ameli-demographie", "dgcl-epci", "drees-apl", "insee-cog", "insee-populations-reference")
FETCHABLE_MORE = (
    "ameli-effectifs", "ans-rpps", "frr", "insee-ds-bpe", "insee-ds-filosofi", "insee-etat-civil", "insee-rp-age-sexe",
    "inserm-fdep", "inserm-fedi", "odisse-cardio-epci",
)  # fmt: skip
QUICK = Network(connect=2, read=2, total=30, tries=2, sleep=lambda _: None)


def job(source_id: str) -> Job:
    """The real source with its real reader, which expects the communes of one département instead of all."""
    return job_of(_small(get_source(source_id)))


def _small(source: Source) -> Source:
    at = source.at
    return replace(
        source,
        read=partial(source.read, scope=BELFORT),
        tables=tuple(replace(table, read=partial(table.read, scope=BELFORT)) for table in source.tables),
        at=None if at is None else lambda year: _small(at(year)),
    )


def zipped(member: str, body: bytes, **others: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, body)
        for name, more in others.items():
            archive.writestr(name, more)
    return out.getvalue()


def publish(
    server, source_id: str, mirror: Path, *, vintage: str | None = None, bodies: Mapping[str, bytes] | None = None
) -> None:
    """Put a source's files of `mirror` (or `bodies` by key) at its producer's addresses for that vintage."""
    one = job(source_id)
    for item in wanted(one, vintage or one.vintage):
        path = next(file.path for file in one.files if file.key == item.key)
        body = (bodies or {}).get(item.key) or (mirror / path).read_bytes()
        if item.member is not None:
            body = zipped(item.member.replace("*", "made"), body)
        server.files[local(item.address.url)] = body


def local(url: str) -> str:
    """Path on the stand-in of a producer's address: its host is the first folder."""
    return "/" + url.removeprefix("https://").split("?")[0]


def resolver(server):
    return lambda url: f"{server.root}/{url.removeprefix('https://')}"
