# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which conversation a recording belongs to.

By leg id, where the notification has one; by operator, where each file names its own;
otherwise by order against the answered legs. ``/recording`` after a transfer may name the
first, the last or no operator, so his name counts only if it tells the files apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from .facts import Fact, first
from .legs import Leg


@dataclass(frozen=True)
class Recording:
    """One audio file. ``leg_key`` is None for a voicemail or if nobody talked."""

    url: str
    seconds: int | None = None
    leg_key: str | None = None


def is_voicemail(url: str) -> bool:
    return "/voice_mail/" in urlsplit(url).path


def match_recordings(facts: Sequence[Fact], legs: Sequence[Leg]) -> tuple[Recording, ...]:
    """Return each file of the call once, with its conversation.

    :param facts: all facts of the call, ordered
    :param legs: all legs of the call
    """
    said = [fact.said for fact in facts if fact.event == "recording"]
    urls = _in_order(said)
    talks = sorted(
        (leg for leg in legs if leg.is_operator and leg.answered_at),
        key=lambda leg: (leg.answered_at, leg.order),
    )
    owners = _owners(said, [url for url in urls if not is_voicemail(url)], talks)
    return tuple(
        Recording(
            url=url,
            seconds=first(s.file_seconds for s in said if s.file_urls[:1] == (url,)),
            leg_key=owners.get(url),
        )
        for url in urls
    )


def _in_order(said) -> list[str]:
    """All files: in the order of the longest list, then those that it lacks."""
    lists = sorted((s.file_urls for s in said), key=len, reverse=True)
    return list(dict.fromkeys(url for urls in lists for url in urls))


def _owners(said, urls: list[str], talks: list[Leg]) -> dict[str, str]:
    if not talks:
        return {}
    if len(talks) == 1:
        return {url: talks[0].key for url in urls}
    by_key = {leg.key: leg for leg in talks}
    owners = {
        s.file_urls[0]: s.leg_id
        for s in said
        if len(s.file_urls) == 1 and s.leg_id in by_key
    }
    named = {
        s.file_urls[0]: s.employee_id
        for s in said
        if len(s.file_urls) == 1 and s.file_urls[0] not in owners
    }
    employees = [leg.employee_id for leg in talks]
    if len(set(named.values())) == len(named):
        for url, employee in named.items():
            if employees.count(employee) == 1:
                owners[url] = talks[employees.index(employee)].key
    free = [leg.key for leg in talks if leg.key not in owners.values()]
    for url in urls:
        if url not in owners:
            owners[url] = free.pop(0) if free else talks[-1].key
    return {url: owners[url] for url in urls if url in owners}
