"""From a notebook to a report: running it, the page, the files beside, many at once. See docs/publishing.md.

Importing nbformat imports jsonschema, which builds a grammar of addresses (RFC 3987) for a check that no notebook asks for: a
second of processor at each start, a third of what a batch needs to be ready. jsonschema does without where that library is
absent, so it is kept from finding it, here and for this one import.
"""

import sys

_GRAMMAR = "rfc3987_syntax"

if "jsonschema" not in sys.modules and _GRAMMAR not in sys.modules:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # how Python is told that a module is not there
    try:
        import jsonschema as jsonschema
    finally:
        del sys.modules[_GRAMMAR]
