"""The course as static HTML, built in a copy of the tutorial; `tutorial.py test --site` runs this."""
