"""Tests that are tables as well: programs that print more than a green line.

``hostile_cases``  what strangers may send to the listener: case, expected, got; with ``--peers`` for other tools too
``fault_matrix``   what may go wrong between us and the server, in each phase of a login
``secret_search``  secrets × channels; ``--plant all`` shows that each channel is really looked at
``machines``       fresh clones in odd folders, variables, locales, signals, git settings
``whole_hub``      a real JupyterHub: logins of neighbours, who may read what, and the whole course
``two_kernels``    kernels that share a kept login, and are killed at every step of a refresh
``mutations``      takes each safeguard away and sees that a test notices

Each runs as ``python -m tests.tables.NAME``. ``peers`` holds the other tools that two of them are measured beside.
"""
