"""Pages about one's own account, below the admin's address."""

from django.contrib import admin
from django.urls import path

from . import sign_in, single_sign_on, token_views, views

app_name = "account"
own = admin.site.admin_view

urlpatterns = [
    path("", own(views.home), name="home"),
    path("sign-out-everywhere/", own(views.sign_out_everywhere), name="sign_out_everywhere"),
    path("second-factor/", own(views.second_factor_page), name="second_factor"),
    path("tokens/", own(token_views.tokens_page), name="tokens"),
    path("tokens/<int:pk>/revoke/", own(token_views.revoke), name="revoke_token"),
    path("code/", sign_in.code, name="code"),
    path("single-sign-on/", single_sign_on.begin, name="single_sign_on"),
    path("single-sign-on/done/", single_sign_on.done, name="single_sign_on_done"),
    path("forgotten/", views.reset, name="reset"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("password/<str:token>/", views.new_password, name="new_password"),
]
