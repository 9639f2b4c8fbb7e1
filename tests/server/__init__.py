"""A kernel behind a real Jupyter server with our extension; `tutorial.py test --hub` runs this after the table."""
