# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who takes part in the calls: operators, contacts and the account's own numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operator:
    """An employee of the CallGear account; without an id it is a bare number that calls
    are forwarded to.
    """

    employee_id: int | None
    full_name: str | None
    extension: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Contact:
    """The outside party; `number` is written as CallGear does: digits, no plus, empty
    when hidden.
    """

    number: str
    contact_id: int | None = None
    full_name: str | None = None
    note: str = ""


OPERATORS: tuple[Operator, ...] = (
    Operator(701234, "Sara Haddad", "101", "sara.haddad@example.com"),
    Operator(701235, "Omar Nasser", "102", "omar.nasser@example.com"),
    Operator(701236, "Lina Petrova", "103", "lina.petrova@example.com"),
    Operator(701299, "Warehouse", "199"),
)
BARE_NUMBER = Operator(None, None)
CONTACTS: tuple[Contact, ...] = (
    Contact("971505550123", 30551, "Maryam Khalil", "a known contact"),
    Contact("971505550177", None, None, "shared by two contacts"),
    Contact("79161234567", None, None, "a known contact in Russia"),
    Contact("447700900123", None, None, "unknown"),
)
VIRTUAL_NUMBERS: tuple[str, ...] = ("97145550100", "97145550200")


def operator_by_id(employee_id: int) -> Operator:
    """The known operator with that id, or a nameless one: CallGear may know people whom
    nobody mapped.
    """
    for operator in OPERATORS:
        if operator.employee_id == employee_id:
            return operator
    return Operator(employee_id, None)


def operator_by_extension(extension: str) -> Operator | None:
    """The operator whose phone has that short number."""
    return next(
        (operator for operator in OPERATORS if operator.extension == extension), None
    )


def contact_by_number(text: str) -> Contact:
    """The contact behind what was typed; a phone number loses its plus, spaces and
    dashes, other text stays.
    """
    text = text.strip()
    digits = text.translate(str.maketrans("", "", "+ -()."))
    number = digits if digits.isdigit() else text
    for contact in CONTACTS:
        if contact.number == number:
            return contact
    return Contact(number)
