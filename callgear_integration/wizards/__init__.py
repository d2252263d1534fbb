from . import base_partner_merge
from . import callgear_number_choice
