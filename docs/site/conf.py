"""Sphinx's settings for the course as static HTML (python3 tutorial.py site). Pages load nothing from elsewhere."""

project = "Log in to RingCentral from a notebook"
html_title = project
copyright = "the tutorial's authors. Code: MIT. Text and pictures: CC BY 4.0"
language = "en"

extensions = ["myst_nb", "sphinx_copybutton", "sphinx.ext.githubpages", "tools.linked_files"]
myst_heading_anchors = 3  # as GitHub has them: links to a heading work there and here
exclude_patterns = ["README.md"]  # the front page and the reference include its parts

# The stored outputs are shown; nothing is run.
nb_execution_mode = "off"
nb_merge_streams = True
# Widgets need a kernel: their manager would be loaded from the internet, and could show nothing.
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
copybutton_selector = "div:not(.output) > div.highlight pre"

html_theme = "pydata_sphinx_theme"
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["course.css"]
html_favicon = "static/mark.svg"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_sidebars = {"**": ["course-nav.html"]}
html_theme_options = {
    "logo": {"image_light": "_static/mark.svg", "image_dark": "_static/mark.svg", "text": "Log in to RingCentral"},
    "article_header_start": [],  # the list of pages says where we are
    "navbar_center": [],
    "navbar_end": ["search-field", "theme-switcher"],
    "navbar_persistent": [],  # a second search field; both would have the same name for a screen reader
    "back_to_top_button": False,
    "search_bar_text": "Search the course",
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
