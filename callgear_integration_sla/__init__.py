from . import models
from .hooks import count_by_slas
from .hooks import count_without_slas
