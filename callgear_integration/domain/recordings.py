# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which conversation a recording belongs to.

By leg id, where the notification has one; by operator, where each file names its own;
otherwise by order against the answered legs. ``/recording`` after a transfer may name
the first, the last or no operator: the name counts only if it tells the files apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..callgear.notification import Notification
from .facts import Fact, first
from .legs import Leg


@dataclass(frozen=True)
class Recording:
    """One audio file. ``leg_key`` is None for a voicemail or if nobody talked."""

    url: str
    seconds: int | None = None
    leg_key: str | None = None


def is_voicemail(url: str) -> bool:
    try:
        return "/voice_mail/" in urlsplit(url).path
    except ValueError:  # no address at all, which is the download's to say
        return False


def match_recordings(
    facts: Sequence[Fact], legs: Sequence[Leg]
) -> tuple[Recording, ...]:
    """Return each file of the call once, with its conversation.

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
    """All files: in the order of the longest list, then those that it lacks."""
    lists = sorted((n.file_urls for n in notifications), key=len, reverse=True)
    return list(dict.fromkeys(url for urls in lists for url in urls))


def _own_file(notification: Notification) -> str | None:
    """The file that a notification tells of; its list may name all of the call."""
    alone = notification.file_urls[0] if len(notification.file_urls) == 1 else None
    return notification.file_url or alone


def _owners(notifications, urls: list[str], talks: list[Leg]) -> dict[str, str]:
    if not talks:
        return {}
    if len(talks) == 1:
        return {url: talks[0].key for url in urls}
    # One notification for several files tells of the call, not of a file, unless each
    # file has come with one of its own.
    each = {_own_file(n) for n in notifications}.issuperset(urls)
    own = {_own_file(n): n for n in notifications if each or len(n.file_urls) == 1}
    own = {url: own[url] for url in urls if url in own}
    keys = {leg.key for leg in talks}
    owners = {url: n.leg_id for url, n in own.items() if n.leg_id in keys}
    named = {url: n.employee_id for url, n in own.items() if url not in owners}
    employees = [leg.employee_id for leg in talks]
    if len(set(named.values())) == len(named):
        for url, employee in named.items():
            if employees.count(employee) == 1:
                owners[url] = talks[employees.index(employee)].key
    free = [leg.key for leg in talks if leg.key not in owners.values()]
    for url in urls:
        if url not in owners:
            owners[url] = free.pop(0) if free else talks[-1].key
    return owners
