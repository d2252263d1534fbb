# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Data API v2.0: the account, its employees, virtual numbers and past calls.

Times in requests and answers are naive, in the account's time zone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from . import params as params
from . import values as read
from .errors import BadAnswer, BadRequest, Unreadable
from .json_rpc import JsonRpc
from .report_rows import (
    CALL_FIELDS,
    LEG_FIELDS,
    ReportedCall,
    ReportedLeg,
    reported_call,
    reported_leg,
)

Item = TypeVar("Item")
CALLS_REPORT = "get.calls_report"
MAX_LIMIT = 10_000
MAX_OFFSET = 100_000
# Rows per page: a row of the calls report may take some kilobytes, and an answer must
# not be larger than five megabytes.
REPORT_LIMIT = 500
# CallGear allows three months, which have at least this many days.
MAX_PERIOD = timedelta(days=89)


@dataclass(frozen=True)
class Account:
    """The CallGear account; ``timezone`` is an IANA name."""

    app_id: str | None = None
    name: str | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class Employee:
    """An employee of the account.

    ``extensions``: short numbers inside the PBX. ``phone_numbers``: as CallGear writes
    them, also SIP lines and numbers with an extension after dots.
    """

    id: str
    full_name: str | None = None
    email: str | None = None
    extensions: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    status: str | None = None


@dataclass(frozen=True)
class Status:
    """A status that employees can have.

    ``mnemonic``: CallGear's own name of a standard status; None: the account's own.
    ``takes_calls``: whether colleagues can ring somebody with it; None: not told, as for
    ``is_worktime``. ``is_selectable``: employees may choose it. ``is_deleted``: nobody has
    it any more.
    """

    id: str
    name: str | None = None
    mnemonic: str | None = None
    takes_calls: bool | None = None
    is_worktime: bool | None = None
    is_selectable: bool = True
    is_deleted: bool = False


