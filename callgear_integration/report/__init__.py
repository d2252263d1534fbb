from . import callgear_dashboard
from . import callgear_statistics
