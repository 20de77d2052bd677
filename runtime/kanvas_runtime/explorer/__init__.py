"""`/docs`: the contracts of an app as a page, with a console for its sockets."""

from kanvas_runtime.explorer.page import routes

__all__ = ["routes"]
