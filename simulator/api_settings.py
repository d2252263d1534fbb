# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The settings of the two APIs: access, limits, faults."""

from __future__ import annotations

from dataclasses import dataclass

from .api_faults import NAMES

COMPONENTS: dict[str, str] = {
    "basic": "Call API Basic set",
    "management": "Call API Call management",
    "data": "Data API Basic set",
}
KEY_STATES = ("valid", "expired", "blocked")
# Numbers that may be larger than an hour's seconds.
HIGHEST: dict[str, int] = {
    "api_points_minute": 1_000_000,
    "api_points_day": 1_000_000,
    "employees_generated": 20_000,
}


class Invalid(ValueError):
    """A value that cannot be; the text says which and why."""


@dataclass(frozen=True)
class ApiSettings:
    """Who may ask what, and what goes wrong."""

    api_key: str = "simulator-key"
    api_key_state: str = "valid"
    """Of that key; any other key is invalid."""
    api_components: tuple[str, ...] = tuple(COMPONENTS)
    """What the account has bought, and the key's user may use."""
    api_ip_allowed: bool = True
    api_account_active: bool = True
    api_points_minute: int = 300
    api_points_day: int = 10_000
    api_fault: str = "ok"
    api_fault_count: int = 0
    """For so many requests; 0: until it is set back."""
    api_fault_method: str = ""
    """Only requests of this method; empty: of all."""
    api_delay: float = 0
    """Seconds between what is done and the answer."""
    api_error_status: int = 200
    """HTTP status of an answer that is an error (the vendor does not say)."""
    api_webhook_first: bool = False
    """A call's first notification goes out before the answer to its start."""
    api_silent: bool = False
    """No notification of calls that the API starts."""
    employees_generated: int = 0
    """So many employees more, for long lists."""

    def check_api(self) -> None:
        """Raise Invalid for what no account can have."""
        if self.api_key_state not in KEY_STATES:
            raise Invalid(f"api_key_state: one of {', '.join(KEY_STATES)}")
        if any(name not in COMPONENTS for name in self.api_components):
            raise Invalid(f"api_components: a list of {', '.join(COMPONENTS)}")
        if self.api_fault not in NAMES:
            raise Invalid(f"api_fault: one of {', '.join(NAMES)}")
        if not 200 <= self.api_error_status <= 599:
            raise Invalid("api_error_status: an HTTP status from 200 to 599 is needed")
        if not self.api_key:
            raise Invalid("api_key: a text is needed")
