# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The calls of the specification, told in order. Each is a list of deliveries."""

import json

from .builder import (
    LINA,
    MARYAM,
    NOBODY,
    OMAR,
    SARA,
    SARA_MOBILE,
    UNKNOWN,
    WAREHOUSE,
    CallBuilder,
)


def incoming(number=1, start=0, caller=MARYAM, employee=SARA, talk=209):
    """Rung after 4 s, answered after 11 s, recorded."""
    end = 11 + talk
    call = CallBuilder(number, caller, start=start)
    call.ring(employee, 4).answer(employee, 11).leave(
        employee, end, talk=talk, total=end - 4
    )
    call.end(end, talk=talk, employee=employee, wait=11)
    return call.record(end + 12, employee=employee, seconds=talk)


def begun(number=1, start=0, caller=MARYAM, employee=SARA):
    """Rung after 4 s, answered after 11 s, still talking."""
    return (
        CallBuilder(number, caller, start=start).ring(employee, 4).answer(employee, 11)
    )


def over(call, employee=SARA, at=220, talk=209, recorded=True):
    """The conversation that has begun is over."""
    call.leave(employee, at, talk=talk, total=at - 4).end(
        at, talk=talk, employee=employee
    )
    return call.record(at + 12, employee=employee, seconds=talk) if recorded else call


def missed(number=1, start=0, caller=MARYAM):
    """Rung at Sara's, then at Omar's; nobody answers."""
    call = CallBuilder(number, caller, start=start)
    call.ring(SARA, 3).leave(SARA, 23, total=20).ring(OMAR, 24).leave(
        OMAR, 40, total=16
    )
    return call.end(40, wait=38)


def missed_in_menu(number=1, start=0, caller=MARYAM, with_leg=True):
    call = CallBuilder(number, caller, start=start)
    if with_leg:
        call.leave(NOBODY, 9, is_operator=False, total=9)
    return call.end(9, wait=9)


def group(number=1, start=0):
    """Three are rung at once, Omar answers."""
    call = CallBuilder(number, start=start)
    call.ring(SARA, 2).ring(OMAR, 2.1).ring(LINA, 2.2).answer(OMAR, 9)
    call.leave(SARA, 9.1, total=7).leave(LINA, 9.2, total=7)
    call.leave(OMAR, 240, talk=231, total=238)
    return call.end(240, talk=231, employee=OMAR, wait=9).record(250, employee=OMAR)


def queue(rings, number=1, start=0, caller=UNKNOWN, answered=True):
    """Phones ring one after the other, again and again, until one is answered."""
    call = CallBuilder(number, caller, start=start)
    for turn in range(rings):
        employee, at = (SARA, OMAR)[turn % 2], 4 + turn * 10
        call.ring(employee, at, leg=turn).leave(employee, at + 9, total=9, leg=turn)
    end = 4 + rings * 10
    if not answered:
        return call.end(end, wait=end)
    call.ring(SARA, end, leg="last").answer(SARA, end + 3, leg="last")
    call.leave(SARA, end + 63, talk=60, total=63, leg="last")
    call.end(end + 63, talk=60, employee=SARA, wait=end + 3)
    return call.record(end + 70, employee=SARA, seconds=60)


def attended_transfer(number=1, start=0):
    call = CallBuilder(number, start=start)
    call.ring(SARA, 3).answer(SARA, 8).ring(OMAR, 160).answer(OMAR, 167)
    call.leave(SARA, 181, talk=173, total=178).leave(OMAR, 450, talk=282, total=290)
    call.end(450, talk=442, employee=OMAR, wait=8)
    return call.record(462, "1" * 32, "2" * 32, employee=OMAR)


def blind_transfer(number=1, start=0):
    call = CallBuilder(number, start=start)
    call.ring(SARA, 3).answer(SARA, 8).leave(SARA, 60, talk=52, total=57)
    call.ring(OMAR, 61).answer(OMAR, 70).leave(OMAR, 200, talk=130, total=139)
    call.end(200, talk=182, employee=OMAR, wait=8)
    call.record(210, "1" * 32, employee=SARA, seconds=52)
    return call.record(211, "2" * 32, employee=OMAR, seconds=130)


def two_phones(number=1, start=0, caller=MARYAM):
    """Both phones of Sara ring, she picks up the second one."""
    call = CallBuilder(number, caller, start=start)
    call.ring(SARA, 3).ring(SARA_MOBILE, 3.2).answer(SARA_MOBILE, 10)
    call.leave(SARA, 10.1, total=7).leave(SARA_MOBILE, 70, talk=60, total=67)
    call.end(70, talk=60, employee=SARA_MOBILE, wait=10)
    return call.record(80, employee=SARA_MOBILE, seconds=60)


def two_phones_missed(number=1, start=0, caller=MARYAM):
    call = CallBuilder(number, caller, start=start)
    call.ring(SARA, 3).ring(SARA_MOBILE, 3.2)
    call.leave(SARA, 30, total=27).leave(SARA_MOBILE, 30.1, total=27)
    return call.end(30.2, wait=30)


