"""Where things are: the tutorial's folder, and what is made on this machine inside it (ignored by git)."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUNTIME = ROOT / "requirements.txt"
TESTING = ROOT / "requirements-test.txt"
SITE = ROOT / "requirements-site.txt"
SITE_TESTING = ROOT / "tests" / "site" / "requirements.txt"
HUB = ROOT / "workshop" / "jupyterhub" / "requirements.txt"
OURS = ROOT / ".jupyter"
"""JupyterLab's settings, open tabs and logs, and all else that it would write into the home folder."""