@dataclass(frozen=True)
class VirtualNumber:
    """A number of the account; ``phone`` is as CallGear writes it, mostly no plus."""

    id: str
    phone: str
    name: str | None = None
    status: str | None = None
    type: str | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list: ``done`` of ``total`` rows are passed, with this page.

    ``unread``: rows of the page that could not be read, and are no ``items``.
    """

    items: tuple[Item, ...]
    total: int
    done: int
    last: bool = True
    unread: int = 0

    @property
    def rows(self) -> int:
        """How many rows the page has."""
        return len(self.items) + self.unread


class DataApi(JsonRpc):
    """Client of the Data API. Ids are texts, durations whole seconds.

    All that it can change is the status of an employee.

    All methods raise subclasses of ``ApiError`` (see ``errors``): ``BadRequest`` for a
    parameter that CallGear would not accept.

    Source: CallGear's documentation of the Data API v2.0; each method names its own.
    """

    def account(self) -> Account:
        """Return the account that the key belongs to (``get.account``).

        :raises BadAnswer: the answer names no account
        """
        data = self.call("get.account").data
        row = data if isinstance(data, dict) else next(iter(read.rows(data)), None)
        if not row:
            raise BadAnswer("the answer does not name the account")
        return Account(
            app_id=read.identifier(row, "app_id"),
            name=read.text(row, "name"),
            timezone=read.text(row, "timezone", 64),
        )

    def employees(self, offset: int = 0, limit: int = 1000) -> Page[Employee]:
        """Return one page of the employees (``get.employees``).

        :param offset: number of employees to skip, up to 100 000
        :param limit: number of employees to return, 1 to 10 000
        """
        return self._page("get.employees", {}, _employee, offset, limit)

    def statuses(self) -> tuple[Status, ...]:
        """Return the statuses that employees can have (``get.statuses``)."""
        page = self._page("get.statuses", {}, _status, 0, 1000)
        return tuple(status for status in page.items if not status.is_deleted)

    def employee_statuses(self) -> dict[str, str]:
        """Return who has which status: employee id → status id (``get.employees``)."""
        query = {"fields": ["id", "status_id"]}
        page = self._page("get.employees", query, _employee_status, 0, MAX_LIMIT)
        return {employee: status for employee, status in page.items if status}

    def set_status(self, employee_id: str, status_id: str) -> None:
        """Give an employee another status (``update.employees``).

        Nothing else of the employee is sent: a list that is given replaces the old one.
        """
        self.call(
            "update.employees",
            {
                "id": params.number_id(employee_id, "id"),
                "status_id": params.number_id(status_id, "status_id"),
            },
        )

    def virtual_numbers(self) -> Page[VirtualNumber]:
        """Return all virtual numbers of the account (``get.virtual_numbers``)."""
        pages = list(self._pages("get.virtual_numbers", {}, _virtual_number, 1000))
        return replace(
            pages[-1],
            items=tuple(item for page in pages for item in page.items),
            unread=sum(page.unread for page in pages),
        )

    def calls_report(
        self,
        date_from: datetime,
        date_till: datetime,
        session_id: str | None = None,
        external_id: str | None = None,
        limit: int = REPORT_LIMIT,
    ) -> Iterator[Page[ReportedCall]]:
        """Yield the ended calls of a period, page by page (``get.calls_report``).

        :param date_from: start of the period, naive, in the account's time zone
        :param date_till: end, in the same zone, at most ``MAX_PERIOD`` later
        :param session_id: if given, only this call
        :param external_id: if given, only calls started with this key of ours
        :param limit: rows per page, 1 to 10 000
        """
        wanted = []
        if session_id:
            wanted.append(_equal("id", params.number_id(session_id, "id")))
        if external_id:
            key = params.external_id(external_id, "call_api_external_id")
            wanted.append(_equal("call_api_external_id", key))
        period = _period(date_from, date_till, wanted, CALL_FIELDS)
        return self._pages(CALLS_REPORT, period, reported_call, limit)

    def call_legs_report(
        self,
        date_from: datetime,
        date_till: datetime,
        session_id: str | None = None,
        limit: int = REPORT_LIMIT,
    ) -> Iterator[Page[ReportedLeg]]:
        """Yield the legs of a period's calls, page by page (``get.call_legs_report``).

        Parameters are those of ``calls_report``.
        """
        wanted = []
        if session_id:
            number = params.number_id(session_id, "call_session_id")
            wanted.append(_equal("call_session_id", number))
        period = _period(date_from, date_till, wanted, LEG_FIELDS)
        return self._pages("get.call_legs_report", period, reported_leg, limit)

    def _pages(
        self, method: str, query: dict, item: Callable, limit: int
    ) -> Iterator[Page]:
        offset = 0
        while offset <= MAX_OFFSET:
            page = self._page(method, query, item, offset, limit)
            yield page
            if page.last:
                return
            offset = page.done

    def _page(
        self, method: str, query: dict, item: Callable, offset: int, limit: int
    ) -> Page:
        if not 1 <= limit <= MAX_LIMIT:
            raise params.invalid(f"must be 1 to {MAX_LIMIT}", "limit")
        if not 0 <= offset <= MAX_OFFSET:
            raise params.invalid(f"must be 0 to {MAX_OFFSET}", "offset")
        result = self.call(method, {**query, "limit": limit, "offset": offset})
        if result.data is not None and not isinstance(result.data, list):
            raise BadAnswer("the answer is not a list")
        data = (result.data or [])[:limit]
        done = offset + len(data)
        total = read.number(result.metadata, "total_items")
        items = tuple(filter(None, map(item, read.rows(data, limit))))
        if data and not items:
            raise unreadable(method, len(data))
        return Page(
            items=items,
            total=done if total is None else max(total, done),
            done=done,
            last=not data or (len(data) < limit if total is None else done >= total),
            unread=len(data) - len(items),
        )


def unreadable(method: str, rows: int) -> Unreadable:
    """Return the exception for a list of so many rows, none of which can be read."""
    text = f"none of {rows} rows of {method} can be read"
    return Unreadable(text, params={"list": method, "rows": rows})


def _equal(field: str, value: str | int) -> dict:
    return {"field": field, "operator": "=", "value": value}


def _period(
    date_from: datetime, date_till: datetime, wanted: list[dict], names: tuple
) -> dict:
    """Return the parameters of a report. Rows are sorted, so that pages do not overlap.

    :param wanted: filters, all of which a row has to match
    :param names: the columns to return
    """
    if date_till <= date_from:
        raise params.invalid("must be after the beginning", "date_till")
    if date_till - date_from > MAX_PERIOD:
        raise BadRequest(
            f"more than {MAX_PERIOD.days} days",
            mnemonic="date_interval_limit_reached",
            field="date_till",
        )
    period = {
        "date_from": read.written_moment(date_from),
        "date_till": read.written_moment(date_till),
        "sort": [{"field": "start_time", "order": "asc"}],
        "fields": list(names),
    }
    if wanted:
        both = {"filters": wanted, "condition": "and"}
        period["filter"] = both if len(wanted) > 1 else wanted[0]
    return period


def _employee(row: dict) -> Employee | None:
    employee_id = read.identifier(row, "id")
    if not employee_id:
        return None
    extension = row.get("extension")
    extension = extension if isinstance(extension, dict) else {}
    numbers = [
        read.text(phone, "phone_number", 64)
        for phone in read.rows(row.get("phone_numbers"))
    ]
    short = extension.get("extension_phone_number")
    return Employee(
        id=employee_id,
        full_name=read.text(row, "full_name"),
        email=read.text(row, "email"),
        extensions=read.texts([short] if isinstance(short, int) else short),
        phone_numbers=read.texts(numbers),
        status=read.text(row, "status"),
    )


def _status(row: dict) -> Status | None:
    status_id = read.identifier(row, "id")
    if not status_id:
        return None
    directions = row.get("in_internal_allowed_call_directions")
    takes_calls = "in" in directions if isinstance(directions, list) else None
    return Status(
        id=status_id,
        name=read.text(row, "name"),
        mnemonic=read.text(row, "mnemonic", 64),
        takes_calls=takes_calls,
        is_worktime=read.flag(row, "is_worktime"),
        is_selectable=read.flag(row, "is_select_allowed") is not False,
        is_deleted=bool(read.flag(row, "is_deleted")),
    )


def _employee_status(row: dict) -> tuple[str, str | None] | None:
    employee_id = read.identifier(row, "id")
    return (employee_id, read.identifier(row, "status_id")) if employee_id else None


def _virtual_number(row: dict) -> VirtualNumber | None:
    number_id = read.identifier(row, "id")
    phone = read.text(row, "virtual_phone_number", 64)
    if not number_id or not phone:
        return None
    return VirtualNumber(
        id=number_id,
        phone=phone,
        name=read.text(row, "name"),
        status=read.text(row, "status"),
        type=read.text(row, "type"),
    )