def passed_to_own_phone(number=1, start=0, second=SARA_MOBILE, blind=False):
    """Sara goes on at another phone, or at the same one, dialled a second time."""
    left, taken = (60, 66) if blind else (70, 65)
    call = CallBuilder(number, start=start)
    call.ring(SARA, 3).answer(SARA, 8)
    if not blind:
        call.ring(second, 61, leg="again").answer(second, taken, leg="again")
    call.leave(SARA, left, talk=left - 8, total=left - 3)
    if blind:
        call.ring(second, 61, leg="again").answer(second, taken, leg="again")
    call.leave(second, 200, talk=200 - taken, total=139, leg="again")
    call.end(200, talk=192, employee=second, wait=8)
    call.record(210, "1" * 32, employee=SARA, leg=SARA, seconds=left - 8)
    return call.record(211, "2" * 32, employee=second, leg="again", seconds=130)


def passed_on_and_back(number=1, start=0):
    """From Sara to Omar, and to Sara's other phone."""
    call = CallBuilder(number, start=start)
    call.ring(SARA, 3).answer(SARA, 8).leave(SARA, 60, talk=52, total=57)
    call.ring(OMAR, 61).answer(OMAR, 65).leave(OMAR, 100, talk=35, total=39)
    call.ring(SARA_MOBILE, 101).answer(SARA_MOBILE, 105)
    call.leave(SARA_MOBILE, 150, talk=45, total=49)
    return call.end(150, talk=132, employee=SARA_MOBILE)


def softphone_passed_to_own_phone(number=1, start=0):
    """Sara dials on a softphone, and goes on at her mobile phone."""
    call = CallBuilder(number, direction="out", start=start)
    call.call_out(SARA).ring(SARA, 0.3, leg="contact").answer(SARA, 14, leg="contact")
    call.ring(SARA_MOBILE, 60).answer(SARA_MOBILE, 66)
    call.leave(SARA_MOBILE, 130, talk=64, total=70)
    call.leave(NOBODY, 130.1, talk=116, is_operator=False, leg="contact", total=130)
    call.end(130.2, talk=116, employee=SARA_MOBILE, wait=14)
    return call.record(141, employee=SARA_MOBILE, seconds=116)


def voicemail(
    number=1,
    start=0,
    caller=MARYAM,
    lost=True,
    rung=False,
    length=14,
    kind="voice_mail",
):
    """An answering machine takes the call, after phones have rung in vain or at once."""
    call = CallBuilder(number, caller, start=start)
    if rung:
        call.ring(SARA, 3).leave(SARA, 23, total=20)
    call.leave(NOBODY, 40, is_operator=False, total=40)
    call.end(40, lost=lost, talk=0 if lost else length, wait=24 if rung else 3)
    return call.record(52, seconds=length, kind=kind)


def to_unmapped(number=1, start=0):
    return incoming(number, start, employee=WAREHOUSE)


def without_employee(number=1, start=0):
    """Forwarded to a bare number, which answers."""
    call = CallBuilder(number, start=start)
    call.ring(NOBODY, 2).answer(NOBODY, 12).leave(NOBODY, 60, talk=47, total=58)
    return call.end(60, talk=47, wait=12)


def unmapped_answers(number=1, start=0, caller=MARYAM):
    """Sara is rung, the warehouse answers."""
    call = CallBuilder(number, caller, start=start)
    call.ring(SARA, 2).ring(WAREHOUSE, 2.1).answer(WAREHOUSE, 9).leave(
        SARA, 9.1, total=7
    )
    call.leave(WAREHOUSE, 50, talk=41, total=48)
    return call.end(50, talk=41, employee=WAREHOUSE, wait=9)


def unmapped_missed(number=1, start=0, caller=MARYAM):
    call = CallBuilder(number, caller, start=start)
    return call.ring(WAREHOUSE, 2).leave(WAREHOUSE, 20, total=18).end(20, wait=18)


def softphone(number=1, start=0, caller=MARYAM, talk=116, employee=SARA):
    """Sara dials on a softphone, and the contact answers."""
    end = 14 + talk
    call = CallBuilder(number, caller, direction="out", start=start)
    call.call_out(employee).ring(employee, 0.3, leg="contact")
    call.answer(employee, 14, leg="contact")
    call.leave(NOBODY, end, talk=talk, is_operator=False, leg="contact", total=end)
    call.end(end, talk=talk, employee=employee, wait=14)
    return call.record(end + 11, employee=employee, seconds=talk)


def softphone_unanswered(number=1, start=0, caller=MARYAM):
    call = CallBuilder(number, caller, direction="out", start=start)
    call.call_out(SARA).ring(SARA, 0.3, leg="contact")
    call.leave(NOBODY, 40, is_operator=False, leg="contact", total=40)
    return call.end(40, employee=SARA, lost=True)


def click_to_call(number=1, start=0, external_id="foreign-1", direction="out"):
    call = CallBuilder(
        number,
        direction=direction,
        source="callapi",
        start=start,
        external_id=external_id,
    )
    call.ring(SARA, 0.7).answer(SARA, 5).ring(NOBODY, 5.5).answer(NOBODY, 20)
    call.leave(NOBODY, 180, talk=160, is_operator=False, total=174)
    call.leave(SARA, 180.1, talk=160, total=179)
    call.end(180.4, talk=160, employee=SARA, wait=19)
    return call.record(192, employee=SARA, seconds=160)


