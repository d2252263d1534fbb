# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SQL that counts the facts of calls: one row for each incoming call, answered or missed,
and for each outgoing one that was answered.
"""

from dataclasses import dataclass
from datetime import datetime

from odoo.tools import SQL

# What only calls have, with the type of the column.
COLUMNS = {
    "is_answered": SQL("bool"),
    "missed_reason": SQL("varchar"),
    "wait_seconds": SQL("int4"),
    "talk_seconds": SQL("int4"),
    "call_back_seconds": SQL("int4"),
    "promise": SQL("varchar"),
}


@dataclass(frozen=True)
class CallFacts:
    """Counts the facts of some calls.

    :param which: SQL condition on ``call``, a row of ``callgear_call``
    :param stored: SQL condition on ``fact``: those of these calls, also of deleted ones
    :param answer_seconds: within how many seconds calls without a team are to be answered
    :param now: naive UTC: a promise that is older and was not kept is broken
    """

    which: SQL
    stored: SQL
    answer_seconds: int
    now: datetime

    def rows(self, columns) -> SQL:
        """Return the query of the facts.

        :param columns: names of the columns, in order; those that calls lack are NULL
        """
        values = self._values()
        return SQL(
            """
            SELECT %s FROM callgear_call call
            LEFT JOIN helpdesk_ticket_team team ON team.id = call.team_id
            WHERE %s AND (%s)
            """,
            SQL(", ").join(values.get(name, SQL("NULL")) for name in columns),
            self._counts(),
            self.which,
        )

    @staticmethod
    def _counts():
        """What goes on, is internal or ignored, or reached no contact, is no fact."""
        return SQL(
            """
            call.state = 'ended' AND call.is_internal IS NOT TRUE AND (
                call.outcome = 'answered'
                OR call.outcome = 'missed' AND call.direction = 'in'
            )
            """
        )

    def _values(self):
        """The columns of a fact."""
        return {
            "source": SQL("'call'"),
            "source_id": SQL("call.id"),
            "kind": SQL(
                "CASE call.direction WHEN 'in' THEN 'incoming' ELSE 'outgoing' END"
            ),
            "date": SQL("call.started_at"),
            "user_id": SQL("call.agent_id"),
            "team_id": SQL("call.team_id"),
            "channel_id": SQL("call.channel_id"),
            "company_id": SQL("call.company_id"),
            "active": SQL("TRUE"),
            "is_call": SQL("TRUE"),
            "is_from_customer": SQL("FALSE"),
            "made_at": SQL("call.started_at"),
            "is_first": SQL("FALSE"),
            "is_first_due": SQL("FALSE"),
            "is_first_late": SQL("FALSE"),
            "is_answered": SQL("call.outcome = 'answered'"),
            "missed_reason": SQL("call.missed_reason"),
            "promise": self._promise(),
            **self._deadline(),
            **self._lengths(),
        }

    def _deadline(self):
        """By when the call was to be answered, and whether it was not."""
        target = SQL(
            "NULLIF(COALESCE(team.callgear_answer_seconds, %s), 0)", self.answer_seconds
        )
        is_due = SQL(
            """
            (call.direction = 'in' AND %s IS NOT NULL
                AND (call.missed_reason = 'outside_hours') IS NOT TRUE)
            """,
            target,
        )
        is_in_time = SQL(
            "call.outcome = 'answered' AND call.wait_seconds <= %s", target
        )
        return {
            "is_due": is_due,
            "is_late": SQL("%s AND (%s) IS NOT TRUE", is_due, is_in_time),
        }

    @staticmethod
    def _lengths():
        """Where CallGear did not say a length, there is none."""
        return {
            "wait_seconds": SQL(
                """
                CASE WHEN call.direction = 'in' AND (
                    call.length_unknown IS NOT TRUE OR call.answered_at IS NOT NULL
                ) THEN call.wait_seconds END
                """
            ),
            "talk_seconds": SQL(
                """
                CASE WHEN call.outcome = 'answered' AND call.length_unknown IS NOT TRUE
                    THEN call.talk_seconds END
                """
            ),
            "call_back_seconds": SQL(
                """
                CASE WHEN call.outcome = 'missed' AND call.called_back_at IS NOT NULL
                    THEN GREATEST(0, EXTRACT(
                        EPOCH FROM call.called_back_at
                            - COALESCE(call.ended_at, call.started_at)
                    ))::int
                END
                """
            ),
        }

    def _promise(self):
        """What became of the promise to call back; NULL: nothing yet, or neither.

        Who has got through by themselves, or was ticked off, in time is owed no call.
        Later, it does not mend a promise that was broken already.
        """
        return SQL(
            """
            CASE
                WHEN call.call_back_state = 'kept' THEN 'kept'
                WHEN call.call_back_state = 'late' THEN 'broken'
                WHEN call.call_back_state = 'waiting' AND call.call_back_due_at < %s
                    THEN 'broken'
                WHEN call.call_back_state = 'self'
                    AND call.called_back_at > call.call_back_due_at THEN 'broken'
                WHEN call.call_back_state = 'done'
                    AND call.call_back_done_at > call.call_back_due_at THEN 'broken'
            END
            """,
            self.now,
        )
