"""How Sphinx builds these pages."""

import os
from importlib.metadata import version as installed_version
from pathlib import Path

from sphinx.application import Sphinx

import kodonb
from kodonb.kumeo.highlight import KumeoLexer

# The package finds its public names when they are first asked for; autodoc only sees what is there.
vars(kodonb).update({name: getattr(kodonb, name) for name in kodonb.__all__})

project = "kodonb"
author = "The kodonb authors"
copyright = author
version = release = installed_version("kodonb")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "changes", "jupyter_execute", "notebooks/data"]

# Notebooks are kept without outputs, so a build executes them, in an instance of its own and without Ray. What was
# executed is kept beside the pages and taken again until the notebook changes.
nb_execution_mode = "cache"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
os.environ |= {
    "KODONB_HOME": str(Path(__file__).parent / "_build" / "home"),
    "KODONB_SESSION": "inline",
    "JUPYTER_PREFER_ENV_PATH": "1",
}
nb_merge_streams = True
# `%%flow` cells are Python after their first line, which the lexer of plain cells does not know.
suppress_warnings = ["misc.highlighting_failure"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
# Attributes of records stay in the docstring of their class; as entries of their own they would be doubled.
napoleon_use_ivar = True
# Docstrings write names in single backticks.
default_role = "code"


def setup(app: Sphinx) -> None:
    """Colour Kumeo, also where the package was installed before it had a lexer."""
    app.add_lexer("kumeo", KumeoLexer)


html_theme = "furo"
html_title = "kodonb"
html_static_path = ["_static"]
