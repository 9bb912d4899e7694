"""How the documentation is built: `sphinx-build -W -j auto -b html docs docs/_build/html`. It needs no network.

The cells of the lessons are run by kernels of their own, which find the package where this build finds it.
"""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # or each kernel warns about a debugger that nobody uses
# Pages are built beside each other: a matrix product that waits for its share of another core would be timed with it.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import tinygrad_edu  # noqa: E402 - found by the line above

project = "tinygrad_edu"
version = release = tinygrad_edu.__version__
copyright = "the tinygrad_edu contributors"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "api",
    "checks",
    "differences",
    "docstrings",
    "drawn_operations",
    "explorers",
    "lessons",
    "live_examples",
    "mathml",
    "mistakes",
    "operations",
    "pictures",
    "reports",
]
exclude_patterns = ["_build", "_extensions"]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"  # every cell, at every build
nb_execution_show_tb = True  # a cell that fails is a warning with its traceback; -W makes it an error
nb_execution_in_temp = True  # what a cell writes does not stay
nb_execution_timeout = 120  # seconds, for one cell
nb_output_stderr = "error"  # a warning in a lesson is an error
nb_merge_streams = True  # what one cell prints stands in one piece

default_role = "literal"  # `x` in a docstring is code
autodoc_typehints = "none"  # the signatures say what is what; the types are for the type checker
autodoc_member_order = "bysource"
add_module_names = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_attr_annotations = False
napoleon_custom_sections = [("Shape", "notes_style"), ("Shapes", "notes_style")]
smartquotes_action = "D"  # dashes, but not quotes: a quoted word in a docstring is what to type
highlight_language = "python"

html_theme = "furo"
html_title = "tinygrad_edu"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_js_files = [("house.js", {"defer": "defer"})]
html_copy_source = False
html_show_sourcelink = False
