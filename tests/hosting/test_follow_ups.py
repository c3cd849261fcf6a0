"""What a programme says of follow-ups: how many questions were put off to them, and from where."""

from starlette.testclient import TestClient

from hosting import programme
from hosting.database import Database
from rooms import asked, questions
from rooms.lifecycle import Closed, Opened
from tests.hosting.programmes import PROGRAMME, room, take_in
from tests.hosting.reading import Page
from tests.hosting.sessions import Held, people_named, release
from tests.hosting.test_errands import IDEAS

TITLES = {"en": "One day"}


def held(database: Database) -> Held:
    """An open room in which three questions were put off to an idea: two in public, one that nobody else has seen."""
    take_in(database, PROGRAMME + IDEAS)
    here = Held(database, room(database, "before-spring")).happens(Opened())
    [asker] = people_named(database, "Agnes Nabirye")
    ids = [here.asks(asker, text) for text in ("Who pays?", "Who digs?", "canary-question", "Who cooks?")]
    here.happens(*(questions.Published(ids[n]) for n in (0, 1, 3)))
    here.happens(*(asked.Deferred(id, None, "one-day", TITLES) for id in ids))
    return here.happens(asked.Restored(ids[3], "published"))


def told(client: TestClient, exchange: str = "autumn") -> tuple[list[str], list[str], str]:
    answer = client.get(f"/exchanges/{exchange}", headers={"accept-language": "en"})
    page = Page(answer.text)
    return page.sections.get("later", []), [link for link in page.links if link.startswith("/archive/")], answer.text


def test_follow_up_says_how_many_questions_wait_and_leads_to_the_archive_once_released(
    client: TestClient, database: Database
) -> None:
    here = held(database)
    id = here.write()
    words = [
        "To be taken up again",
        "One day",
        "2 questions were put off to here, from:",
        "Before the clocks go forward",
    ]
    assert told(client)[:2] == (words, [])
    here.at(60).happens(Closed()).write()
    release(database, id)
    found, links, html = told(client)
    assert (found, f"/archive/{id}" in links, "canary" in html) == (words, True, False)
    assert 'id="later-one-day"' in html
    assert (
        '<a href="/exchanges/autumn#later-one-day" lang="en" dir="auto">One day</a>'
        in client.get(f"/archive/{id}").text
    )


def test_follow_up_without_questions_is_not_named(client: TestClient, database: Database) -> None:
    here = held(database)
    here.happens(asked.Restored("q1", "published"), asked.Restored("q2", "published"))  # what is left nobody has seen
    here.write()
    assert told(client)[0] == []


def test_follow_up_is_that_of_the_own_exchange_where_two_have_its_key(client: TestClient, database: Database) -> None:
    here = held(database)
    here.write()
    ideas = database.read_now(lambda sql: {slug: programme.homes(sql, slug) for slug in ("spring", "autumn", "circle")})
    both = {"again": "spring", "one-day": "autumn"}
    assert ideas == {"spring": both, "autumn": both, "circle": both}
    assert told(client, "spring")[0] == []
    own = IDEAS.replace(
        'topic = "floods"\nstatus = "idea"', 'topic = "floods"\nsession = "after-spring"\nstatus = "idea"'
    )
    take_in(database, PROGRAMME + own)
    assert (told(client, "spring")[0][:2], told(client)[0]) == (["To be taken up again", "One day"], [])


def test_question_that_was_put_off_says_where_it_comes_from_and_where_it_has_gone(
    client: TestClient, database: Database
) -> None:
    take_in(database, PROGRAMME + IDEAS)
    first, later = room(database, "before-spring"), room(database, "after-spring")
    [asker] = people_named(database, "Agnes Nabirye")
    here = Held(database, first).happens(Opened())
    question = here.asks(asker, "Who pays?")
    here.happens(questions.Published(question), asked.Deferred(question, later, None, {"en": "After"}))
    here.at(9).happens(Closed()).write()
    there = Held(database, later).happens(
        Opened(), asked.Brought("copy", asker, "Who pays?", "en", first, {"en": "Before"})
    )
    there.happens(questions.Published("copy")).at(9).happens(Closed()).write()
    for id in (first, later):
        release(database, id)
    pages = [client.get(f"/archive/{id}").text for id in (first, later)]
    assert f'Put off to <a href="/rooms/{later}" lang="en" dir="auto">After</a>' in pages[0]
    assert f'Put off to here from <a href="/archive/{first}" lang="en" dir="auto">Before</a>' in pages[1]
    found = [client.get(f"/archive/{id}/questions.json").json()["questions"][0] for id in (first, later)]
    assert [(one["outcome"], one["put_off"], one["came_from"]) for one in found] == [
        ("deferred", {"room": later, "follow_up": None, "titles": {"en": "After"}}, None),
        ("open", None, {"room": first, "follow_up": None, "titles": {"en": "Before"}}),
    ]
