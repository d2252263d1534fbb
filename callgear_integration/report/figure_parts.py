# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What each fact adds to which figure of the dashboard, and in which periods.

A ticket counts once in a period, however often something happened to it: so a fact counts
only in periods that begin after the one before it. A ticket's last closing is the one after
which none follows until the period's end. If each fact tells such conditions, facts of one
day with the same ones can be kept as a sum, for whatever period is asked for.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from odoo.tools import SQL

from .dashboard_figures import BY_HOUR, CALLS, FIGURES

# Of an average, the number of its cases.
COUNT = "__count"
# A ticket counts once for each agent, or in each piece of the period.
BY_USER, BY_PIECE = "__user", "__piece"
BY_USER_PIECE = BY_USER + BY_PIECE
# Tickets by hour of the week.
PEAK_NEW, PEAK_WORKED = "peak_new", "peak_worked"
HOURLY = "__hour"
PEAK = (PEAK_NEW, PEAK_WORKED, *(name + HOURLY for name in BY_HOUR))
_CONDITIONS = tuple(map(SQL.identifier, ("since", "piece_since", "until")))
# What figures are grouped by; hours are those of the week.
GROUPS = ("team_id", "channel_id", "user_id", "hour", "piece")
GROUP = SQL(", ").join(map(SQL.identifier, GROUPS))
# PostgreSQL sets a bit for each column that it does not group by.
_WHOLE = (1 << len(GROUPS)) - 1
_OF_WHAT = {
    _WHOLE: None,
    **{_WHOLE ^ 1 << place: name for place, name in enumerate(reversed(GROUPS))},
}
OF_HOUR = next(of for of, name in _OF_WHAT.items() if name == "hour")
_WORKED, _CALLS = ("worked", "reply"), ("incoming", "outgoing")
# Measures that depend on no other fact, and count no tickets: the kinds of their facts.
_SIMPLE = {
    "first_reply_hours": ("reply",),
    "any_reply_hours": ("reply",),
    "writing_minutes": ("reply",),
    "sla_any_reply_breached": ("reply",),
    "sla_any_reply_due": ("reply",),
}
_ONE, _NEVER = SQL("1"), SQL("NULL")
_PREVIOUS = SQL("fact.previous_at")
_PREVIOUS_OF_USER = SQL("fact.previous_of_user_at")
_TALKED = SQL(
    "NOT fact.is_call OR fact.talk_before IS NOT NULL OR fact.talk_after IS NOT NULL"
)
# Without a conversation from the period's start until the fact, and from it to the end.
_UNTALKED = {"since": SQL("fact.talk_before"), "until": SQL("fact.talk_after")}


@dataclass(frozen=True)
class Part:
    """What facts of some kinds add to a figure.

    :param name: of the figure, or a variant of it
    :param kinds: of the facts
    :param value: SQL of a number in terms of ``fact``; NULL: nothing
    :param since: SQL of a time; it counts in periods that begin after it, NULL: in all
    :param piece_since: the same for the piece of the period
    :param until: SQL of a time; it counts in periods that end by then, NULL: in all
    :param by_hour: whether it counts for the hour of the week
    :param of_user: whether that is of the agent's own facts, not of all in the ticket
    """

    name: str
    kinds: tuple
    value: SQL = _ONE
    since: SQL = _NEVER
    piece_since: SQL = _NEVER
    until: SQL = _NEVER
    by_hour: bool = False
    of_user: bool = False

    @property
    def conditions(self):
        """What tells in which periods it counts: parts with the same are one row."""
        return self.since, self.piece_since, self.until, self.by_hour, self.of_user


def parts(measures):
    """Return the parts of all figures.

    :param measures: dict, name of a measure → SQL in terms of ``fact`` without any period
    :return: list of ``Part``
    """
    found = [*_new(), *_worked(), *_closings(), *_replies(), *_peak()]
    done = {part.name for part in found}
    for figure in FIGURES.values():
        for name in filter(None, (figure.key, figure.due)):
            if name not in done:
                found += _simple(name, figure, measures[name])
    return found


