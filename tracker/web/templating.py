"""How templates are compiled, and the texts and addresses that they ask for most.

A page writes thousands of values and asks for hundreds of texts and addresses. None of
them depends on the page, so texts and addresses are found once for a process, and a
value is escaped without being wrapped.
"""

from datetime import date
from functools import lru_cache
from html import escape as escape_text
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale, get_translations
from jinja2 import FileSystemBytecodeCache
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from jinja2.runtime import Context
from markupsafe import Markup, escape

MAX_ADDRESSES = 10_000
PLAIN = {FunctionType, MethodType}


def written(value: Any) -> str:
    """`value` as HTML, for what is joined at once: nobody asks if that is Markup."""
    kind = type(value)
    if kind is str:
        return escape_text(value)
    if kind is int or kind is float:
        return str(value)
    return value if kind is Markup else escape(value)


class PageCode(CodeGenerator):
    """Compiles `{{ value }}` to `written(value)` where Jinja writes `escape(value)`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        context = frame.eval_ctx
        if context.volatile or not context.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


class PageContext(Context):
    """Calls a plain function at once: it asks for no context, as few do."""

    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        if type(__obj) not in PLAIN or hasattr(__obj, "jinja_pass_arg"):
            return super().call(__obj, *args, **kwargs)
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return __obj(*args, **kwargs)


class Texts:
    """The templates' texts in one language, each translated once."""

    def __init__(self, catalog: Any) -> None:
        self.catalog = catalog
        self.known: dict[str, Markup] = {}

    def text(self, message: str, /, **values: Any) -> Markup:
        """A text with `values` escaped into it."""
        found = self.known.get(message)
        if found is None:
            found = self.known[message] = Markup(self.catalog.gettext(message))
        return filled(found, values) if values or "%" in found else found

    def plural(self, one: str, many: str, number: int, /, **values: Any) -> Markup:
        found = self.catalog.ngettext(one, many, number)
        return filled(found, {"num": number, **values})


def filled(text: str, values: dict[str, Any]) -> Markup:
    safe = {
        name: value if type(value) is int else written(value)
        for name, value in values.items()
    }
    return Markup(str(text) % safe)


texts_of: dict[str, Texts] = {}


def texts() -> Texts:
    """Those of this reader's language."""
    language = str(get_locale())
    if language not in texts_of:
        texts_of[language] = Texts(get_translations())
    return texts_of[language]


class Addresses:
    """`url_for` of one page: where an endpoint leads depends on the page's day alone."""

    def __init__(self) -> None:
        self.root, self.blueprint = request.script_root, request.blueprint
        self.day = g.ask.given if "ask" in g and "failed" not in g else None

    def address(self, endpoint: str, /, **values: Any) -> str:
        if endpoint.startswith("."):
            endpoint = f"{self.blueprint}{endpoint}"
        try:
            return build(self.root, self.day, endpoint, *values.items())
        except TypeError:  # a list among the values
            return url_for(endpoint, **values)


@lru_cache(MAX_ADDRESSES)
def build(_root: str, _day: date | None, endpoint: str, *values: Any) -> str:
    return url_for(endpoint, **dict(values))


def init_app(app: Flask) -> None:
    environment: Any = app.jinja_env
    environment.code_generator_class = PageCode
    environment.context_class = PageContext
    environment.written = written
    if folder := app.config["TEMPLATE_CACHE"]:  # what this code makes of them
        path = Path(folder, app.extensions["package_version"])
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        environment.bytecode_cache = FileSystemBytecodeCache(str(path))

    def quick() -> dict[str, Any]:
        known = texts()
        return {
            "_": known.text,
            "ngettext": known.plural,
            "url_for": Addresses().address,
        }

    app.context_processor(quick)
