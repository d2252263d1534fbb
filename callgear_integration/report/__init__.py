from . import callgear_dashboard
from . import callgear_statistics
from . import callgear_statistics_query
from . import callgear_statistics_columns
