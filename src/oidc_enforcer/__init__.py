"""Gets GitHub Actions off stored AWS keys, and keeps it off."""

__version__ = "0.1.0"