@lru_cache(1)
def names():
    """Return the names of all figures and their variants: a tuple."""
    found = parts(defaultdict(SQL))
    return tuple(dict.fromkeys(part.name for part in found))


def parts_of(fact, measures) -> SQL:
    """Return the query of what facts add.

    Columns: those of ``fact``; ``since``, ``piece_since``, ``until``, ``by_hour``,
    ``of_user`` (see ``Part``), and a value for each of ``names``.

    :param SQL fact: name of a table of facts
    :param measures: see ``parts``
    """
    by_kind = defaultdict(lambda: defaultdict(dict))
    for part in parts(measures):
        for kind in part.kinds:
            by_kind[kind][part.conditions][part.name] = part.value
    return SQL(" UNION ALL ").join(
        SQL(
            """
            SELECT fact.*, part.* FROM %(fact)s fact
            CROSS JOIN LATERAL (VALUES %(rows)s)
                part (since, piece_since, until, by_hour, of_user, %(names)s)
            WHERE fact.kind = %(kind)s
            """,
            fact=fact,
            rows=SQL(", ").join(_row(*key, values) for key, values in rows.items()),
            names=columns(),
            kind=kind,
        )
        for kind, rows in by_kind.items()
    )


def _row(since, piece_since, until, by_hour, of_user, values):
    return SQL(
        "((%s)::timestamp, (%s)::timestamp, (%s)::timestamp, %s, %s, %s)",
        since,
        piece_since,
        until,
        by_hour,
        of_user,
        SQL(", ").join(
            SQL("(%s)::float8", values.get(name, SQL("NULL"))) for name in names()
        ),
    )


def columns() -> SQL:
    """Return the columns of all ``names``."""
    return SQL(", ").join(map(SQL.identifier, names()))


def counted(some, start, end, piece_start, sign=None) -> SQL:
    """Return the aggregates of all ``names`` over facts as they are.

    :param some: list of ``Part``; names without a part are NULL
    :param start: SQL of a time, like the others: see ``counts_in``
    :param sign: see ``signed``, in terms of ``fact``; None: all count
    """
    terms = defaultdict(list)
    for part in some:
        conditions = part.since, part.piece_since, part.until
        where = SQL(
            "fact.kind IN %s AND %s",
            part.kinds,
            counts_in(start, end, piece_start, conditions),
        )
        terms[part.name].append(SQL("CASE WHEN %s THEN %s END", where, part.value))
    return SQL(", ").join(
        SQL("%s AS %s", _aggregate(name, terms[name], sign), SQL.identifier(name))
        for name in names()
    )


def _aggregate(name, terms, sign):
    value = _added(terms)
    if name in _greatest():
        # What is greatest cannot be taken off.
        return SQL("MAX(CASE WHEN %s > 0 THEN %s END)", sign or _ONE, value)
    return SQL("SUM(%s * (%s))", sign, value) if sign else SQL("SUM(%s)", value)


def _added(terms):
    if len(terms) > 1:
        return SQL(" + ").join(SQL("COALESCE(%s, 0)", term) for term in terms)
    return terms[0] if terms else SQL("NULL::int")


def shown(alone) -> SQL:
    """Return the columns of all ``names``, of some agents those of their own facts.

    :param SQL alone: condition that only facts of the row's agent count in their tickets
    """
    of_own = {
        name.replace(BY_USER, ""): name
        for name in names()
        if name.endswith((BY_USER, BY_USER_PIECE))
    }
    return SQL(", ").join(
        SQL(
            "CASE WHEN %s THEN %s ELSE %s END AS %s",
            alone,
            SQL.identifier(of_own[name]),
            SQL.identifier(name),
            SQL.identifier(name),
        )
        if name in of_own
        else SQL.identifier(name)
        for name in names()
    )


