from . import test_sla
from . import test_sla_beside
from . import test_sla_reference
