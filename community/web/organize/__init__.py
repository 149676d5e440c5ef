"""The organizer's desk: which page is at which address."""

from flask import Blueprint

from community.web.organize import (
    applications,
    attendees,
    bulk,
    community,
    door,
    event_reminders,
    events,
    exports,
    figures,
    hand,
    history,
    identity,
    inviting,
    kitchen,
    life,
    log,
    merging,
    messages,
    notes,
    people,
    people_import,
    presses,
    questions,
    reminding,
    replies,
    reports,
    seats,
    sheets,
    team,
    topics,
    venues,
    views,
    walk_ins,
)

pages = Blueprint("organize", __name__, url_prefix="/organize")

_IMPORT = "/people/import"
_EVENT = "/events/<slug:slug>"
pages.add_url_rule("", view_func=events.desk)
pages.add_url_rule("/figures", view_func=figures.figures)
pages.add_url_rule("/figures.csv", view_func=figures.figures_file)
# "new" is never an event's slug.
pages.add_url_rule("/events/new", view_func=events.new_event)
pages.add_url_rule("/events/new", view_func=events.create, methods=["POST"])
pages.add_url_rule(_EVENT, view_func=events.event)
pages.add_url_rule("/archive", view_func=life.archive)
pages.add_url_rule(f"{_EVENT}/archive", view_func=life.put_away, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/unarchive", view_func=life.put_back, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/clone", view_func=life.clone_event)
pages.add_url_rule(f"{_EVENT}/clone", view_func=life.clone, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/delete", view_func=life.delete_event)
pages.add_url_rule(f"{_EVENT}/delete", view_func=life.delete, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/preview", view_func=life.make_preview, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/preview/revoke", view_func=life.revoke_preview, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/publish-series", view_func=life.publish_series, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/edit", view_func=events.edit_event)
pages.add_url_rule(f"{_EVENT}/edit", view_func=events.save, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/publish", view_func=events.publish_event, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/cancel", view_func=events.cancel_event, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/stop-answers", view_func=seats.stop_answers, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/resume-answers", view_func=seats.resume_answers, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/shrink", view_func=seats.shrink, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/add", view_func=hand.add_attendee)
pages.add_url_rule(f"{_EVENT}/add", view_func=hand.add_person, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/attendees", view_func=attendees.attendees)
pages.add_url_rule(f"{_EVENT}/attendees", view_func=bulk.choose_many, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/attendees/bulk", view_func=bulk.decide_on_many, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/attendees/undo", view_func=bulk.undo_removal)
_VIEW = f"{_EVENT}/attendees/views"
pages.add_url_rule(_VIEW, view_func=views.save_view, methods=["POST"])
_ONE_VIEW = f"{_VIEW}/<int:view_id>"
pages.add_url_rule(_ONE_VIEW, view_func=views.rename_view, methods=["POST"])
pages.add_url_rule(f"{_ONE_VIEW}/replace", view_func=views.replace_view, methods=["POST"])
pages.add_url_rule(f"{_ONE_VIEW}/delete", view_func=views.delete_view, methods=["POST"])
_ANSWER = f"{_EVENT}/attendees/<int:rsvp_id>"
pages.add_url_rule(_ANSWER, view_func=hand.attendee)
pages.add_url_rule(f"{_ANSWER}/remove", view_func=hand.remove_attendee, methods=["POST"])
pages.add_url_rule(f"{_ANSWER}/seat", view_func=hand.seat_attendee, methods=["POST"])
pages.add_url_rule(f"{_ANSWER}/move", view_func=hand.move_attendee, methods=["POST"])
pages.add_url_rule(
    f"{_EVENT}/attendees/<int:rsvp_id>/approve",
    view_func=attendees.approve_request,
    methods=["POST"],
)
pages.add_url_rule(
    f"{_EVENT}/attendees/<int:rsvp_id>/refuse", view_func=attendees.refuse_request, methods=["POST"]
)
pages.add_url_rule(f"{_EVENT}/attendees.<kind>", view_func=exports.export)
pages.add_url_rule(f"{_EVENT}/exports", view_func=exports.exports)
pages.add_url_rule(f"{_EVENT}/exports", view_func=exports.make_export, methods=["POST"])
_FILE = f"{_EVENT}/exports/<int:file_id>"
pages.add_url_rule(_FILE, view_func=exports.export_job)
pages.add_url_rule(f"{_FILE}/file", view_func=exports.export_file)
pages.add_url_rule(f"{_EVENT}/check-in", view_func=door.check_in)
pages.add_url_rule(f"{_EVENT}/check-in", view_func=door.let_in, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/check-in/undo", view_func=door.undo, methods=["POST"])
_SHEETS = f"{_EVENT}/sheets"
_KITCHEN = f"{_SHEETS}/kitchen"
pages.add_url_rule(_SHEETS, view_func=sheets.sheets)
pages.add_url_rule(f"{_SHEETS}/sign-in", view_func=sheets.sign_in_sheet)
pages.add_url_rule(f"{_SHEETS}/badges", view_func=sheets.badges)
pages.add_url_rule(f"{_SHEETS}/cards", view_func=sheets.place_cards)
pages.add_url_rule(_KITCHEN, view_func=kitchen.kitchen)
pages.add_url_rule(_KITCHEN, view_func=kitchen.make_kitchen_link, methods=["POST"])
_COOK = f"{_KITCHEN}/<int:link_id>/revoke"
pages.add_url_rule(_COOK, view_func=kitchen.revoke_kitchen_link, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/check-in/walk-in", view_func=walk_ins.walk_in_page)
pages.add_url_rule(f"{_EVENT}/check-in/walk-in", view_func=walk_ins.add_walk_in, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/check-in/heads.json", view_func=presses.door_heads)
pages.add_url_rule(f"{_EVENT}/check-in/worker.js", view_func=presses.door_worker)
pages.add_url_rule(f"{_EVENT}/check-in/presses", view_func=presses.send_presses, methods=["POST"])
_INVITE = f"{_EVENT}/invite"
_GUEST_LIST = f"{_INVITE}/<int:list_id>"
pages.add_url_rule(_INVITE, view_func=inviting.invite)
pages.add_url_rule(_INVITE, view_func=inviting.hand_in, methods=["POST"])
pages.add_url_rule(_GUEST_LIST, view_func=inviting.guest_list)
pages.add_url_rule(f"{_GUEST_LIST}/send", view_func=inviting.send_invitations, methods=["POST"])
pages.add_url_rule(f"{_GUEST_LIST}/put-away", view_func=inviting.put_list_away, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/remind", view_func=reminding.remind)
pages.add_url_rule(f"{_EVENT}/remind", view_func=reminding.send_reminders, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/replies", view_func=replies.replies)
_REPLAY = f"{_EVENT}/replies/<int:mail_id>/replay"
pages.add_url_rule(_REPLAY, view_func=replies.replay_reply, methods=["POST"])
_READ = f"{_EVENT}/replies/<int:mail_id>/read"
pages.add_url_rule(_READ, view_func=replies.mark_read, methods=["POST"])
_MESSAGES = f"{_EVENT}/message"
_MESSAGE = f"{_MESSAGES}/<int:announcement_id>"
_REMINDERS = f"{_MESSAGES}/reminders"
pages.add_url_rule(_MESSAGES, view_func=messages.messages)
pages.add_url_rule(_MESSAGES, view_func=messages.write, methods=["POST"])
pages.add_url_rule(_MESSAGE, view_func=messages.message)
pages.add_url_rule(_MESSAGE, view_func=messages.save_message, methods=["POST"])
pages.add_url_rule(f"{_MESSAGE}/send", view_func=messages.send_message, methods=["POST"])
pages.add_url_rule(f"{_MESSAGE}/test", view_func=messages.test_message, methods=["POST"])
pages.add_url_rule(f"{_MESSAGE}/stop", view_func=messages.stop_message, methods=["POST"])
pages.add_url_rule(f"{_MESSAGE}/retry", view_func=messages.retry_message, methods=["POST"])
pages.add_url_rule(f"{_MESSAGE}/delete", view_func=messages.delete_message, methods=["POST"])
pages.add_url_rule(_REMINDERS, view_func=event_reminders.add_event_reminder, methods=["POST"])
pages.add_url_rule(
    f"{_REMINDERS}/<int:reminder_id>",
    view_func=event_reminders.change_event_reminder,
    methods=["POST"],
)
_TEAM = f"{_EVENT}/team"
pages.add_url_rule(_TEAM, view_func=team.team)
pages.add_url_rule(_TEAM, view_func=team.add, methods=["POST"])
_HELPER = f"{_TEAM}/<int:person_id>"
pages.add_url_rule(_HELPER, view_func=team.change, methods=["POST"])
pages.add_url_rule(f"{_HELPER}/remove", view_func=team.remove, methods=["POST"])
pages.add_url_rule(f"{_HELPER}/hand-over", view_func=team.hand_over, methods=["POST"])
_ASKED = f"{_TEAM}/asked/<int:invitation_id>"
pages.add_url_rule(f"{_ASKED}/again", view_func=team.send_again, methods=["POST"])
pages.add_url_rule(f"{_ASKED}/take-back", view_func=team.take_back, methods=["POST"])
pages.add_url_rule(f"{_EVENT}/log", view_func=log.event_log)
pages.add_url_rule(f"{_EVENT}/log.csv", view_func=log.event_log_csv)
pages.add_url_rule("/log", view_func=log.log)
pages.add_url_rule("/log.csv", view_func=log.log_csv)
_QUESTIONS = f"{_EVENT}/questions"
_QUESTION = f"{_QUESTIONS}/<int:question_id>"
pages.add_url_rule(_QUESTIONS, view_func=questions.questions)
pages.add_url_rule(_QUESTIONS, view_func=questions.add_question, methods=["POST"])
pages.add_url_rule(_QUESTION, view_func=questions.edit_question)
pages.add_url_rule(_QUESTION, view_func=questions.save_question, methods=["POST"])
pages.add_url_rule(f"{_QUESTION}/move", view_func=questions.move_question, methods=["POST"])
pages.add_url_rule(f"{_QUESTION}/retire", view_func=questions.retire_question, methods=["POST"])
pages.add_url_rule(f"{_QUESTION}/restore", view_func=questions.restore_question, methods=["POST"])
pages.add_url_rule(f"{_QUESTION}/delete", view_func=questions.delete_question, methods=["POST"])

_TOPIC = "/topics/<slug:topic>"
pages.add_url_rule("/topics", view_func=topics.topics)
# "new" is never a topic's slug.
pages.add_url_rule("/topics/new", view_func=topics.new_topic)
pages.add_url_rule("/topics/new", view_func=topics.create_topic, methods=["POST"])
pages.add_url_rule(_TOPIC, view_func=topics.edit_topic)
pages.add_url_rule(_TOPIC, view_func=topics.save_topic, methods=["POST"])
pages.add_url_rule(f"{_TOPIC}/merge", view_func=topics.merge_topic)
pages.add_url_rule(f"{_TOPIC}/merge", view_func=topics.merge, methods=["POST"])
pages.add_url_rule(f"{_TOPIC}/delete", view_func=topics.delete_topic, methods=["POST"])

_VENUE = "/venues/<int:venue_id>"
pages.add_url_rule("/venues", view_func=venues.venues)
pages.add_url_rule(_VENUE, view_func=venues.edit_venue)
pages.add_url_rule(_VENUE, view_func=venues.save_venue, methods=["POST"])
pages.add_url_rule(f"{_VENUE}/delete", view_func=venues.delete_venue, methods=["POST"])

pages.add_url_rule("/applications", view_func=applications.applications)
pages.add_url_rule("/applications", view_func=applications.approve_many, methods=["POST"])
_APPLICATION = "/applications/<int:application_id>"
pages.add_url_rule(_APPLICATION, view_func=applications.application)
pages.add_url_rule(f"{_APPLICATION}/approve", view_func=applications.approve, methods=["POST"])
pages.add_url_rule(f"{_APPLICATION}/decline", view_func=applications.decline, methods=["POST"])
pages.add_url_rule("/reports", view_func=reports.reports)
pages.add_url_rule("/reports/<int:report_id>/resolve", view_func=reports.resolve, methods=["POST"])
pages.add_url_rule("/community", view_func=community.community)
# "identity" is none of the texts.
pages.add_url_rule("/community/identity", view_func=identity.identity)
pages.add_url_rule("/community/identity", view_func=identity.save_identity, methods=["POST"])
pages.add_url_rule("/community/<text>", view_func=community.edit_text)
pages.add_url_rule("/community/<text>", view_func=community.save_text, methods=["POST"])

_PERSON = "/people/<int:person_id>"
pages.add_url_rule("/people", view_func=people.people)
pages.add_url_rule(_PERSON, view_func=people.person)
pages.add_url_rule(f"{_PERSON}/standing", view_func=people.change_standing, methods=["POST"])
pages.add_url_rule(f"{_PERSON}/role", view_func=people.give_role, methods=["POST"])
pages.add_url_rule(f"{_PERSON}/history", view_func=history.history)
pages.add_url_rule(f"{_PERSON}/history.csv", view_func=history.history_file)
pages.add_url_rule(f"{_PERSON}/notes", view_func=notes.add_note, methods=["POST"])
_NOTE = f"{_PERSON}/notes/<int:note_id>"
pages.add_url_rule(_NOTE, view_func=notes.edit_note)
pages.add_url_rule(_NOTE, view_func=notes.save_note, methods=["POST"])
pages.add_url_rule(f"{_NOTE}/delete", view_func=notes.delete_note, methods=["POST"])
pages.add_url_rule(f"{_PERSON}/tags", view_func=notes.add_tag, methods=["POST"])
pages.add_url_rule(f"{_PERSON}/tags/remove", view_func=notes.remove_tag, methods=["POST"])
pages.add_url_rule(f"{_PERSON}/merge", view_func=merging.merge_people)
pages.add_url_rule(f"{_PERSON}/merge", view_func=merging.merge_records, methods=["POST"])

pages.add_url_rule(_IMPORT, view_func=people_import.people_import)
pages.add_url_rule(_IMPORT, view_func=people_import.upload, methods=["POST"])
pages.add_url_rule(f"{_IMPORT}/<int:import_id>", view_func=people_import.imported)
pages.add_url_rule(
    f"{_IMPORT}/<int:import_id>/start", view_func=people_import.start, methods=["POST"]
)
pages.add_url_rule(
    f"{_IMPORT}/<int:import_id>/stop", view_func=people_import.stop, methods=["POST"]
)
pages.add_url_rule(f"{_IMPORT}/<int:import_id>/wrong.csv", view_func=people_import.wrong_rows)
