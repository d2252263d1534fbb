# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The employees, numbers and tags of the account, as the APIs know them."""

from __future__ import annotations

from dataclasses import dataclass

from .people import OPERATORS, VIRTUAL_NUMBERS, Operator, operator_by_id

FIRST_GENERATED = 800_000
TAGS: dict[int, str] = {1001: "Delivery", 1002: "Complaint", 1003: "Call back"}
MEDIA_FILES = ("2034", "2035")
BLACK_LIST = ("971505550666",)
SCENARIOS: dict[str, tuple[int, str]] = {
    VIRTUAL_NUMBERS[0]: (301, "Main line"),
    VIRTUAL_NUMBERS[1]: (302, "Support"),
}
GROUPS: dict[int, str] = {4410: "Main line", 4412: "Support"}
# The warehouse is there for calls that reach nobody whom Odoo knows; nobody can be
# rung there through the API.
_SILENT = {"199"}


@dataclass(frozen=True)
class Phone:
    """A telephone of an employee."""

    phone_id: int
    number: str
    active: bool


@dataclass(frozen=True)
class Employee:
    """An operator, and what only the APIs report about them."""

    operator: Operator
    phones: tuple[Phone, ...]

    @property
    def id(self) -> int:
        return self.operator.employee_id or 0

    @property
    def number(self) -> str:
        """The number at which they are rung."""
        active = [phone.number for phone in self.phones if phone.active]
        return (active or [self.operator.extension or ""])[0]


def employees(generated: int = 0) -> list[Employee]:
    """The operators, and as many more as a long list needs."""
    more = (_generated(index) for index in range(1, generated + 1))
    return [_employee(operator) for operator in (*OPERATORS, *more)]


def employee(employee_id: int, generated: int = 0) -> Employee | None:
    """The employee with that id."""
    index = employee_id - FIRST_GENERATED
    if 1 <= index <= generated:
        return _employee(_generated(index))
    operator = operator_by_id(employee_id)
    return _employee(operator) if operator in OPERATORS else None


def employee_by_number(number: str, generated: int = 0) -> Employee | None:
    """The employee with that short number or active telephone."""
    for found in employees(generated):
        numbers = {phone.number for phone in found.phones if phone.active}
        # A short number works only if one of the employee's telephones can ring.
        if number in numbers or (numbers and number == found.operator.extension):
            return found
    return None


def number_of(operator: Operator | None) -> str | None:
    """Where an operator is rung; a bare number's is not known."""
    if operator is None or operator.employee_id is None:
        return None
    return _employee(operator).number


def _generated(index: int) -> Operator:
    return Operator(
        FIRST_GENERATED + index,
        f"Agent {index:05}",
        str(20000 + index),
        f"agent{index:05}@example.com",
    )


def _employee(operator: Operator) -> Employee:
    short = operator.extension or str(operator.employee_id)
    first_id = (operator.employee_id or 0) * 10
    return Employee(
        operator,
        (
            Phone(first_id + 1, f"0288{short}", short not in _SILENT),
            Phone(first_id + 2, f"9715588{short:0>5}", False),
        ),
    )
