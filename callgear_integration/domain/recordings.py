# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Find the conversation that a recording belongs to.

By leg id, if the notification has one; by operator, if each file has another one;
otherwise in the order of the answered legs. After a transfer, ``/recording`` may name the
first, the last or no operator: so the name counts only if it distinguishes the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..callgear.notification import Notification
from .facts import Fact, first
from .legs import Leg


@dataclass(frozen=True)
class Recording:
    """One audio file; ``seconds``: its length.

    ``leg_key``: the leg of its conversation; None for a voicemail or if nobody talked.
    """

    url: str
    seconds: int | None = None
    leg_key: str | None = None


def is_voicemail(url: str) -> bool:
    """Return whether the URL of a recording is that of a voicemail."""
    try:
        return "/voice_mail/" in urlsplit(url).path
    except ValueError:  # not a URL: the download will report it
        return False


def match_recordings(
    facts: Sequence[Fact], legs: Sequence[Leg]
) -> tuple[Recording, ...]:
    """Return each audio file of the call once, with its conversation.

    :param facts: all facts of the call, ordered
    :param legs: all legs of the call
    """
    notifications = [fact.notification for fact in facts if fact.event == "recording"]
    urls = _in_order(notifications)
    talks = sorted(
        (leg for leg in legs if leg.is_operator and leg.answered_at),
        key=lambda leg: (leg.answered_at, leg.order),
    )
    owners = _owners(
        notifications, [url for url in urls if not is_voicemail(url)], talks
    )
    return tuple(
        Recording(
            url=url,
            seconds=first(n.file_seconds for n in notifications if _own_file(n) == url),
            leg_key=owners.get(url),
        )
        for url in urls
    )


def _in_order(notifications) -> list[str]:
    """Return all URLs: those of the longest list in its order, then the others."""
    lists = sorted((n.file_urls for n in notifications), key=len, reverse=True)
    return list(dict.fromkeys(url for urls in lists for url in urls))


def _own_file(notification: Notification) -> str | None:
    """Return the URL of the file that a notification is about, or None.

    ``file_urls`` may contain all files of the call.
    """
    alone = notification.file_urls[0] if len(notification.file_urls) == 1 else None
    return notification.file_url or alone


def _owners(notifications, urls: list[str], talks: list[Leg]) -> dict[str, str]:
    """Return URL → key of the leg whose conversation the file has recorded.

    :param talks: the operators' answered legs, in the order of their answers
    """
    # CallGear records employees: a number that calls are forwarded to, which is none, has a
    # file only if there are more files than employees who talked.
    employees = [leg for leg in talks if leg.employee_id]
    if len(employees) >= len(urls):
        talks = employees
    if not talks:
        return {}
    if len(talks) == 1:
        return {url: talks[0].key for url in urls}
    # A notification with several files is about the call, not about one file, unless each
    # file has a notification of its own.
    each = {_own_file(n) for n in notifications}.issuperset(urls)
    own = {_own_file(n): n for n in notifications if each or len(n.file_urls) == 1}
    own = {url: own[url] for url in urls if url in own}
    keys = {leg.key for leg in talks}
    owners = {url: n.leg_id for url, n in own.items() if n.leg_id in keys}
    named = {url: n.employee_id for url, n in own.items() if url not in owners}
    names = [leg.employee_id for leg in talks]
    if len(set(named.values())) == len(named):
        for url, employee in named.items():
            if names.count(employee) == 1:
                owners[url] = talks[names.index(employee)].key
    free = [leg.key for leg in talks if leg.key not in owners.values()]
    for url in urls:
        if url not in owners:
            owners[url] = free.pop(0) if free else talks[-1].key
    return owners
