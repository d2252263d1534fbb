# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The journal of a million calls: searched, filtered, grouped, as pivot and as graph.

Each case asks what the web client asks. The yardstick is the same question to as many
plain tickets, by a column of the ticket itself, on the same database in the same run: what
takes no longer than a second is fast enough, and so is what Odoo itself takes as long for.
"""

from __future__ import annotations

import json

from benchmarks.context import Context, Row
from devtools.console import Problem

CALLS = 1_000_000
SHARE_QUICK = 100
ROUNDS, ROUNDS_QUICK = 3, 2
# A case is fast enough if it reaches either of the two.
SECOND, RATIO = 1000, 1.3

# Two years of calls, evenly. Of ten, seven have a ticket, eight a known caller, two were
# missed. Each rang two phones.
FILL = """
count = {count}
cr = env.cr
company = env.ref("base.main_company").id
connection = env["callgear.connection"].search([], limit=1)
users = env["res.users"].with_context(no_reset_password=True).create([
    {{"name": "Agent %s" % n, "login": "list%s" % n, "tz": "Asia/Dubai"}}
    for n in range(20)
])
for number, role in enumerate(("user_team", "user_own")):
    users[number].group_ids = [(6, 0, [
        env.ref("base.group_user").id, env.ref("helpdesk_mgmt.group_helpdesk_" + role).id
    ])]
teams = env["helpdesk.ticket.team"].create([
    {{"name": "Team %s" % n, "user_ids": users[n::5].ids}} for n in range(5)
])
names = {{
    "count": count, "company": company, "connection": connection.id,
    "agents": users.ids, "teams": teams.ids,
    "channels": [connection.channel_id.id] + [
        env.ref("helpdesk_mgmt.helpdesk_ticket_channel_" + name).id
        for name in ("email", "web")
    ],
    "open": connection.open_stage_id.id, "closed": connection.closed_stage_id.id,
    "bot": env.ref("base.user_root").id,
}}
env.cr.commit()
# What is copied in by the million needs no foreign key looked up.
cr.execute("SET session_replication_role = replica")
cr.execute("SET synchronous_commit = off")
tables = ("res_partner", "helpdesk_ticket", "callgear_call", "callgear_leg")
for table in tables:
    cr.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM " + table)
    names[table] = cr.fetchone()[0]
cr.execute('''
    INSERT INTO res_partner (id, name, complete_name, phone, active, type, create_date)
    SELECT %(res_partner)s + n, name, name, '+97150' || 1000000 + n, TRUE, 'contact',
        now()
    FROM (
        SELECT n, md5(n::text) AS name FROM generate_series(0, %(count)s / 10 - 1) n
    ) named
''', names)
cr.execute('''
    INSERT INTO helpdesk_ticket (id, number, name, description, company_id, create_date,
        create_uid, partner_id, user_id, team_id, channel_id, call_kind, active,
        stage_id, sequence, priority)
    SELECT %(helpdesk_ticket)s + n, 'L' || n, 'Call from +97150' || 1000000 + n,
        '<p>They ask when it comes.</p>', %(company)s, made, %(bot)s,
        CASE WHEN n %% 10 < 8 THEN %(res_partner)s + n %% (%(count)s / 10) END,
        (%(agents)s::int[])[1 + n %% 20], (%(teams)s::int[])[1 + n %% 5],
        (%(channels)s::int[])[1 + n %% 3], CASE WHEN n %% 10 < 7 THEN 'in' END, TRUE,
        CASE WHEN n %% 10 < 9 THEN %(closed)s ELSE %(open)s END, n %% 200, '1'
    FROM (
        SELECT n, date_trunc('second', now() AT TIME ZONE 'UTC')
            - interval '730 days' + n * (interval '730 days' / %(count)s) AS made
        FROM generate_series(0, %(count)s - 1) n
    ) made
''', names)
cr.execute('''
    INSERT INTO callgear_call (id, connection_id, company_id, session_id, direction,
        phone, phone_raw, line_key, virtual_phone, contact_name, scenario_name,
        partner_id, state, outcome, reason, history, is_internal, is_lost, has_talk,
        started_at, answered_at, ended_at, last_event_at, wait_seconds, talk_seconds,
        total_seconds, started_hour, started_weekday, main_leg_id, agent_id, team_id,
        channel_id, has_ticket, create_date, write_date, create_uid, write_uid)
    SELECT %(callgear_call)s + n, %(connection)s, %(company)s, 5241900000 + n,
        CASE WHEN n %% 10 = 4 THEN 'out' ELSE 'in' END, phone, ltrim(phone, '+'), phone,
        '+97145550100', 'Customer', 'Main menu', ticket.partner_id, 'ended',
        CASE WHEN missed THEN 'missed' ELSE 'answered' END,
        CASE WHEN missed THEN 'missed' ELSE 'answered' END,
        CASE WHEN missed THEN 'missed' ELSE 'conversation' END, FALSE, missed,
        NOT missed, at, CASE WHEN NOT missed THEN at + interval '9 seconds' END,
        at + interval '120 seconds', at + interval '121 seconds', 9,
        CASE WHEN missed THEN 0 ELSE n %% 300 END, 120,
        to_char(at + interval '4 hours', 'HH24:00'),
        to_char(at + interval '4 hours', 'ID'), %(callgear_leg)s + 2 * n,
        ticket.user_id, ticket.team_id, ticket.channel_id, n %% 10 < 7, at, at,
        %(bot)s, %(bot)s
    FROM (
        SELECT ticket.id - %(helpdesk_ticket)s AS n, ticket.*,
            ticket.create_date AS at, (ticket.id - %(helpdesk_ticket)s) %% 10
                IN (2, 8) AS missed,
            '+97150' || 1000000 + (ticket.id - %(helpdesk_ticket)s)
                %% (%(count)s / 10) AS phone
        FROM helpdesk_ticket ticket WHERE ticket.id >= %(helpdesk_ticket)s
    ) ticket
''', names)
cr.execute('''
    INSERT INTO callgear_leg (id, call_id, company_id, leg_id, dial_number, ticket_id,
        ticket_choice, user_id, is_operator, started_at, answered_at, ended_at, state,
        entry, talk_seconds, team_id, channel_id, started_hour, started_weekday,
        summary, known_at, create_date, write_date, create_uid, write_uid)
    SELECT %(callgear_leg)s + 2 * n + k, call.id, call.company_id,
        15725700000 + 2 * n + k, 0,
        CASE WHEN main AND call.has_ticket THEN %(helpdesk_ticket)s + n END,
        CASE WHEN main AND call.has_ticket THEN 'auto' END,
        CASE k WHEN 0 THEN call.agent_id ELSE (%(agents)s::int[])[1 + (n + 7) %% 20] END,
        TRUE, call.started_at, CASE WHEN main THEN call.answered_at END, call.ended_at,
        'ended', CASE WHEN main THEN call.history END,
        CASE WHEN main THEN call.talk_seconds ELSE 0 END,
        CASE WHEN main AND call.has_ticket THEN call.team_id END,
        CASE WHEN main AND call.has_ticket THEN call.channel_id END,
        call.started_hour, call.started_weekday,
        CASE WHEN main AND n %% 4 = 0 THEN 'Asks when it comes' END,
        call.started_at, call.started_at, call.started_at, %(bot)s, %(bot)s
    FROM (
        SELECT call.*, call.id - %(callgear_call)s AS n, k, k = 0 AS main
        FROM callgear_call call, generate_series(0, 1) k
        WHERE call.id >= %(callgear_call)s
    ) call
''', names)
env.cr.commit()
for table in tables:
    cr.execute("SELECT setval(%s, (SELECT MAX(id) FROM " + table + "))",
               [table + "_id_seq"])
