# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The figures that the dashboard shows, and how each is displayed.

Names and definitions come from the fields of ``callgear.statistics``, so they are the
same in both places.
"""

from dataclasses import dataclass

TICKETS, ROWS = "helpdesk.ticket", "callgear.statistics"
CALLS = "callgear.call"


@dataclass(frozen=True)
class Figure:
    """A measure of the statistics.

    :param kind: how it is displayed: ``count``, ``number``, ``hours``, ``minutes``, or
        ``share``: as the part that it is of those that were due
    :param better: ``more``, ``less``, or None: neither is better
    :param due: name of the measure of all cases that this one is a part of
    :param aggregator: ``count_distinct``, ``sum`` (of ones), ``avg`` or ``max``
    :param behind: domain of the facts that an average is computed from
    :param model: of the records that are counted
    """

    key: str
    kind: str = "count"
    better: str | None = None
    due: str | None = None
    aggregator: str = "count_distinct"
    behind: tuple = ()
    model: str = ROWS

    @property
    def link(self):
        """The list that the figure opens: dict of ``model`` and ``domain`` (of facts)."""
        return {
            "model": TICKETS if self.aggregator == "count_distinct" else self.model,
            "domain": list(self.behind) or [(self.key, ">", 0)],
        }


def _average(key, kind="hours", behind=()):
    return Figure(key, kind, better="less", aggregator="avg", behind=behind)


def _calls(key, kind="count", aggregator="sum", **more):
    return Figure(key, kind, aggregator=aggregator, model=CALLS, **more)


_REPLIES = (("kind", "=", "reply"), ("is_call", "=", False))
_CLOSED = (("kind", "=", "closed"),)

FIGURES = {
    figure.key: figure
    for figure in (
        Figure("new_tickets"),
        Figure("new_from_customers"),
        Figure("reopened", better="less"),
        Figure("new_and_reopened"),
        Figure("worked_on", better="more"),
        Figure("answered", better="more"),
        Figure("closed", better="more"),
        Figure("replies", aggregator="sum", better="more"),
        _average("first_reply_hours"),
        _average("any_reply_hours"),
        _average("writing_minutes", "minutes", _REPLIES),
        _average("replies_to_close", "number", _CLOSED),
        _average("closing_hours"),
        Figure("sla_first_reply_breached", better="less", due="sla_first_reply_due"),
        Figure(
            "sla_any_reply_breached",
            better="less",
            due="sla_any_reply_due",
            aggregator="sum",
        ),
        Figure("sla_closing_breached", better="less", due="sla_closing_due"),
        _calls("calls_incoming"),
        _calls("calls_answered", better="more"),
        _calls("calls_missed", better="less"),
        _calls("calls_abandoned", "share", better="less", due="calls_offered"),
        _calls("calls_in_time", "share", better="more", due="calls_in_time_due"),
        _calls("handling_minutes", "minutes", "avg"),
        _calls("longest_wait_minutes", "minutes", "max", better="less"),
        _calls("call_back_minutes", "minutes", "avg", better="less"),
        _calls("promises_kept", "share", better="more", due="promises_due"),
        _calls("promises_broken", better="less"),
    )
}
SECTIONS = {
    "load": (
        "new_tickets",
        "new_from_customers",
        "reopened",
        "worked_on",
        "answered",
        "closed",
    ),
    "peak": ("new_and_reopened", "worked_on"),
    "channels": ("new_and_reopened", "worked_on", "closed"),
    "speed": (
        "first_reply_hours",
        "any_reply_hours",
        "writing_minutes",
        "replies_to_close",
        "closing_hours",
    ),
    "sla": (
        "sla_first_reply_breached",
        "sla_any_reply_breached",
        "sla_closing_breached",
    ),
    "calls": tuple(figure.key for figure in FIGURES.values() if figure.model == CALLS),
    "team": tuple(FIGURES),
}
# Drawn over the time of the period, by section.
OVER_TIME = {
    "load": ("new_and_reopened", "worked_on", "closed"),
    "speed": ("first_reply_hours", "any_reply_hours", "closing_hours"),
    "calls": ("calls_incoming", "calls_answered", "calls_missed"),
}
# Counted for each hour of the day; of a share, what it is a part of as well.
BY_HOUR = (
    "calls_incoming",
    "calls_missed",
    "calls_abandoned",
    "calls_offered",
    "calls_in_time",
    "calls_in_time_due",
)


def nothing():
    """Return the values of all measures if there are no facts, by name."""
    return values_of({})


def shown_figures(values, before):
    """Return what the page shows for each measure, except for its label and help.

    :param values: dict of the values of all measures in the period, by name
    :param before: the same for the period to compare with, or None
    :return: dict of dicts by name of the measure
    """
    return {
        figure.key: {
            "key": figure.key,
            "kind": figure.kind,
            "better": figure.better,
            "value": values[figure.key],
            "previous": before and before[figure.key],
            "due_key": figure.due,
            "due": figure.due and values[figure.due],
            "previous_due": before and figure.due and before[figure.due],
            **figure.link,
        }
        for figure in FIGURES.values()
    }


def values_of(row, variant=None):
    """Return the values of all measures by name.

    :param row: dict, one of ``figure_parts.names`` → value
    :param variant: how tickets are counted: in all (None), by ``piece`` or by ``user``
    :return: dict; a count of nothing is 0, an average or maximum of nothing None
    """
    values = {}
    for figure in FIGURES.values():
        for key in filter(None, (figure.key, figure.due)):
            if figure.aggregator == "avg":
                count = row.get(f"{key}__count")
                total = float(row.get(key) or 0)
                values[key] = round(total / float(count), 4) if count else None
            elif figure.aggregator == "max":
                most = row.get(key)
                values[key] = None if most is None else round(float(most), 4)
            else:
                values[key] = round(row.get(f"{key}__{variant}", row.get(key)) or 0)
    return values
