from . import announcer
from . import board
from . import call_text
from . import dialer
from . import reconciliation
from . import refresh
from . import settlement
