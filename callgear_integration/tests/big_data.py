# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Thousands of contacts and calls, by plain SQL: nothing else is fast enough."""

from odoo.tools import SQL

TABLES = (
    "res_partner",
    "callgear_partner_phone",
    "callgear_call",
    "callgear_leg",
    "callgear_event",
    "callgear_recording",
    "helpdesk_ticket",
)


def fill(env, connection, user, count, busy_phone=None):
    """Make contacts with a number each, and as many calls with their legs.

    :param busy_phone: a caller, E.164, who has two calls of ten, missed and answered
    """
    values = {
        "count": count,
        "connection": connection.id,
        "company": connection.company_id.id,
        "user": user.id,
        "stage": connection.closed_stage_id.id,
        "busy": busy_phone or "",
    }
    for query in _QUERIES:
        env.cr.execute(query, values)
    for table in TABLES:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all()


_QUERIES = (
    # Several phones are found by number; names differ, as those of contacts do.
    """INSERT INTO res_partner (name, complete_name, phone, active, type, create_date)
       SELECT 'Many ' || n, 'Many ' || n, '+4420' || (70000000 + n), true, 'contact',
              now()
         FROM generate_series(1, %(count)s) AS n""",
    """INSERT INTO callgear_partner_phone (partner_id, number, line_key, origin)
       SELECT id, phone, phone, 'field' FROM res_partner WHERE name LIKE 'Many %%'""",
    """INSERT INTO callgear_call (connection_id, company_id, session_id, direction,
              phone, line_key, phone_raw, partner_id, state, outcome, history, reason,
              is_internal,
              started_at, ended_at, last_event_at)
       SELECT %(connection)s, %(company)s, 'many-' || n, 'in',
              CASE WHEN n %% 10 IN (0, 9) THEN %(busy)s ELSE p.phone END,
              CASE WHEN n %% 10 IN (0, 9) THEN %(busy)s ELSE p.phone END, p.phone,
              CASE WHEN n %% 10 IN (0, 9) THEN NULL ELSE p.id END,
              'ended', CASE n %% 3 WHEN 0 THEN 'missed' ELSE 'answered' END,
              CASE n %% 3 WHEN 0 THEN 'missed' ELSE 'conversation' END,
              CASE n %% 3 WHEN 0 THEN 'missed' ELSE 'answered' END, false,
              timestamp '2026-01-01' + n * interval '5 minutes',
              timestamp '2026-01-01' + n * interval '5 minutes',
              timestamp '2026-01-01' + n * interval '5 minutes'
         FROM (SELECT row_number() OVER () AS n, id, phone FROM res_partner
                WHERE name LIKE 'Many %%') AS p""",
    """INSERT INTO helpdesk_ticket (name, number, description, stage_id, company_id,
              partner_id, user_id, active, call_kind, create_date, call_auto)
       SELECT 'Many ' || id, 'M' || id, 'x', %(stage)s, %(company)s, partner_id,
              %(user)s, true, CASE outcome WHEN 'missed' THEN 'missed' ELSE 'in' END,
              now(), true
         FROM callgear_call WHERE session_id LIKE 'many-%%'""",
    """INSERT INTO callgear_leg (call_id, company_id, leg_id, dial_number, user_id,
              is_operator, state, entry, started_at, ended_at, ticket_id, ticket_choice)
       SELECT c.id, c.company_id, c.session_id, 0, %(user)s, true, 'ended',
              CASE c.outcome WHEN 'missed' THEN 'missed' ELSE 'conversation' END,
              c.started_at, c.ended_at, t.id, 'auto'
         FROM callgear_call AS c JOIN helpdesk_ticket AS t ON t.number = 'M' || c.id
        WHERE c.session_id LIKE 'many-%%'""",
    """INSERT INTO callgear_event (connection_id, event, session_id, payload, digest,
              received_at, state, call_id)
       SELECT connection_id, 'end', session_id, '{}', session_id, started_at, 'done', id
         FROM callgear_call WHERE session_id LIKE 'many-%%'""",
    """INSERT INTO callgear_recording (call_id, company_id, leg_id, url, state)
       SELECT c.id, c.company_id, l.id, 'https://app.callgear.ae/' || c.id, 'stored'
         FROM callgear_call AS c JOIN callgear_leg AS l ON l.call_id = c.id
        WHERE c.session_id LIKE 'many-%%'""",
)
