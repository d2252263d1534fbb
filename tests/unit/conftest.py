# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same examples in each run, so that a failure can be repeated."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "unit",
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("unit")
