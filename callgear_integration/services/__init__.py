from . import announcer
from . import board
from . import call_text
from . import caller
from . import dialer
from . import reconciliation
from . import refresh
from . import settlement
