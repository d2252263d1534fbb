from . import callgear_dashboard
from . import callgear_fact_due
from . import callgear_ticket_fact
from . import callgear_ticket_sum
from . import callgear_statistics
