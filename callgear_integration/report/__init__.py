from . import callgear_dashboard
