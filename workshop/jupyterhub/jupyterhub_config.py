"""A JupyterHub for a class, on one machine: jupyterhub -f workshop/jupyterhub/jupyterhub_config.py.

What makes it the hub of this course stands in class_config.py. Here is what another hub has already: an address,
https, a proxy, and how people sign in. README.md tells what to change.
"""

# ruff: noqa: F821 - get_config and load_subconfig are JupyterHub's

import grp
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from certipy import Certipy

c = get_config()
COURSE = Path(__file__).resolve().parents[2]
STATE = Path(os.environ.setdefault("RC_HUB_STATE", str(COURSE / ".practice" / "hub")))
HUB = urlsplit(os.environ.setdefault("RC_HUB_URL", "https://localhost:8000"))
ALONE = HUB.hostname in ("localhost", "127.0.0.1")  # only browsers of this machine come

STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
os.umask(0o077)
c.JupyterHub.db_url = f"sqlite:///{STATE / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
c.JupyterHub.bind_url = f"https://{'127.0.0.1' if ALONE else ''}:{HUB.port or 443}"
local_proxy = COURSE / "node_modules" / ".bin" / "configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [str(local_proxy) if local_proxy.exists() else "configurable-http-proxy"]

# https. Browsers warn of a certificate that was made here. For a class, get one for the machine's name, and name its
# files with RC_HUB_KEY and RC_HUB_CERTIFICATE.
key, certificate = os.environ.get("RC_HUB_KEY", ""), os.environ.get("RC_HUB_CERTIFICATE", "")
if not key:
    made = STATE / "certificates"
    if not made.exists():
        maker = Certipy(store_dir=str(made))
        maker.create_ca("authority")
        maker.create_signed_pair("hub", "authority", alt_names=[f"DNS:{HUB.hostname}", "DNS:localhost", "IP:127.0.0.1"])
    key, certificate = str(made / "hub" / "hub.key"), str(made / "hub" / "hub.crt")
c.JupyterHub.ssl_key, c.JupyterHub.ssl_cert = key, certificate

if os.geteuid() == 0:
    # Everybody has an account on this machine, with a password: the hub asks the system. Servers run as these users.
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
    c.PAMAuthenticator.allow_all = True
    # Only groups that there are: with another one the hub lets nobody in.
    c.PAMAuthenticator.admin_groups = {"sudo", "wheel"} & {group.gr_name for group in grp.getgrall()}
else:
    # All servers run as you, so nobody's files are safe from a neighbour: for practice alone, among people you trust.
    # Everybody chooses a name. The passwords stand in a file that only you can read.
    passwords = STATE / "passwords.txt"
    if not passwords.exists():
        passwords.write_text(f"{secrets.token_hex(6)}\n{secrets.token_hex(16)}\n")
    c.SharedPasswordAuthenticator.user_password, c.SharedPasswordAuthenticator.admin_password = (
        passwords.read_text().split()
    )
    c.JupyterHub.authenticator_class = "shared-password"
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(STATE / "homes" / "{username}")
    c.Authenticator.allow_all = True
    c.Authenticator.admin_users = {"instructor"}
    print(f"The passwords are in {passwords}: first the learners', then the instructor's (user name: instructor).")

load_subconfig(str(Path(__file__).with_name("class_config.py")))
