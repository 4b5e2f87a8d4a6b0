"""Is a comment shown under its figure, flagged when the values changed, and never obeyed as markup?"""

from __future__ import annotations

from pathlib import Path

from cls_analysis.diagnostic.commentary import commented, fingerprint, unplaced
from cls_analysis.figures import DataTable, Figure
from cls_analysis.figures.figure import Cell
from cls_analysis.participation import Comment
from tests.partage.made_up import partage


def figure(value: str = "12") -> Figure:
    return Figure(
        id="un-tableau", kind="table", title="Titre", subtitle="Unité, 2022", svg="", reading="Lecture.", source="Source",
        alt="Tableau.", data=DataTable(("Lieu", "Valeur"), (("Ici", Cell(value)),), (False, True)),
    )  # fmt: skip


def test_a_comment_written_for_these_values_is_shown_without_a_flag() -> None:
    html = commented(figure(), [Comment("un-tableau", "Tout va bien.", "a.md", fingerprint(figure()))]).html()
    assert "Tout va bien." in html and "À relire" not in html
    assert html.index("fig-source") < html.index("Tout va bien.") < html.index("</figure>")


def test_a_comment_is_flagged_when_a_value_beneath_changed() -> None:
    comment = Comment("un-tableau", "Tout va bien.", "a.md", fingerprint(figure("12")))
    html = commented(figure("13"), [comment]).html()
    assert "Tout va bien." in html and "À relire" in html and fingerprint(figure("13")) in html


def test_a_comment_without_fingerprint_says_so() -> None:
    html = commented(figure(), [Comment("un-tableau", "Texte.", "a.md")]).html()
    assert "sans empreinte" in html and "À relire" not in html


def test_markup_typed_in_a_comment_is_shown_and_not_obeyed() -> None:
    text = "<script>alert(1)</script>\n\n## Titre\n\n[lien](javascript:alert(1))"
    html = commented(figure(), [Comment("un-tableau", text, "a.md")]).html()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert "<h2" not in html and 'href="javascript' not in html


def test_a_figure_nobody_commented_is_left_as_it_was() -> None:
    mine = figure()
    assert commented(mine, [Comment("autre", "Texte.", "a.md")]) is mine


def test_a_comment_that_names_no_figure_of_the_document_is_said() -> None:
    assert "autre" in unplaced([Comment("autre", "Texte.", "b.md")], [figure()]).html
    assert unplaced([Comment("un-tableau", "Texte.", "a.md")], [figure()]).html == ""


def test_the_report_shows_the_comments_of_its_folder(tmp_path: Path) -> None:
    d = partage(tmp_path, {"commentaires/carte.md": "---\nfigure: un-tableau\n---\nVu ensemble.\n"})
    assert "Vu ensemble." in d.show(figure()).html()
    assert d.drawn == [figure()]
