from . import controllers
from . import models
from . import report
from . import services
from . import wizards
from .hooks import post_init_hook, uninstall_hook
from .services import gate
from .tools import log_mask

gate.install()
log_mask.install()
