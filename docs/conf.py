"""The site's settings. ``make docs`` builds it into ``docs/_build``; nothing is fetched."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import sstibet

project = "sstibet"
author = "The sstibet authors"
copyright = "the sstibet authors, Apache-2.0"
version = release = sstibet.__version__
language = "en"

extensions = ["bookpages", "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "_ext", "_static", "made/static"]
nitpicky = True

myst_enable_extensions = ["attrs_inline", "colon_fence"]
myst_heading_anchors = 3

# Docstrings mark names with single backticks.
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False

# What is shown of files is shown as it is written there.
smartquotes = False
# The search finds every name; a list of all of them in every page's contents would only weigh.
html_use_index = False
html_domain_indices = False
toc_object_entries = False

html_theme = "furo"
html_title = "sstibet"
html_static_path = ["_static", "made/static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_sourcelink = False
html_copy_source = False
html_search_language = "en-zh"
html_theme_options = {"top_of_page_buttons": []}
