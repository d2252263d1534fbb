# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""`python -m simulator`."""

import sys

from .cli import main

sys.exit(main())
