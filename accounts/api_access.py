"""Who asks the API: the account whose token is sent as ``Authorization: Bearer …``. No session, no cookie, no CSRF."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission

from . import limits, tokens
from .addresses import client_address
from .token_models import Scope

WRONG = "This token is not known, has expired or was revoked, or its account may not act any more."


class TokenAuthentication(BaseAuthentication):
    """A token that does not hold is refused, also where none is needed."""

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if not words:
            return None
        now = timezone.now()
        sent = words[1].decode("latin-1") if len(words) == 2 and words[0].lower() == b"bearer" else ""
        token = tokens.find(sent, now)
        if token is None:
            self.count_failure(request)
            raise AuthenticationFailed(WRONG)
        tokens.note_use(token, now)
        return token.user, token

    def count_failure(self, request):
        """A wrong token counts like a request of the public, so that nobody tries many."""
        used = limits.keep(request._request, limits.of_address(client_address(request)))
        if used and not used.is_within:
            raise Throttled(used.ends_in)

    def authenticate_header(self, request):
        return 'Bearer realm="OGP tracker"'


class MayReport(BasePermission):
    """A token of an account whose role reports, with the scope for it: reading needs either scope, writing the one."""

    def has_permission(self, request, view):
        if request.auth is None:
            return False
        is_reading = request.method in SAFE_METHODS
        needed = Scope.READ if is_reading else Scope.WRITE
        if not request.user.has_perm(tokens.NEEDS[needed]):
            raise PermissionDenied("The role of this account does not report.")
        if needed not in request.auth.scopes and not (is_reading and Scope.WRITE in request.auth.scopes):
            raise PermissionDenied(f"This token has not the scope “{needed}”.")
        return True
