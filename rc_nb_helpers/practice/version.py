"""The platform's version: that of the whole package, which knows it by another name; a test compares the two."""

from __future__ import annotations

VERSION = "0.1.0"
