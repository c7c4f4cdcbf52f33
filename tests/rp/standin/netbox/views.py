"""What the tests look at: who is signed in, and why a sign-in failed."""

from django.conf import settings
from django.contrib.auth import logout as drop_session
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.html import escape


class TellFailures:
    """Answers an exception as JSON, where NetBox shows an error page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return JsonResponse({"error": type(exception).__name__, "message": str(exception)}, status=500)


def home(request):
    """The account behind the session, as JSON."""
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"username": None})
    return JsonResponse(
        {
            "id": user.pk,
            "username": user.username,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "is_superuser": user.is_superuser,
            "is_staff": user.is_staff,
            "groups": sorted(group.name for group in user.groups.all()),
            "uids": [link.uid for link in user.social_auth.all()],
            "id_tokens": [link.extra_data.get("id_token") for link in user.social_auth.all()],
        }
    )


def login(request):
    """A sign-in button; a form, because newer versions of the library take only POST."""
    target = escape(request.GET.get("next", "/"))
    return HttpResponse(
        "<!doctype html><title>NetBox</title>"
        '<form method="post" action="/oauth/login/oidc/">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
        f'<input type="hidden" name="next" value="{target}">'
        '<button id="sso">Keystead</button></form>'
    )


def logout(request):
    """Drops the session and goes where LOGOUT_REDIRECT_URL says."""
    drop_session(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)
