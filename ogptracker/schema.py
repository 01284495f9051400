"""What the OpenAPI description says beyond what is read from the code."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.api_access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema):
        words = "A personal token, made on “My account”: `Authorization: Bearer ogpt_…`. Reading the record needs none."
        return {"type": "http", "scheme": "bearer", "description": words}
