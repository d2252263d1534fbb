from . import dashboard_export
from . import personal_data
from . import portal_recording
from . import webhook
