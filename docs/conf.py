"""How Sphinx builds these pages."""

from importlib.metadata import version as installed_version

import kodonb

# The package finds its public names when they are first asked for; autodoc only sees what is there.
vars(kodonb).update({name: getattr(kodonb, name) for name in kodonb.__all__})

project = "kodonb"
author = "The kodonb authors"
copyright = author
version = release = installed_version("kodonb")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "changes", "jupyter_execute"]

# Notebooks are shown with the outputs they were stored with: a build starts no kernel and no Ray.
nb_execution_mode = "off"
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

html_theme = "furo"
html_title = "kodonb"
html_static_path = ["_static"]