env.cr.commit()
print("filled")
"""

MEASURE = """
import json, statistics, time

CALL = ["__count", "wait_seconds:avg", "talk_seconds:sum", "total_seconds:sum"]
LEG = ["__count", "talk_seconds:sum"]
# As many numbers to add up, of a field that every ticket has.
TICKET = ["__count", "sequence:avg", "sequence:sum", "sequence:max"]


def env_of(login):
    user = env["res.users"].search([("login", "=", login)])
    return env(user=user.id, context={{"tz": "Asia/Dubai", "lang": "en_US"}})


def grouped(model, name, numbers, domain=()):
    def ask(env):
        return env[model].web_read_group(list(domain), [name], numbers, limit=80)
    return ask


def pivot(model, row, column, numbers, domain=()):
    def ask(env):
        sets = [[], [row], [column], [row, column]]
        return env[model].formatted_read_grouping_sets(list(domain), sets, numbers)
    return ask


def graph(model, names, numbers, domain=()):
    def ask(env):
        return env[model].formatted_read_group(list(domain), names, numbers)
    return ask


def listed(model, domain, names=("display_name",), order=None):
    def ask(env):
        fields = {{name: {{}} for name in names}}
        return env[model].web_search_read(
            domain, fields, limit=80, order=order, count_limit=10001
        )
    return ask


def found(part):
    return ["|", ("phone", "ilike", part), ("phone_raw", "ilike", part)]


C, L, T = "callgear.call", "callgear.leg", "helpdesk.ticket"
spoken = [("is_operator", "=", True), ("user_id", "!=", False),
          ("entry", "=", "conversation")]
columns = ("started_at", "direction", "partner_id", "phone", "user_ids", "outcome",
           "wait_seconds", "talk_seconds", "ticket_ids", "reason")
