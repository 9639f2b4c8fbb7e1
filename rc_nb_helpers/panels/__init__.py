"""What people see: panels to log in, to try the API and to log out. They do no HTTP; the session does."""
