"""What templates write is what Jinja would write: escaped once, whatever it is."""

from html import unescape

import pytest
from flask import render_template_string, url_for
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import pass_context
from markupsafe import Markup, escape

from tracker.rules.answers import Answer
from tracker.web.templating import Addresses, Texts, written


class Nothing:
    """A catalogue that has no translation."""

    def gettext(self, message):
        return message

    def ngettext(self, one, many, number):
        return one if number == 1 else many


VALUES = st.one_of(
    st.text(), st.integers(), st.floats(), st.none(), st.sampled_from(Answer)
)


@given(VALUES)
def test_a_value_is_written_as_it_would_be_escaped(value):
    text = str(written(value))
    assert unescape(text) == unescape(str(escape(value)))
    assert not set("<>\"'") & set(text)


def test_markup_is_written_as_it_is():
    assert written(Markup("<b>&amp;</b>")) == "<b>&amp;</b>"
    assert written(escape("<b>")) == "&lt;b&gt;"


@given(st.text(), st.integers())
def test_values_are_escaped_into_texts(name, number):
    texts = Texts(Nothing())
    found = texts.text("%(name)s has <b>%(number)d</b>", name=name, number=number)
    assert isinstance(found, Markup)
    assert found == Markup("%s has <b>%d</b>") % (Markup(written(name)), number)
    assert texts.plural("%(num)d law", "%(num)d laws", 1) == "1 law"
    assert texts.plural("%(num)d law", "%(num)d laws", 2) == "2 laws"


def test_a_text_keeps_its_percent_signs():
    texts = Texts(Nothing())
    assert texts.text("100%% read") == "100% read"
    assert texts.text("100%% of %(n)d", n=3) == "100% of 3"


@pytest.mark.parametrize(
    ("template", "html"),
    [
        ("{{ value }}", "&lt;i&gt;"),
        ("{{ value|safe }}", "<i>"),
        ("{% autoescape false %}{{ value }}{% endautoescape %}", "<i>"),
        ("{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(value) }}", "[&lt;i&gt;]"),
        ("{% set kept %}{{ value }}{% endset %}{{ kept }}", "&lt;i&gt;"),
        ("{{ missing }}", ""),
        ("{{ 3 + 4 }} {{ 0.5 }} {{ none }}", "7 0.5 None"),
        ("{{ value ~ 1 }}", "&lt;i&gt;1"),
        ("{{ in_context() }}", "&lt;i&gt;"),
        ("{% for x in [1] %}{{ in_context() }}{% endfor %}", "&lt;i&gt;"),
    ],
)
def test_templates_escape_once(site, template, html):
    @pass_context
    def in_context(context):
        return context["value"]

    with site.test_request_context("/about"):
        found = render_template_string(template, value="<i>", in_context=in_context)
    assert found == html


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("public.home", {}),
        ("public.country", {"iso3": "PHL"}),
        ("public.gaps", {"criterion": ["definition", "penalty"]}),
        ("feeds.atom", {"as_of": None}),
        (".gaps", {}),
    ],
)
@pytest.mark.parametrize("query", ["", "?as_of=2019-08-03"])
def test_addresses_are_those_of_url_for(site, endpoint, values, query):
    with site.test_request_context(f"/gaps{query}"):
        site.preprocess_request()
        assert Addresses().address(endpoint, **values) == url_for(endpoint, **values)
        assert Addresses().address(endpoint, **values) == url_for(endpoint, **values)
