"""The live domain: what happens in a room, as pure functions. No I/O, no clock, no chance, no environment.

    command --decide--> events --append--> log --apply--> state --see--> items on screens

A command asks (`question.ask`), an event is a fact (`question.asked`), an item is what a screen shows of one thing,
a key names an item: `("questions", "q7")`. A room is the fold of its log; screens get items, never events.
"""
