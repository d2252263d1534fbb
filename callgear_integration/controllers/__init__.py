from . import dashboard_export
from . import portal_recording
from . import webhook
