# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dashboard and single statistics beside two years of a large helpdesk.

The yardstick is a plain ``_read_group`` of all tickets by stage, on the same database in
the same run: that is what Odoo itself asks when somebody opens the tickets as a pivot.
"""

from __future__ import annotations

import json

from benchmarks.context import Context, Row
from devtools.console import Problem

TICKETS = 1_000_000
SHARE_QUICK = 100
ROUNDS = 5
# How often as long as the yardstick a case may take; of few tickets it tells nothing.
BOUNDS = {
    "month: dashboard": 2,
    "month: dashboard, compared": 4,
    "month: dashboard of a team": 2,
    "month: dashboard of an agent": 2,
    "year: dashboard": 4,
    "year: dashboard, compared": 8,
    "year: dashboard of a team": 4,
    "year: dashboard of an agent": 4,
}
# Per ticket: a customer's e-mail, a reply, a note, a change of stage, a last message.
MESSAGES = 5

FILL = """
count, messages = {count}, {messages}
cr = env.cr
company = env.ref("base.main_company").id
phone = env["callgear.connection"].search([], limit=1)
calls = phone.channel_id.id
email = env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email").id
web = env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web").id
Team = env["helpdesk.ticket.team"]
teams = Team.create([
    {{"name": "Team %s" % n, "callgear_first_reply_hours": 8,
      "callgear_any_reply_hours": 8, "callgear_closing_hours": 48}}
    for n in range(5)
]).ids
users = env["res.users"].with_context(no_reset_password=True).create([
    {{"name": "Agent %s" % n, "login": "bench%s" % n}} for n in range(20)
])
agents, authors = users.ids, users.partner_id.ids
customers = env["res.partner"].create(
    [{{"name": "Customer %s" % n}} for n in range(1000)]
).ids
names = {{
    "company": company, "count": count, "calls": calls, "email": email, "web": web,
    "teams": teams, "agents": agents, "authors": authors, "customers": customers,
    "open": phone.open_stage_id.id, "closed": phone.closed_stage_id.id,
    "connection": phone.id, "messages": messages,
    "comment": env.ref("mail.mt_comment").id, "note": env.ref("mail.mt_note").id,
    "field": env["ir.model.fields"]._get_ids("helpdesk.ticket")["stage_id"],
    "bot": env.ref("base.user_root").id,
}}
env.cr.commit()
# What is copied in by the million needs no foreign key looked up.
cr.execute("SET session_replication_role = replica")
cr.execute("SET synchronous_commit = off")
cr.execute("SELECT setseed(0.5)")
first = {{}}
tables = ("helpdesk_ticket", "mail_message", "mail_tracking_value", "callgear_call",
          "callgear_leg", "callgear_recording")
for table in tables:
    cr.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM " + table)
    first[table] = names[table] = cr.fetchone()[0]
