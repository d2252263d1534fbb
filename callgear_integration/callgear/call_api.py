# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Call API v4.0: start calls, steer them, see which are running."""

from dataclasses import dataclass
from datetime import datetime

from . import params as params
from . import values as read
from .errors import BadAnswer, Refused
from .json_rpc import JsonRpc

_MAX_CALLS = 10_000


@dataclass(frozen=True)
class ActiveCall:
    """A running call; ``start_time`` is naive, in the account's time zone."""

    session_id: str
    external_id: str | None = None
    direction: str | None = None
    start_time: datetime | None = None
    virtual_phone: str | None = None
    contact_phone: str | None = None


class CallApi(JsonRpc):
    """Methods take CallGear's ids as text, and numbers with or without their plus.

    Source: CallGear's documentation of the Call API v4.0.

    :raises ApiError: all of them; see ``errors``
    """

    def start_employee_call(
        self,
        contact: str,
        virtual_phone: str,
        employee_id: str,
        external_id: str,
        phone: str | None = None,
    ) -> str:
        """Ring the employee, then the contact (``start.employee_call``).

        :param external_id: our own key, which comes back in notifications and reports
        :param phone: which of the employee's numbers to ring, if not all in turn
        :return: the id of the call's session
        """
        employee = {"id": params.number_id(employee_id, "employee.id")}
        if phone:
            employee["phone_number"] = params.party(phone, "employee.phone_number")
        result = self.call(
            "start.employee_call",
            {
                "first_call": "employee",
                # By default it would be filed as an incoming call.
                "direction": "out",
                "virtual_phone_number": params.phone(
                    virtual_phone, "virtual_phone_number"
                ),
                "contact": params.phone(contact, "contact"),
                "external_id": params.external_id(external_id),
                "employee": employee,
            },
        )
        data = result.data if isinstance(result.data, dict) else {}
        session_id = read.identifier(data, "call_session_id")
        if not session_id:
            raise BadAnswer("the answer does not name the call")
        return session_id

    def release_call(self, session_id: str) -> None:
        """Hang up (``release.call``): the call ends for everybody."""
        self._manage("release.call", session_id)

    def hold_call(self, session_id: str, message: str) -> None:
        """Let the contact wait (``hold.call``).

        :param message: what is read out to the contact, cut to 500 characters
        """
        spoken = params.spoken(message, "contact_message")
        self._manage("hold.call", session_id, contact_message=spoken)

    def unhold_call(self, session_id: str) -> None:
        """Talk to the contact again after ``hold_call``."""
        self._manage("unhold.call", session_id)

    def make_call(self, session_id: str, to: str) -> None:
        """Ring a colleague (or anybody) while the contact is on hold.

        :param to: a phone number, an extension or a SIP login
        """
        self._manage("make.call", session_id, to=params.party(to, "to"))

    def transfer_talk(self, session_id: str) -> None:
        """Connect the contact with the party that ``make_call`` has rung, and leave."""
        self._manage("transfer.talk", session_id)

    def restore_talk(self, session_id: str) -> None:
        """Go back to the contact and leave the party that ``make_call`` has rung."""
        self._manage("restore.talk", session_id)

    def _manage(self, method: str, session_id: str, **more) -> None:
        session = params.number_id(session_id, "call_session_id")
        data = self.call(method, {"call_session_id": session, **more}).data
        # Documented is the text "true"; an answer without it is no error either.
        if isinstance(data, dict) and read.flag(data, "success") is False:
            raise Refused("CallGear has not done it")

    def list_calls(self) -> tuple[ActiveCall, ...]:
        """Return the calls that are running now (``list.calls``).

        It changes nothing, so it also serves to test the access.
        """
        data = self.call("list.calls").data
        calls = map(_active_call, read.rows(data, _MAX_CALLS))
        return tuple(call for call in calls if call)


def _active_call(row: dict) -> ActiveCall | None:
    session_id = read.identifier(row, "call_session_id")
    if not session_id:
        return None
    return ActiveCall(
        session_id=session_id,
        external_id=read.text(row, "external_id"),
        direction=read.text(row, "direction"),
        start_time=read.moment(row, "start_time"),
        virtual_phone=read.text(row, "virtual_phone_number"),
        contact_phone=read.text(row, "contact_phone_number"),
    )
