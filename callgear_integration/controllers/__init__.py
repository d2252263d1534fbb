from . import portal_recording
from . import webhook
