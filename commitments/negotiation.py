"""In which form an answer of the API is asked for."""

from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation


class Negotiation(DefaultContentNegotiation):
    """By the Accept header, or by ``?format=``, where one that is not known is an error of that parameter."""

    def select_renderer(self, request, renderers, format_suffix=None):
        asked = request.query_params.get("format")
        if asked and not format_suffix and asked not in (renderer.format for renderer in renderers):
            known = ", ".join(renderer.format for renderer in renderers)
            raise ValidationError({"format": [f"There is no such format here. Known are: {known}."]})
        return super().select_renderer(request, renderers, format_suffix)
