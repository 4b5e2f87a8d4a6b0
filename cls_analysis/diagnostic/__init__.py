"""One territory's published rows, figures and texts: the only import of a notebook.

>>> from cls_analysis.diagnostic import Diagnostic
>>> Diagnostic.__name__
'Diagnostic'
"""

from cls_analysis.diagnostic.core import Diagnostic
from cls_analysis.diagnostic.fragment import Fragment

__all__ = ["Diagnostic", "Fragment"]
