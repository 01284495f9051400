"""A header that Django does not set by itself."""

# What a browser might offer to pages and no page here asks for.
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def permissions_policy(get_response):
    """Middleware: tells browsers to refuse these to our pages, whatever gets into them."""

    def middleware(request):
        response = get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    return middleware
