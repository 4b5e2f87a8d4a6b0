"""A partner's tables (ALD, deaths, screening, patients without a médecin traitant): read, checked, added to the official data.

`load_imports()` reads every `<name>.toml` of data/raw/imports with its CSV or XLSX, `write_imports(mode)` puts them in the
built data under their `import-*` ids, beside the official sources and never over them. docs/imports.md.
"""

from cls_analysis.sources.imports.declared import DECLARED
from cls_analysis.sources.imports.reading import ImportResult, load_import, load_imports
from cls_analysis.sources.imports.spec import ImportSpec, imports_dir, read_spec
from cls_analysis.sources.imports.templates import KINDS, write_template
from cls_analysis.sources.imports.writing import import_thresholds, restricted_imports, write_imports

__all__ = [
    "DECLARED",
    "KINDS",
    "ImportResult",
    "ImportSpec",
    "import_thresholds",
    "imports_dir",
    "load_import",
    "load_imports",
    "read_spec",
    "restricted_imports",
    "write_imports",
    "write_template",
]
