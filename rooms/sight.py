"""Who sees what of a question. A part of the questions.

Before a question is published only its asker (in `mine`) and the crew see it; whose an anonymous one is, only the crew,
and where the exchange promises so nobody.
"""

from rooms import translations
from rooms.asked import Question, Questions
from rooms.core import Audience, Item, Key, Names


def see(questions: Questions, id: str, audience: Audience, names: Names) -> Item | None:
    question = questions.all.get(id)
    if question is None or (question.hidden and audience != "crew"):
        return None
    shown = {
        "text": question.text,
        "language": question.language,
        "by": person(question.by, names) if names_asker(question, audience) else None,
        "anonymous": question.anonymous,
        "state": question.state,
        "order": question.place,
        "to": question.to,
        "answer": answer(question, names),
        "translations": translations.see(question.translations, audience, names),
        "merged_into": question.merged_into,
        "asked_at": question.asked_at,
        **whither(question),
    }
    return {**shown, **reason(question), **merged(question)} if audience == "crew" else shown


def person(id: str, names: Names) -> Item:
    return {"id": id, "name": names.get(id, "")}


def answer(question: Question, names: Names) -> Item | None:
    one = question.answer
    return {"text": one.text, "language": one.language, "by": person(one.by, names), "at": one.at} if one else None


def reason(question: Question) -> Item:
    """Why it was declined: to asker and crew."""
    if question.code is None:
        return {}
    given = question.reason if question.code == "other" else question.code
    return {"reason": given, "code": question.code}


def merged(question: Question) -> Item:
    return {"merged": list(question.merged)} if question.merged else {}


def whither(question: Question) -> Item:
    """Where a deferred question has gone to, and where one that was brought has come from."""
    to, shown = question.deferred_to, dict[str, object]()
    if to:
        ends = {"room": to.room, "follow_up": to.follow_up}
        shown["deferred_to"] = {**{kind: id for kind, id in ends.items() if id}, "titles": to.titles}
    if question.origin:
        shown["from"] = {"room": question.origin.room, "titles": question.origin.titles}
    return shown


def names_asker(question: Question, audience: Audience) -> bool:
    return not (question.unnamed if audience == "crew" else question.anonymous)


def names_person(questions: Questions, id: str, person: str, audience: Audience) -> bool:
    """Whether this audience sees a person's name at a question."""
    question = questions.all[id]
    if question.hidden and audience != "crew":
        return False
    texts = question.translations
    seen = texts.approved.values() if audience == "public" else (*texts.approved.values(), *texts.proposed.values())
    named = {one.by for one in seen} | ({question.answer.by} if question.answer else set())
    return person in named or (person == question.by and names_asker(question, audience))


def renamed(questions: Questions, person: str) -> list[Key]:
    """What a person's new name may be shown at."""
    ids = dict.fromkeys((*questions.own.get(person, ()), *questions.named.get(person, ())))
    answered = {one.by: None for one in map(questions.all.__getitem__, ids) if one.answer and one.answer.by == person}
    return [*(("questions", id) for id in ids), *(("mine", by) for by in answered)]


def score(questions: Questions, id: str, audience: Audience) -> Item | None:
    question = questions.all.get(id)
    if question is None or (question.hidden and audience != "crew"):
        return None
    return {"votes": question.votes}


def mine(questions: Questions, person: str, names: Names) -> Item:
    """A person's own questions with their path and, if declined, the reason; in the order asked."""
    return {id: own(questions, questions.all[id], names) for id in questions.own.get(person, ())}


def own(questions: Questions, question: Question, names: Names) -> Item:
    """A question as its asker sees it. What it is merged with is named once everybody sees that."""
    root = questions.root(question.id)
    return {
        "text": question.text,
        "language": question.language,
        "state": question.state,
        "path": list(question.path),
        "to": question.to,
        "anonymous": question.anonymous,
        "asked_at": question.asked_at,
        "merged_into": root if root != question.id and not questions.all[root].hidden else None,
        "answer": answer(question, names),
        **whither(question),
        **reason(question),
    }


def counted_for(questions: Questions, votes: set[str]) -> list[str]:
    """The questions that a person's votes count for, sorted; not one that nobody may know of yet."""
    merged = [id for id in votes if id in questions.merged]
    roots = {root for id in merged if not questions.all[root := questions.root(id)].hidden}
    return sorted((votes - set(merged)) | roots)
