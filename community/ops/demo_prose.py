"""What the pages of the example events say, in Markdown."""

BOSTON = """\
The best conversations about leadership rarely happen on a stage. They happen between the second
course and the third, when somebody at the far end of the table says *we tried that, and this is
what it cost us*.

For one evening we take the long table at the **Glass House**, above the harbor, and set it for
thirty. There is no keynote and there are no slides. There is one question for each course, and a
host at each corner who makes sure that the quiet voices are heard.

## The evening

* **6:30 PM** Doors, and a glass of something cold
* **7:00 PM** First course: *What did you stop doing this year?*
* **7:50 PM** Main course: *Which decision do you still leave to people, and why?*
* **8:30 PM** Dessert: *Who should have been here tonight?*

Dinner is on us. You may bring one guest, and we would like it to be somebody whom the rest of us
have not met. Tell us what you do not eat; the kitchen is good at this.
"""

BREAKFAST = """\
Every organisation has a table that everybody uses and nobody owns. Over breakfast we trade the
ways in which we found its owner, or became it.

Twelve chairs, because that is how many people can follow one conversation. If all of them are
taken, join the line: plans change, and a seat that becomes free goes to the first who waits, the
same minute.

*Coffee from eight, and the first question at a quarter past.*
"""

AI = """\
Success stories are pleasant and teach little. So each of our three teams begins with the feature
that they **switched off**, and tells us what they would have had to know earlier.

1. A bank, and the assistant that was right too often to be checked
2. A hospital network, and the forecast that moved the very thing it forecast
3. A railway, and the model that a timetable beat

After that: half an hour in small rooms, with one of the speakers in each. The link is in your
calendar entry.
"""

MENTORING = """\
The first hundred days in a new role are lonely in a particular way: everybody is watching, and
nobody can be asked. This circle pairs members who are in the middle of them with members who are
long past.

We keep it small and confidential, which is why a host confirms every seat. Tell us in a line or
two what you would like to talk about, and we will look for the right person.
"""

CATALOGUE = """\
A catalogue that nobody trusts is a museum. We spend one day on what makes the difference between
the two, with people who run catalogues for railways, retailers and a port.

## In the morning

Lineage that survives a reorganisation, and data contracts that were signed by both sides.

## In the afternoon

Bring the list of your fifty largest tables. We will show you how three teams deleted a third of
theirs, and who had to say yes.

Remote guests have a microphone, a chair with their name on it, and a host in the room.
"""

WORKSHOP = """\
The sentence that convinces is the one that your customer would say to a friend. In this workshop
we practise the interview that finds it: what to ask, when to be silent, and how to leave the
awkward parts in.
"""

RETREAT = """\
Twenty people, two days, one shared problem each. Mornings for walking in pairs, afternoons for
working on what the walk brought up, evenings for nothing in particular.

*Still to decide: the second facilitator, and the boat.*
"""

STORIES = """\
Five members told the story of one decision: a merger that was called off, a team that was handed
over early, a product that a customer redesigned on a napkin, a board that learned to listen, and
a data office that gave itself an end date.

Thank you to everybody who came, and to those who stayed until the chairs were stacked.
"""
