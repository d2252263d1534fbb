# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The CallGear account and the helpdesk that all histories take place in."""

from dataclasses import dataclass
from datetime import timedelta

from simulator.people import BARE_NUMBER, OPERATORS, Operator

SARA, OMAR, LINA, WAREHOUSE = OPERATORS
SARA_MOBILE = Operator(701237, "Sara Haddad (mobile)", "111")  # a second phone of hers

PHONES = (SARA, OMAR, LINA, WAREHOUSE, SARA_MOBILE, BARE_NUMBER)
EXTENSIONS = {phone.employee_id: phone.extension for phone in PHONES}
MAPPED = (SARA, OMAR, LINA, SARA_MOBILE)

# The account's clock is that of Dubai, four hours before UTC all year.
AHEAD = timedelta(hours=4)


@dataclass(frozen=True)
class Account:
    """What the rules have to know of the account, besides what notifications tell."""

    # Operators (employee ids) whom somebody has mapped, and their agents (R5).
    agents: dict[int, str]
    # Numbers of colleagues and the account's own: they are never callers (R45).
    own_numbers: frozenset[str]
    # Contacts, by their numbers.
    contacts: dict[str, str]


ACCOUNT = Account(
    agents={
        SARA.employee_id: "sara",
        SARA_MOBILE.employee_id: "sara",
        OMAR.employee_id: "omar",
        LINA.employee_id: "lina",
    },
    own_numbers=frozenset(
        {phone.extension for phone in PHONES if phone.extension}
        | {"97145550100", "97145550200"}
    ),
    # Maryam has two numbers.
    contacts={"971505550123": "Maryam Khalil", "971505550199": "Maryam Khalil"},
)
CALLERS = ("971505550123", "971505550199", "971505550177", "447700900123", "")
