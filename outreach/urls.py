"""The addresses of contacts and messages."""

from django.urls import path

from outreach import completion_views, dissatisfied_views, outbox_views, timetable_views, views, word_views

app_name = "outreach"
urlpatterns = [
    path("contacts/<int:task_pk>/script/", views.script, name="script"),
    path("contacts/<int:task_pk>/record/", views.record, name="record"),
    path("contacts/<int:task_pk>/no-answer/", views.no_answer, name="no_answer"),
    path("contacts/<int:task_pk>/take-back/", views.take_back, name="take_back"),
    path("contacts/<int:task_pk>/take/", views.take, name="take"),
    path("contacts/<int:task_pk>/hand-over/", views.hand_over, name="hand_over"),
    path("contacts/dissatisfied/", dissatisfied_views.dissatisfied, name="dissatisfied"),
    path("contacts/<int:task_pk>/answer/", dissatisfied_views.answer, name="answer"),
    path("contacts/completion/", completion_views.completion_page, name="completion"),
    path("messages/", outbox_views.outbox_page, name="outbox"),
    path("messages/<int:message_pk>/decide/", outbox_views.decide_message, name="decide_message"),
    path("timetable/", timetable_views.timetable_page, name="timetable"),
    path("timetable/<str:job>/", timetable_views.job_time, name="job_time"),
    path("timetable/<str:job>/run/", timetable_views.job_run, name="job_run"),
    path("words/", word_views.words, name="words"),
    path("words/new/", word_views.new, name="words_new"),
    path("words/<int:words_pk>/", word_views.edit, name="words_edit"),
]
