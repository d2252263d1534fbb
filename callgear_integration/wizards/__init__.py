from . import base_partner_merge
from . import callgear_connection_check
from . import callgear_connection_check_account
from . import callgear_connection_check_api
from . import callgear_connection_check_webhook
from . import callgear_operator_import
from . import callgear_operator_import_line
from . import callgear_operator_import_match