cr.execute('''
    INSERT INTO helpdesk_ticket (id, number, name, description, company_id, create_date,
        create_uid, partner_id, user_id, team_id, channel_id, call_kind, active,
        stage_id, closed_date, callgear_made_closed, is_calls_channel)
    SELECT %(helpdesk_ticket)s + n, 'B' || n, 'Bench', '<p/>', %(company)s, made,
        %(bot)s, (%(customers)s::int[])[1 + n %% 1000], (%(agents)s::int[])[1 + n %% 20],
        (%(teams)s::int[])[1 + n %% 5],
        CASE n %% 3 WHEN 0 THEN %(calls)s WHEN 1 THEN %(email)s ELSE %(web)s END,
        CASE n %% 3 WHEN 0 THEN (ARRAY['in', 'in', 'out', 'missed'])[1 + n %% 4] END,
        TRUE, CASE WHEN n %% 10 < 9 THEN %(closed)s ELSE %(open)s END,
        CASE WHEN n %% 10 < 9 THEN made + interval '30 hours' END, FALSE,
        n %% 3 = 0
    FROM (
        SELECT n, date_trunc('second', now() AT TIME ZONE 'UTC')
            - random() * interval '730 days' AS made
        FROM generate_series(0, %(count)s - 1) n
    ) made
''', names)
cr.execute('''
    INSERT INTO mail_message (id, model, res_id, date, author_id, message_type,
        subtype_id, is_internal, callgear_writing_seconds, body)
    SELECT %(mail_message)s + (ticket.id - %(helpdesk_ticket)s)::bigint * %(messages)s
            + k, 'helpdesk.ticket', ticket.id,
        ticket.create_date + (ARRAY[0, 3, 5, 30, 40])[1 + k] * interval '1 hour',
        CASE k WHEN 0 THEN ticket.partner_id
            ELSE (%(authors)s::int[])[1 + (ticket.id + k) %% 20] END,
        CASE k WHEN 3 THEN 'notification' WHEN 0 THEN 'email' ELSE 'comment' END,
        CASE WHEN k IN (2, 3) THEN %(note)s ELSE %(comment)s END,
        k IN (2, 3), CASE k WHEN 1 THEN 90 ELSE 0 END, '<p>Some words.</p>'
    FROM helpdesk_ticket ticket, generate_series(0, %(messages)s - 1) k
    WHERE ticket.id >= %(helpdesk_ticket)s
''', names)
cr.execute('''
    INSERT INTO mail_tracking_value (id, mail_message_id, field_id, old_value_integer,
        new_value_integer)
    SELECT %(mail_tracking_value)s + row_number() OVER (), message.id, %(field)s,
        CASE WHEN message.res_id %% 20 = 0 THEN %(closed)s ELSE %(open)s END,
        CASE WHEN message.res_id %% 20 = 0 THEN %(open)s ELSE %(closed)s END
    FROM mail_message message
    WHERE message.id >= %(mail_message)s AND message.message_type = 'notification'
        AND message.model = 'helpdesk.ticket'
''', names)
cr.execute('''
    INSERT INTO callgear_call (id, connection_id, company_id, session_id, direction,
        started_at, outcome, missed_reason, state, phone, line_key, last_event_at, team_id,
        channel_id, agent_id, wait_seconds, talk_seconds)
    SELECT %(callgear_call)s + n, %(connection)s, %(company)s, 'bench-' || n, 'in',
        ticket.create_date, CASE WHEN n %% 3 = 2 THEN 'missed' ELSE 'answered' END,
        CASE WHEN n %% 3 = 2 THEN 'not_picked_up' END, 'ended',
        '+97150' || (1000000 + n), '+97150' || (1000000 + n), ticket.create_date,
        ticket.team_id, ticket.channel_id, ticket.user_id, n %% 50,
        CASE WHEN n %% 3 = 2 THEN 0 ELSE 30 + n %% 600 END
    FROM generate_series(0, %(count)s - 1) n
    JOIN helpdesk_ticket ticket ON ticket.id = %(helpdesk_ticket)s + (n / 3) * 3
''', names)
cr.execute('''
    INSERT INTO callgear_leg (id, call_id, company_id, leg_id, dial_number, ticket_id,
        user_id, is_operator, started_at, answered_at, entry, state)
    SELECT %(callgear_leg)s + n, %(callgear_call)s + n, %(company)s, 'bench-' || n, 0,
        ticket.id, ticket.user_id, TRUE,
        ticket.create_date + (n %% 3) * interval '1 hour',
        ticket.create_date + (n %% 3) * interval '1 hour',
        CASE WHEN n %% 3 = 2 THEN 'missed' ELSE 'conversation' END, 'ended'
    FROM generate_series(0, %(count)s - 1) n
    JOIN helpdesk_ticket ticket ON ticket.id = %(helpdesk_ticket)s + (n / 3) * 3
''', names)
cr.execute('''
    INSERT INTO callgear_recording (id, call_id, company_id, leg_id, url, state)
    SELECT %(callgear_recording)s + row_number() OVER (), call_id, company_id, id,
        'https://app.callgear.com/' || id, 'failed'
    FROM callgear_leg WHERE id >= %(callgear_leg)s AND entry = 'conversation'
''', names)
env.cr.commit()
for table in tables:
    cr.execute("ANALYZE " + table)
    cr.execute("SELECT setval(%s, (SELECT MAX(id) FROM " + table + "))",
               [table + "_id_seq"])
