from . import base_partner_merge_automatic_wizard
from . import callgear_dial_choice
from . import callgear_dial_choice_line
from . import callgear_connection_check
from . import callgear_connection_check_line
from . import callgear_move
from . import callgear_operator_import
from . import callgear_operator_import_line
