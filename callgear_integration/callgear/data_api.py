# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Data API v2.0: the account, its employees and numbers, and what calls there were.

Times are naive, in the account's time zone, on the way there and back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from . import params as params
from . import values as read
from .errors import BadAnswer, BadRequest
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
MAX_LIMIT = 10_000
MAX_OFFSET = 100_000
# A row of the calls report may take some kilobytes, an answer five megabytes.
REPORT_LIMIT = 500
# "Three months" have at least so many days.
MAX_PERIOD = timedelta(days=89)


@dataclass(frozen=True)
class Account:
    """``timezone`` is an IANA name."""

    app_id: str | None = None
    name: str | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class Employee:
    """``phone_numbers`` may hold SIP lines and numbers with an extension after dots."""

    id: str
    full_name: str | None = None
    email: str | None = None
    extensions: tuple[str, ...] = ()
    phone_numbers: tuple[str, ...] = ()
    status: str | None = None


@dataclass(frozen=True)
class VirtualNumber:
    id: str
    phone: str | None = None
    name: str | None = None
    status: str | None = None
    type: str | None = None


@dataclass(frozen=True)
class Page(Generic[Item]):
    """``done`` of ``total`` rows have been read, this page included."""

    items: tuple[Item, ...]
    total: int
    done: int
    last: bool = True


class DataApi(JsonRpc):
    """Reads of an account. Ids are texts, durations whole seconds.

    Source: CallGear's documentation of the Data API v2.0.

    :raises ApiError: all methods; see ``errors``
    """

    def account(self) -> Account:
        """Return the account to which the key belongs (``get.account``)."""
        data = self.call("get.account").data
        row = data if isinstance(data, dict) else next(iter(read.rows(data)), None)
        if not row:
            raise BadAnswer("the answer does not tell the account")
        return Account(
            app_id=read.identifier(row, "app_id"),
            name=read.text(row, "name"),
            timezone=read.text(row, "timezone", 64),
        )

    def employees(self, offset: int = 0, limit: int = 1000) -> Page[Employee]:
        """Return one page of the employees (``get.employees``).

        :param offset: how many to leave out, up to 100 000
        :param limit: how many to return, 1 to 10 000
        """
        return self._page("get.employees", {}, _employee, offset, limit)

    def virtual_numbers(self) -> tuple[VirtualNumber, ...]:
        """Return all numbers of the account (``get.virtual_numbers``)."""
        pages = self._pages("get.virtual_numbers", {}, _virtual_number, 1000)
        return tuple(item for page in pages for item in page.items)

    def calls_report(
        self,
        date_from: datetime,
        date_till: datetime,
        session_id: str | None = None,
        external_id: str | None = None,
        limit: int = REPORT_LIMIT,
    ) -> Iterator[Page[ReportedCall]]:
        """Yield the calls of a period that have ended, page by page.

        :param date_from: begin, naive, in the account's time zone; so is ``date_till``,
            at most ``MAX_PERIOD`` later
        :param session_id: only this call
        :param external_id: only calls with this key of ours
        """
        wanted = []
        if session_id:
            wanted.append(_equal("id", params.number_id(session_id, "id")))
        if external_id:
            key = params.external_id(external_id, "call_api_external_id")
            wanted.append(_equal("call_api_external_id", key))
        period = _period(date_from, date_till, wanted, CALL_FIELDS)
        return self._pages("get.calls_report", period, reported_call, limit)

    def call_legs_report(
        self,
        date_from: datetime,
        date_till: datetime,
        session_id: str | None = None,
        limit: int = REPORT_LIMIT,
    ) -> Iterator[Page[ReportedLeg]]:
        """Yield the legs of a period's calls, page by page; see ``calls_report``."""
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
        told = read.number(result.metadata, "total_items")
        return Page(
            items=tuple(filter(None, map(item, read.rows(data, limit)))),
            total=done if told is None else max(told, done),
            done=done,
            last=not data or (len(data) < limit if told is None else done >= told),
        )


def _equal(field: str, value: str | int) -> dict:
    return {"field": field, "operator": "=", "value": value}


def _period(
    date_from: datetime, date_till: datetime, wanted: list[dict], names: tuple
) -> dict:
    """Parameters of a report. Rows are sorted, so that pages do not overlap."""
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


def _virtual_number(row: dict) -> VirtualNumber | None:
    number_id = read.identifier(row, "id")
    if not number_id:
        return None
    return VirtualNumber(
        id=number_id,
        phone=read.text(row, "virtual_phone_number", 64),
        name=read.text(row, "name"),
        status=read.text(row, "status"),
        type=read.text(row, "type"),
    )