without = [("state", "=", "ended"), ("has_ticket", "=", False)]
# name: what is asked of the journal, and the same of plain tickets
cases = {{
    "calls: list": (listed(C, [], columns), listed(T, [])),
    "calls: whole number": (
        listed(C, found("+971501012345"), columns), listed(T, [("name", "ilike", "1012345")])),
    "calls: 7 digits": (
        listed(C, found("1012345"), columns), listed(T, [("name", "ilike", "1012345")])),
    "calls: 4 digits": (
        listed(C, found("2345"), columns), listed(T, [("name", "ilike", "2345")])),
    "calls: 3 digits": (
        listed(C, found("345"), columns), listed(T, [("name", "ilike", "345")])),
    "calls: 2 digits": (
        listed(C, found("45"), columns), listed(T, [("name", "ilike", "45")])),
    "calls: number of nobody": (
        listed(C, found("999888777"), columns), listed(T, [("name", "ilike", "999888777")])),
    "calls: number, by team": (
        grouped(C, "team_id", CALL, found("2345")),
        grouped(T, "team_id", TICKET, [("name", "ilike", "2345")])),
    "calls: without ticket": (
        listed(C, without, columns), listed(T, [("call_kind", "=", False)])),
    "calls: without ticket, by team": (
        grouped(C, "team_id", CALL, without),
        grouped(T, "team_id", TICKET, [("call_kind", "=", False)])),
    "calls: by team": (grouped(C, "team_id", CALL), grouped(T, "team_id", TICKET)),
    "calls: by channel": (
        grouped(C, "channel_id", CALL), grouped(T, "channel_id", TICKET)),
    "calls: by agent": (grouped(C, "agent_id", CALL), grouped(T, "user_id", TICKET)),
    "calls: by caller": (
        grouped(C, "partner_id", CALL), grouped(T, "partner_id", TICKET)),
    "calls: by day": (
        grouped(C, "started_at:day", CALL), grouped(T, "create_date:day", TICKET)),
    "calls: by month": (
        grouped(C, "started_at:month", CALL), grouped(T, "create_date:month", TICKET)),
    "calls: pivot, day by outcome": (
        pivot(C, "started_at:day", "outcome", CALL),
        pivot(T, "create_date:day", "call_kind", TICKET)),
    "calls: pivot, agent by outcome": (
        pivot(C, "agent_id", "outcome", CALL), pivot(T, "user_id", "call_kind", TICKET)),
    "calls: graph, hour by outcome": (
        graph(C, ["started_hour", "outcome"], ["__count"]),
        graph(T, ["create_date:hour_number", "call_kind"], ["__count"])),
    "conversations: list": (
        listed(L, spoken, ("user_id", "phone", "ticket_id"), "started_at desc"),
        listed(T, [], order="create_date desc")),
    "conversations: by team": (
        grouped(L, "team_id", LEG, spoken), grouped(T, "team_id", TICKET)),
    "conversations: by channel": (
        grouped(L, "channel_id", LEG, spoken), grouped(T, "channel_id", TICKET)),
    "conversations: by agent": (
        grouped(L, "user_id", LEG, spoken), grouped(T, "user_id", TICKET)),
    "conversations: by day": (
        grouped(L, "started_at:day", LEG, spoken), grouped(T, "create_date:day", TICKET)),
    "conversations: pivot, agent by direction": (
        pivot(L, "user_id", "direction", LEG, spoken),
        pivot(T, "user_id", "call_kind", TICKET)),
}}
# The rights to tickets make some of it slower for those who do not see all.
of_others = {{
    "calls: list", "calls: 7 digits", "calls: without ticket", "calls: by team",
    "calls: by agent", "calls: by day", "calls: pivot, agent by outcome",
    "conversations: list", "conversations: by agent",
}}
people = {{"manager": "admin", "team user": "list0", "agent": "list1"}}
times = {{}}
for who, login in people.items():
    own = env_of(login)
    for name, questions in cases.items():
        if who != "manager" and name not in of_others:
            continue
        for number in range({rounds} + 1):
            for which, ask in zip(("journal", "plain"), questions):
                own.invalidate_all()
                started = time.perf_counter()
                ask(own)
                if number:  # the first round warms up
                    took = (time.perf_counter() - started) * 1000
                    both = times.setdefault(who + ", " + name, {{}})
                    both.setdefault(which, []).append(took)
print("TIMES=" + json.dumps({{
    name: {{which: statistics.median(took) for which, took in both.items()}}
    for name, both in times.items()
}}))
"""


def run(context: Context) -> list[Row]:
    count = CALLS // (SHARE_QUICK if context.quick else 1)
    output = context.database.shell(
        FILL.format(count=count), "Filling the database failed"
    )
    if "filled" not in output:
        raise Problem("The database was not filled.", output=output)
    # PostgreSQL's autovacuum does it in time; an index alone answers only after it.
    for table in ("res_partner", "helpdesk_ticket", "callgear_call", "callgear_leg"):
        context.environment.sql(context.database.name, f"VACUUM ANALYZE {table}")
    output = context.database.shell(
        MEASURE.format(rounds=ROUNDS_QUICK if context.quick else ROUNDS),
        "Measuring failed",
    )
    if "TIMES=" not in output:
        raise Problem("Nothing was measured.", output=output)
    times = json.loads(output.rpartition("TIMES=")[2].splitlines()[0])
    rows = [Row("calls", "count", count, "rows", better="higher")]
    for name, took in times.items():
        journal, plain = took["journal"], took["plain"]
        target = max(SECOND, RATIO * plain)
        rows.append(Row(name, "time, median", journal, "ms", target=target))
        rows.append(Row(name, "ratio to plain tickets", journal / plain, "x"))
    return rows
