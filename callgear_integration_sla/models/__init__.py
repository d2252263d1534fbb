from . import callgear_statistics
from . import helpdesk_ticket_sla
