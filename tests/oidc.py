"""A little OpenID Connect provider on the loopback: it signs what a test tells it, and remembers what it was asked."""

import base64
import hashlib
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
STRANGER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})


class Provider(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        if self.path == "/.well-known/openid-configuration":
            pages = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            self.answer({"issuer": server.url, **{name: f"{server.url}/{page}" for name, page in pages.items()}})
        elif self.path == "/keys":
            self.answer({"keys": [KEY.as_dict(private=False)]})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.tokens_asked.append(asked)
        verifier = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked.get("code") != self.server.code or challenge != self.server.challenge:
            return self.answer({"error": "invalid_grant"}, 400)
        token = jwt.encode({"alg": "RS256", "kid": "one"}, self.server.claims, self.server.key)
        return self.answer({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": token})

    def answer(self, body, status=200):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        pass


@contextmanager
def provider():
    """Yields the provider; ``agree(query, **claims)`` is what happens when the person signs in there."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    server.tokens_asked, server.claims, server.key, server.code, server.challenge = [], {}, KEY, "", ""

    def agree(query, **claims):
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        now = int(time.time())
        facts = {"iss": server.url, "aud": asked["client_id"], "sub": "7", "iat": now, "exp": now + 60}
        server.claims = facts | {"nonce": asked["nonce"]} | claims
        server.code, server.challenge = f"code-{now}", asked["code_challenge"]
        return {"code": server.code, "state": asked["state"]}

    server.agree = agree
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
