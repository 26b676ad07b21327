"""`python -m oidc_enforcer`: the command, where its script is not on the path."""

from __future__ import annotations

import sys

from oidc_enforcer.cli import main

sys.exit(main())