env.cr.commit()
import time
Sum = env["callgear.ticket.sum"]
env["res.users"].search([]).tz = "Europe/Berlin"
Sum._begin()
env.cr.commit()
started = time.perf_counter()
env["callgear.ticket.fact"]._count_all()
env.cr.commit()
print("COUNTED=%s" % (time.perf_counter() - started))
started = time.perf_counter()
left = Sum._open_days()
while left:
    days, left = left[:20], left[20:]
    Sum._add_up(days)
    env.cr.commit()
print("SUMMED=%s" % (time.perf_counter() - started))
print("filled")
"""

MEASURE = """
import json, statistics, time
from datetime import timedelta
from odoo import fields
admin = env.ref("base.user_admin")
env = env(user=admin.id, context={{"tz": "Europe/Berlin"}})
today = fields.Date.today()
Statistics, Ticket = env["callgear.statistics"], env["helpdesk.ticket"]


def ago(days):
    return fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=days))


def dashboard(days, compare, **filters):
    return lambda: env["callgear.dashboard"].get_data({{
        "date_from": str(today - timedelta(days=days)), "date_to": str(today),
        "compare": compare, **filters,
    }})


def grouped(days, groupby):
    domain = [("date", ">=", ago(days))]
    return lambda: Statistics._read_group(
        domain, [groupby], ["new_tickets:count_distinct", "closed:count_distinct",
                            "replies:sum", "closing_hours:avg"])


team = env["helpdesk.ticket.team"].search([("name", "=", "Team 0")]).ids
agent = env["res.users"].search([("login", "=", "bench0")]).ids
cases = {{
    "all tickets by stage (yardstick)":
        lambda: Ticket._read_group([], ["stage_id"], ["__count"]),
    "month: dashboard": dashboard(30, False),
    "month: dashboard, compared": dashboard(30, True),
    "month: dashboard of a team": dashboard(30, False, team_ids=team),
    "month: dashboard of an agent": dashboard(30, False, user_ids=agent),
    "month: statistics by agent": grouped(30, "user_id"),
    "month: statistics by day": grouped(30, "date:day"),
    "year: dashboard": dashboard(365, False),
    "year: dashboard, compared": dashboard(365, True),
    "year: dashboard of a team": dashboard(365, False, team_ids=team),
    "year: dashboard of an agent": dashboard(365, False, user_ids=agent),
    "year: statistics by agent": grouped(365, "user_id"),
}}
times = {{name: [] for name in cases}}
for number in range({rounds} + 1):
    for name, case in cases.items():
        env.invalidate_all()
        started = time.perf_counter()
        case()
        if number:  # the first round warms up
            times[name].append((time.perf_counter() - started) * 1000)
print("TIMES=" + json.dumps({{n: statistics.median(t) for n, t in times.items()}}))
"""


def run(context: Context) -> list[Row]:
    count = TICKETS // (SHARE_QUICK if context.quick else 1)
    filled = context.database.shell(
        FILL.format(count=count, messages=MESSAGES), "Filling the database failed"
    )
    if "filled" not in filled:
        raise Problem("The database was not filled.", output=filled)
    # PostgreSQL's autovacuum does it in time; an index alone answers only after it.
    for table in ("helpdesk_ticket", "callgear_ticket_fact", "callgear_ticket_sum"):
        context.environment.sql(context.database.name, f"VACUUM ANALYZE {table}")
    output = context.database.shell(
        MEASURE.format(rounds=2 if context.quick else ROUNDS), "Measuring failed"
    )
    times = json.loads(output.rpartition("TIMES=")[2].splitlines()[0])
    yardstick = next(iter(times.values()))
    rows = [Row("tickets", "count", count, "rows", better="higher")]
    for label, words in (("COUNTED", "counting all"), ("SUMMED", "adding all up")):
        took = float(filled.rpartition(label + "=")[2].split()[0])
        rows.append(Row(words, "time", took, "s"))
    for name, milliseconds in times.items():
        rows.append(Row(name, "time, median", milliseconds, "ms"))
        ratio = milliseconds / yardstick
        target = None if context.quick else BOUNDS.get(name)
        rows.append(Row(name, "ratio to the yardstick", ratio, "x", target=target))
    return rows
