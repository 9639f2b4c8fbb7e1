"""What people see: panels to log in, to try the API and to log out. They do no HTTP; the session does."""

from .join import JoinPanel as JoinPanel
from .link import open_in_browser as open_in_browser
from .login import LoginPanel as LoginPanel
from .logout import LogoutPanel as LogoutPanel
from .test import Call as Call
from .test import TestPanel as TestPanel