def click_to_call_unanswered(
    number=1, start=0, external_id="foreign-1", direction="out"
):
    call = CallBuilder(
        number,
        direction=direction,
        source="callapi",
        start=start,
        external_id=external_id,
    )
    call.ring(SARA, 0.3).answer(SARA, 4).ring(NOBODY, 4.3)
    call.leave(NOBODY, 44.9, is_operator=False, total=40).leave(SARA, 45, total=45)
    return call.end(45, employee=SARA, lost=True)


def click_to_call_not_picked_up(number=1, start=0, external_id="foreign-1"):
    """Filed as incoming, as it is when the request names no direction."""
    call = CallBuilder(number, source="callapi", start=start, external_id=external_id)
    return call.ring(SARA, 0.5).leave(SARA, 45, total=45).end(45, lost=True)


def hidden(number=1, start=0):
    return missed(number, start, caller="")


def deliveries(*calls):
    return [delivery for call in calls for delivery in call.deliveries]


def by_time(*calls):
    """What several calls at the same time tell, in the order in which it happens."""
    told = [delivery for call in calls for delivery in call.deliveries]
    return sorted(told, key=lambda d: json.loads(d.text)["notification_time"])


HOUR = 3600

# What the properties are checked on: one call each, or several calls of one caller.
SCENARIOS = {
    "incoming": lambda: deliveries(incoming()),
    "incoming, unknown caller": lambda: deliveries(incoming(caller=UNKNOWN)),
    "missed": lambda: deliveries(missed()),
    "missed in the voice menu": lambda: deliveries(missed_in_menu()),
    "missed in the voice menu, end only": lambda: deliveries(
        missed_in_menu(with_leg=False)
    ),
    "missed, hidden number": lambda: deliveries(hidden()),
    "group": lambda: deliveries(group()),
    "attended transfer": lambda: deliveries(attended_transfer()),
    "blind transfer": lambda: deliveries(blind_transfer()),
    "to unmapped": lambda: deliveries(to_unmapped()),
    "without employee": lambda: deliveries(without_employee()),
    "unmapped answers": lambda: deliveries(unmapped_answers()),
    "unmapped missed": lambda: deliveries(unmapped_missed()),
    "two phones": lambda: deliveries(two_phones()),
    "two phones, missed": lambda: deliveries(two_phones_missed()),
    "passed to the own phone": lambda: deliveries(passed_to_own_phone()),
    "passed to the own phone, blind": lambda: deliveries(
        passed_to_own_phone(blind=True)
    ),
    "passed to the same phone": lambda: deliveries(passed_to_own_phone(second=SARA)),
    "passed on and back": lambda: deliveries(passed_on_and_back()),
    "softphone, passed to the own phone": lambda: deliveries(
        softphone_passed_to_own_phone()
    ),
    "voicemail": lambda: deliveries(voicemail()),
    "voicemail, not lost": lambda: deliveries(voicemail(lost=False)),
    "voicemail after ringing": lambda: deliveries(voicemail(rung=True)),
    "missed, voicemail, missed": lambda: deliveries(
        missed(1), voicemail(2, HOUR, rung=True), missed_in_menu(3, 2 * HOUR)
    ),
    "softphone": lambda: deliveries(softphone()),
    "softphone, no answer": lambda: deliveries(softphone_unanswered()),
    "click to call": lambda: deliveries(click_to_call()),
    "click to call, no answer": lambda: deliveries(click_to_call_unanswered()),
    "click to call, not picked up": lambda: deliveries(click_to_call_not_picked_up()),
    "missed twice": lambda: deliveries(missed(1), missed_in_menu(2, HOUR)),
    "missed, answered": lambda: deliveries(missed(1), incoming(2, HOUR)),
    "missed, answered, missed": lambda: deliveries(
        missed(1), incoming(2, HOUR), missed_in_menu(3, 2 * HOUR)
    ),
    "missed, called back in vain": lambda: deliveries(
        missed(1), softphone_unanswered(2, HOUR)
    ),
    "missed, called back": lambda: deliveries(missed(1), softphone(2, HOUR)),
    "missed, meanwhile another is answered": lambda: by_time(
        missed(1), incoming(2, 15, employee=LINA)
    ),
    "missed, meanwhile called back": lambda: by_time(
        missed(1), softphone(2, 15, employee=LINA)
    ),
}

# Among them all kinds of tickets and all changes of stage that calls make: where each
# scenario takes long, these are enough.
VARIED = {
    name: SCENARIOS[name]
    for name in (
        "missed, hidden number",
        "attended transfer",
        "softphone, no answer",
        "missed, answered, missed",
        "missed, called back",
    )
}
# And these are calls of each kind, where all scenarios would show nothing more.
KINDS = VARIED | {
    name: SCENARIOS[name]
    for name in ("incoming", "group", "two phones", "voicemail", "click to call")
}