def signed(sign, greatest) -> SQL:
    """Return the columns of all ``names`` with a sign; the greatest only if they count.

    :param SQL sign: what values are multiplied by that are added up; NULL: not counted
    :param SQL greatest: condition on whether a value counts that may be the greatest
    """
    return SQL(", ").join(
        SQL("CASE WHEN %s THEN %s END AS %s", greatest, column, column)
        if name in _greatest()
        else SQL("%s * %s AS %s", sign, column, column)
        for name, column in ((name, SQL.identifier(name)) for name in names())
    )


def totals() -> SQL:
    """Return the aggregates of the columns of all ``names``."""
    return SQL(", ").join(
        SQL("%s AS %s", _total(name), SQL.identifier(name)) for name in names()
    )


def grouped() -> SQL:
    """Return the query of a row for the whole, and for each group of ``once``.

    Columns: a number that tells of what (see ``read_groups``), ``GROUPS``, ``names``.
    """
    return SQL(
        """
        SELECT GROUPING(%(group)s), %(group)s, %(totals)s FROM once
        GROUP BY GROUPING SETS ((), %(sets)s)
        """,
        group=GROUP,
        totals=totals(),
        sets=SQL(", ").join(SQL("(%s)", SQL.identifier(name)) for name in GROUPS),
    )


def group_of(**given) -> SQL:
    """Return columns in the order of ``GROUPS``: those that are given, else NULL."""
    return SQL(", ").join(given.get(name, SQL("NULL::int")) for name in GROUPS)


def read_groups(rows):
    """Return what rows of ``grouped`` tell.

    :return: dict, one of ``GROUPS``, None for the whole → {group: {name: value}}
    """
    found = {name: {} for name in (None, *GROUPS)}
    for of, *row in rows:
        groups = dict(zip(GROUPS, row, strict=False))
        of_what = _OF_WHAT[of]
        figures = dict(zip(names(), row[len(GROUPS) :], strict=True))
        found[of_what][groups.get(of_what)] = figures
    return found


def any_total(condition, greatest=True) -> SQL:
    """Return the condition that one of the totals meets a condition.

    :param condition: of a total, such as "!= 0"
    :param greatest: whether those count of which the greatest is the total
    """
    return SQL(" OR ").join(
        SQL(condition, SQL("COALESCE(%s, 0)", _total(name)))
        for name in names()
        if greatest or name not in _greatest()
    )


def _total(name):
    aggregate = "MAX(%s)" if name in _greatest() else "SUM(%s)"
    return SQL(aggregate, SQL.identifier(name))


@lru_cache(1)
def _greatest():
    """Return the names of figures whose greatest value counts, not the sum."""
    return {name for name, figure in FIGURES.items() if figure.aggregator == "max"}


def counts_in(start, end, piece_start, conditions=_CONDITIONS) -> SQL:
    """Return the SQL condition that a part counts in a period and in a piece of it.

    :param conditions: SQL of ``since``, ``piece_since`` and ``until``, see ``Part``
    """
    since, piece_since, until = conditions
    wanted = [
        SQL("(%s IS NULL OR %s)", moment, comparison)
        for moment, comparison in (
            (since, SQL("%s < %s", since, start)),
            (piece_since, SQL("%s < %s", piece_since, piece_start)),
            (until, SQL("%s >= %s", until, end)),
        )
        if moment is not _NEVER
    ]
    return SQL(" AND ").join(wanted) if wanted else SQL("TRUE")


def _simple(name, figure, measure):
    kinds = _CALLS if figure.model == CALLS else _SIMPLE[name]
    if figure.aggregator == "avg":
        is_known = _if(SQL("%s IS NOT NULL", measure))
        return [Part(name, kinds, measure), Part(name + COUNT, kinds, is_known)]
    found = [Part(name, kinds, measure)]
    if name in BY_HOUR:
        found += _hourly(name + HOURLY, kinds, measure)
    return found


def _hourly(name, kinds, value=_ONE, since=_NEVER, of_user=None):
    """Yield what counts for the hour of the week, in all tickets and of the agent's own.

    :param SQL of_user: ``since`` for the agent's own; None: the same
    """
    yield Part(name, kinds, value, since, by_hour=True)
    yield Part(name, kinds, value, of_user or since, by_hour=True, of_user=True)


