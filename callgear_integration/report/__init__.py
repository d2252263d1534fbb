from . import callgear_statistics
