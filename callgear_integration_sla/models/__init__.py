from . import callgear_statistics
from . import callgear_ticket_fact
from . import helpdesk_ticket_sla