def _new():
    """A ticket that is new in the period does not count as reopened in it."""
    is_older = SQL("GREATEST(fact.made_at, fact.previous_at)")
    reopened = ("reopened",)
    yield Part("new_tickets", ("new",))
    yield Part("new_from_customers", ("new",), _if(SQL("fact.is_from_customer")))
    yield Part("reopened", reopened, since=is_older)
    yield Part("new_and_reopened", ("new",))
    yield Part("new_and_reopened", reopened, since=is_older)
    yield Part("new_and_reopened" + BY_PIECE, ("new",))
    yield Part(
        "new_and_reopened" + BY_PIECE,
        reopened,
        since=SQL("fact.made_at"),
        piece_since=_PREVIOUS,
    )


def _worked():
    yield Part("worked_on", _WORKED, since=_PREVIOUS)
    yield Part("worked_on" + BY_USER, _WORKED, since=_PREVIOUS_OF_USER)
    yield Part("worked_on" + BY_PIECE, _WORKED, piece_since=_PREVIOUS)
    yield Part("worked_on" + BY_USER_PIECE, _WORKED, piece_since=_PREVIOUS_OF_USER)
    is_talk, is_reply = _if(SQL("fact.is_call")), _if(SQL("NOT fact.is_call"))
    for suffix, talk_since, reply_since in (
        ("", _PREVIOUS, SQL("fact.previous_reply_at")),
        (BY_USER, _PREVIOUS_OF_USER, SQL("fact.previous_reply_of_user_at")),
    ):
        yield Part("answered" + suffix, ("answered",), is_talk, talk_since)
        yield Part("answered" + suffix, ("reply",), is_reply, reply_since)


def _closings():
    """Of several closings in the period, the first one counts, but the last is measured."""
    kinds = ("closed",)
    talked = _if(_TALKED)
    yield Part("closed", kinds, talked, _PREVIOUS)
    yield Part("closed" + BY_PIECE, kinds, talked, piece_since=_PREVIOUS)
    is_last = {"until": SQL("fact.next_at")}
    measured = {
        "closing_hours": SQL("fact.hours"),
        "closing_hours" + COUNT: _if(SQL("fact.hours IS NOT NULL")),
        "sla_closing_due": _if(SQL("fact.is_due")),
        "sla_closing_breached": _if(SQL("fact.is_late")),
        "replies_to_close": SQL("fact.reply_count"),
        "replies_to_close" + COUNT: _ONE,
    }
    for name, value in measured.items():
        yield Part(name, kinds, value, **is_last)
    # Call tickets without a conversation in the period are taken off again.
    for name in ("replies_to_close", "replies_to_close" + COUNT):
        off = SQL("CASE WHEN fact.is_call THEN -(%s) END", measured[name])
        until = SQL("LEAST(fact.next_at, fact.talk_after)")
        yield Part(name, kinds, off, _UNTALKED["since"], until=until)


def _replies():
    """Those in call tickets without a conversation in the period are taken off again."""
    yield Part("sla_first_reply_due", ("reply",), _if(SQL("fact.is_first_due")))
    yield Part("sla_first_reply_breached", ("reply",), _if(SQL("fact.is_first_late")))
    yield Part("replies", ("answered", "reply"))
    off = SQL("CASE WHEN fact.is_call THEN -1 END")
    yield Part("replies", ("reply",), off, **_UNTALKED)


def _peak():
    """In each hour of the week, a ticket counts once."""
    in_cell = SQL("fact.previous_in_cell_at")
    of_user = SQL("fact.previous_in_cell_of_user_at")
    yield from _hourly(PEAK_NEW, ("new",))
    since = SQL("GREATEST(fact.made_at, %s)", in_cell)
    yield from _hourly(PEAK_NEW, ("reopened",), since=since)
    yield from _hourly(PEAK_WORKED, _WORKED, since=in_cell, of_user=of_user)


def _if(condition):
    return SQL("CASE WHEN %s THEN 1 END", condition)
