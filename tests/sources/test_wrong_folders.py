"""A mirror that is no mirror, a manifest that is no manifest: the usual words and exit codes, never a traceback."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cls_analysis import cli
from cls_analysis.cli.data import app
from cls_analysis.errors import DataMissing, InvalidInput, StorageFailed, UnknownName
from cls_analysis.sources.build import manifest_of
from cls_analysis.sources.places import held_folder

RUN = CliRunner()
COMMANDS = (
    ("status",),
    ("update", "dgcl-epci"),
    ("build", "--data", "official"),
)


def _wrong(kind: str, tmp_path: Path) -> Path:
    path = tmp_path / kind
    if kind == "file":
        path.write_text("not a folder", encoding="utf-8")
    elif kind == "broken":
        path.symlink_to(tmp_path / "gone")
    elif kind == "circle":
        path.symlink_to(path)
    elif kind == "long":
        path = tmp_path / ("a" * 300)
    return path


@pytest.mark.parametrize("kind", ["file", "broken", "circle", "long", "absent"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_mirror_that_is_no_folder_is_named_with_what_it_is(
    command: tuple[str, ...], kind: str, tmp_path: Path
) -> None:
    mirror = _wrong(kind, tmp_path)
    result = RUN.invoke(app, [*command, "--mirror", str(mirror)])
    assert isinstance(result.exception, DataMissing), result.exception
    assert f"the mirror {mirror} is not a folder: " in str(result.exception)
    assert result.exception.hint and "--mirror" in result.exception.hint


def test_the_project_s_own_folder_may_not_be_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cls_analysis.cli.data._mirror", lambda mirror: mirror or tmp_path / "data" / "raw")
    assert RUN.invoke(app, ["status", "--processed", str(tmp_path)]).exit_code == 0


def test_a_mirror_that_may_not_be_read_is_a_fault_of_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "access", lambda path, mode: False
    )  # root may read everything: a right cannot be taken away
    with pytest.raises(StorageFailed, match="cannot be read: permission denied"):
        held_folder(tmp_path)


def test_a_mirror_that_is_an_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is an address"):
        held_folder(Path("https://example.org/mirror"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe\x00\x01garbage", "not valid UTF-8"),
        (b"path,sha256\ncaf\xe9,00\n", "not valid UTF-8"),
        (b"", "'path' and 'sha256' missing"),
        (b"path,size\na,1\n", "'sha256' missing"),
        (b"file;hash\na;1\n", "'path' and 'sha256' missing"),
        (b"path,sha256\na," + b"f" * 200_000 + b"\n", "is not a CSV"),
    ],
)
def test_a_manifest_that_is_none_is_refused_with_the_reason(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.csv").write_bytes(content)
    with pytest.raises(InvalidInput, match=why) as caught:
        manifest_of(tmp_path)
    assert str(tmp_path / "MANIFEST.csv") in str(caught.value)


def test_a_manifest_that_is_a_folder_a_broken_link_or_endless_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "MANIFEST.csv"
    path.mkdir()
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        manifest_of(tmp_path)
    path.rmdir()
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        manifest_of(tmp_path)
    path.unlink()
    monkeypatch.setattr("cls_analysis.sources.build.MOST_MANIFEST_BYTES", 10)
    path.write_text("path,sha256\na,1\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="no list of files"):
        manifest_of(tmp_path)


def test_a_manifest_opens_no_file_of_another_folder_and_knows_a_hash_in_capitals(tmp_path: Path) -> None:
    lines = f"path,sha256\n../../etc/passwd,{'0' * 64}\n/etc/passwd,{'1' * 64}\na/2025/a.csv, {'AB' * 32}\nshort\n"
    (tmp_path / "MANIFEST.csv").write_text(lines, encoding="utf-8-sig")
    assert manifest_of(tmp_path)["a/2025/a.csv"] == "ab" * 32
    result = RUN.invoke(app, ["build", "--data", "official", "--mirror", str(tmp_path)])
    assert isinstance(result.exception, DataMissing) and "none of the official files" in str(result.exception)


@pytest.mark.parametrize("command", ["fetch", "update", "status", "sources"])
def test_a_source_that_is_not_known_is_unknown_to_every_command(command: str) -> None:
    result = RUN.invoke(app, [command, "drees-ap"])
    assert isinstance(result.exception, UnknownName), result.exception
    assert "'drees-ap' is not declared; did you mean drees-apl?" in str(result.exception)


def test_a_source_without_files_says_why_nothing_is_fetched() -> None:
    result = RUN.invoke(app, ["fetch", "import-ald"])
    assert isinstance(result.exception, UnknownName) and "a partner gives its table" in str(result.exception)


def test_sources_may_be_listed_by_name() -> None:
    shown = RUN.invoke(app, ["sources", "drees-apl"]).stdout
    assert "1 source " in shown and "drees-apl" in shown and "insee-cog" not in shown


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENOTDIR])
def test_a_fault_of_the_disk_that_no_command_foresaw_is_a_sentence_and_exit_code_9(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise OSError(number, os.strerror(number), "reports/a.html")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 9
    told = capsys.readouterr().err
    assert "reports/a.html: " in told and "Try: " in told and "Traceback" not in told


def test_an_error_of_the_program_itself_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError("no number: not the disk's")

    monkeypatch.setattr(cli, "app", fails)
    with pytest.raises(OSError, match="not the disk"):
        cli.main()


def test_a_file_where_built_tables_should_lie_is_named(tmp_path: Path) -> None:
    path = tmp_path / "built"
    path.write_text("not a folder", encoding="utf-8")
    result = RUN.invoke(app, ["status", "--processed", str(path)])
    assert isinstance(result.exception, StorageFailed) and f"{path} is a file" in str(result.exception)


def test_a_private_table_that_is_none_is_named_before_any_file_is_searched(tmp_path: Path) -> None:
    path = tmp_path / "indicators.parquet"
    path.write_text("not a table", encoding="utf-8")
    result = RUN.invoke(cli.app, ["check", str(tmp_path), "--private", str(path)])
    assert isinstance(result.exception, InvalidInput) and "is not a table of indicators" in str(result.exception)
    pd.DataFrame({"indicator": ["a"]}).to_parquet(path)
    result = RUN.invoke(cli.app, ["check", str(tmp_path), "--private", str(path)])
    assert isinstance(result.exception, InvalidInput) and "no column status, territory, value" in str(result.exception)


def test_an_import_without_a_name_and_a_template_of_no_known_kind_are_said(tmp_path: Path) -> None:
    nameless = RUN.invoke(cli.app, ["imports", "check", ""])
    assert isinstance(nameless.exception, InvalidInput) and "no import is named" in str(nameless.exception)
    made = RUN.invoke(cli.app, ["imports", "template", "dece-2019", "--folder", str(tmp_path)])
    assert made.exit_code == 0 and "'deces' is near: --kind deces" in made.stdout
    assert (tmp_path / "dece-2019.toml").is_file()
