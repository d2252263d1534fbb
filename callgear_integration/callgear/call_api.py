# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Call API v4.0: start calls, control them, list those that are running."""

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
    """Client of the Call API.

    CallGear's ids are texts here; phone numbers may be given with or without a plus.
    All methods raise subclasses of ``ApiError`` (see ``errors``): ``BadRequest`` for a
    parameter that CallGear would not accept.

    Source: CallGear's documentation of the Call API v4.0; each method names its own.
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

        :param contact: number to call, digits with country code
        :param virtual_phone: number of the account that the contact sees, in that form
        :param employee_id: CallGear's id of the employee
        :param external_id: our own key, which comes back in notifications and reports;
            1 to 128 printable characters
        :param phone: number, extension or SIP login of the employee to ring; None: all
            of the employee's numbers, one after the other
        :return: CallGear's id of the call session
        :raises BadAnswer: the answer has no id of the call
        """
        employee = {"id": params.number_id(employee_id, "employee.id")}
        if phone:
            employee["phone_number"] = params.party(phone, "employee.phone_number")
        result = self.call(
            "start.employee_call",
            {
                "first_call": "employee",
                # Without it CallGear files the call as an incoming one.
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
            raise BadAnswer("the answer has no id of the call")
        return session_id

    def release_call(self, session_id: str) -> None:
        """End the call for all parties (``release.call``).

        :param session_id: CallGear's id of the call session, as for all methods below
        """
        self._manage("release.call", session_id)

    def hold_call(self, session_id: str, message: str) -> None:
        """Put the contact on hold (``hold.call``).

        :param message: text that is read out to the contact, cut to 500 characters
        """
        spoken = params.spoken(message, "contact_message")
        self._manage("hold.call", session_id, contact_message=spoken)

    def unhold_call(self, session_id: str) -> None:
        """Take the contact off hold, after ``hold_call`` (``unhold.call``)."""
        self._manage("unhold.call", session_id)

    def make_call(self, session_id: str, to: str) -> None:
        """Ring another party while the contact is on hold (``make.call``).

        :param to: a phone number, an extension or a SIP login
        """
        self._manage("make.call", session_id, to=params.party(to, "to"))

    def transfer_talk(self, session_id: str) -> None:
        """Connect the contact with the party rung by ``make_call`` (``transfer.talk``).

        The employee leaves the call.
        """
        self._manage("transfer.talk", session_id)

    def restore_talk(self, session_id: str) -> None:
        """Drop the party rung by ``make_call``, talk to the contact (``restore.talk``)."""
        self._manage("restore.talk", session_id)

    def _manage(self, method: str, session_id: str, **more) -> None:
        session = params.number_id(session_id, "call_session_id")
        data = self.call(method, {"call_session_id": session, **more}).data
        # The documented answer is the text "true"; an answer without it is accepted too.
        if isinstance(data, dict) and read.flag(data, "success") is False:
            raise Refused("CallGear has not done it")

    def list_calls(self, whole: bool = False) -> tuple[ActiveCall, ...]:
        """Return the calls that are running now (``list.calls``), 10 000 at most.

        It changes nothing, so it is also used to test the API key.

        :param whole: what is not in the list is to be taken for over, so a list of which
            something cannot be read is of no use
        :raises BadAnswer: it is not whole
        """
        data = self.call("list.calls").data
        found = map(_active_call, read.rows(data, _MAX_CALLS))
        calls = tuple(call for call in found if call)
        told = len(data) if isinstance(data, list) else bool(data)
        if whole and len(calls) < told:
            raise BadAnswer("not all running calls can be read")
        return calls


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
