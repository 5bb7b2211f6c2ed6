"""Propose: open a country and a question, write, see what follows, send."""

from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import Forbidden as ForbiddenPage
from werkzeug.exceptions import NotFound

from tracker.actions import proposals
from tracker.actions.proposals import (
    Conflict,
    NeedsWords,
    Refused,
    Target,
    Typed,
    applied,
    base_changes,
    law_change_problems,
    stored,
)
from tracker.extensions import db
from tracker.rules import changes
from tracker.rules.answers import Derived, derive
from tracker.rules.changes import Data, Difference
from tracker.rules.codebook import Criterion
from tracker.rules.permissions import Permission
from tracker.store import grid
from tracker.store.contributions import Proposal, Scope, Stage
from tracker.store.proposals import proposals_of, steps
from tracker.web import proposal_forms as pf
from tracker.web.access import actor, now
from tracker.web.ask import ask
from tracker.web.finding import find_country, find_criterion

bp = Blueprint("propose", __name__)


@dataclass
class Desk:
    """What a form is drawn from: the target, its base, and the file around it."""

    target: Target
    base: Any
    document: Data
    second_reading: int | None = None

    @property
    def criterion(self) -> Criterion | None:
        key = self.target.criterion
        return find_criterion(key) if key else None

    def form(self, typed: MultiDict[str, str] | None) -> Any:
        """The form, with one more row to fill wherever rows can be added."""
        criterion = self.criterion
        if criterion:
            kind: Any = pf.reading_form(criterion)
            found = pf.draw(kind, typed, pf.reading_data(criterion, self.base))
        elif self.target.scope is Scope.BILLS:
            found = pf.draw(pf.BillsForm, typed, pf.bills_data(self.base))
        else:
            found = pf.draw(pf.LeadsForm, typed, {"leads": "\n".join(self.base)})
        if "laws" in found:
            for name in ("laws", "new_provisions", "new_sources", "bills", "earlier"):
                if name in found:
                    add_blank(found[name])
            pf.set_choices(found, self.document)
        if self.second_reading:
            del found.reason
            del found.comment
        return found

    def change(self, form: Any) -> Data:
        if self.criterion:
            return pf.reading_change(form, self.criterion, self.base, self.document)
        if self.target.scope is Scope.BILLS:
            return pf.bills_change(form, self.document)
        return pf.leads_change(form)

    def typed(self, pairs: pf.Pairs) -> tuple[Typed, Any]:
        """What was typed, and its change where every field can be read."""
        form = self.form(pf.from_pairs(pairs))
        content = self.change(form) if form.validate() else None
        has_reason = "reason" in form
        return Typed(
            form=pairs,
            content=content,
            reason=pf.reason_of(form) if has_reason else None,
            comment=form.comment.data or "" if has_reason else "",
        ), form


def add_blank(rows: Any) -> None:
    full = len(rows) >= (rows.max_entries or 0)
    if not full and (not len(rows) or not rows[-1].form.is_blank):
        rows.append_entry()


def target_of(iso3: str, what: str) -> Target:
    country = find_country(iso3)
    if what in (Scope.BILLS, Scope.LEADS):
        return Target(country.iso3, Scope(what))
    return Target(country.iso3, Scope.READING, find_criterion(what).key)


def desk_for(target: Target, base: Any = None) -> Desk:
    """A proposal's desk. Without a base of its own it starts from what stands."""
    document = stored(db.session, target.iso3) or changes.blank(
        target.iso3, now().date().isoformat()
    )
    if base is None:
        base = changes.part_of(document, target.scope.value, target.criterion)
    return Desk(target, base, document)


def desk_of(proposal: Proposal) -> Desk:
    return desk_for(proposals.target_of(proposal), proposal.base)


@bp.route("/proposals")
def mine() -> str:
    """One's own proposals and drafts, the latest first."""
    found = proposals_of(db.session, actor().id or 0)
    return render_template("propose/mine.html", proposals=found, Stage=Stage)


@bp.route("/propose")
def choose() -> str | Response:
    """Choose a country to propose something for."""
    iso3 = request.args.get("country")
    if iso3:
        where = url_for(".country", iso3=find_country(iso3).iso3)
        return redirect(where)  # type: ignore[return-value]
    return render_template(
        "propose/choose.html", countries=grid.read_countries(db.session)
    )


@bp.route("/propose/<iso3:iso3>")
def country(iso3: str) -> str:
    """What can be proposed for a country: each question, its bills, its leads."""
    found = find_country(iso3)
    cells = grid.read_grid(db.session, ask().codebook, ask().newest, [found])
    return render_template(
        "propose/country.html",
        country=found,
        cells=cells.across(found),
        leads=(stored(db.session, found.iso3) or {}).get("leads", []),
    )


@bp.route("/propose/<iso3:iso3>/<what>", methods=["GET", "POST"])
def new(iso3: str, what: str) -> Any:
    """A new proposal for one question of a country, its bills or its leads."""
    target = target_of(iso3, what)
    desk = desk_for(target)
    if request.method == "GET":
        begun = live_draft(target)
        if begun and "again" not in request.args:
            return redirect(url_for(".edit", number=begun.id))
        return show_form(desk, desk.form(None))
    typed, _form = desk.typed(pf.to_pairs(request.form))
    proposal = proposals.save_draft(db.session, actor(), target, typed, now=now())
    return after_saving(proposal)


def live_draft(target: Target) -> Proposal | None:
    """What this person has begun on the same thing."""
    for proposal in proposals_of(db.session, actor().id or 0):
        if proposals.target_of(proposal) == target and proposal.stage in proposals.MINE:
            return proposal
    return None


def after_saving(proposal: Proposal) -> Any:
    """Where to go on: the preview, the form with its faults, or nowhere."""
    wanted = request.form.get("action")
    edit_at = url_for("propose.edit", number=proposal.id)
    if wanted == "autosave":
        return jsonify(version=proposal.version, address=edit_at)
    if wanted == "preview":
        if proposal.content is None:
            return redirect(f"{edit_at}?check=1#main")
        return redirect(url_for("propose.proposal", number=proposal.id))
    flash(_("Your draft is saved. It stays here when you close the browser."))
    return redirect(edit_at)


def own(number: int) -> Proposal:
    """One's own proposal, not a part of a second reading."""
    found = proposals.own_proposal(db.session, actor(), number)
    if found.second_reading_id:
        raise NotFound(_("That is part of a second reading."))
    return found


@bp.route("/proposals/<int:number>/edit", methods=["GET", "POST"])
def edit(number: int) -> Any:
    """Go on writing: everything typed before is there."""
    proposal = own(number)
    if proposal.scope is Scope.FILE:
        return redirect(url_for(".proposal", number=number))
    desk = desk_of(proposal)
    if request.method == "GET":
        form = desk.form(pf.from_pairs(proposal.form))
        if "check" in request.args:
            form.validate()
        return show_form(desk, form, proposal)
    typed, form = desk.typed(pf.to_pairs(request.form))
    try:
        saved = proposals.save_draft(
            db.session,
            actor(),
            desk.target,
            typed,
            number=number,
            version=request.form.get("version", 0, int),
            now=now(),
        )
    except Conflict as conflict:
        if request.form.get("action") == "autosave":
            return jsonify(conflict=str(conflict)), 409
        proposal = proposals.find_proposal(db.session, number)
        return show_form(desk, form, proposal, conflict), 409
    return after_saving(saved)


def show_form(
    desk: Desk,
    form: Any,
    proposal: Proposal | None = None,
    conflict: Conflict | None = None,
) -> str:
    names = {
        Scope.READING: "propose/reading.html",
        Scope.BILLS: "propose/bills.html",
        Scope.LEADS: "propose/leads.html",
    }
    is_over = proposal is not None and proposal.stage not in proposals.LIVE
    return render_template(
        names[desk.target.scope],
        desk=desk,
        country=find_country(desk.target.iso3),
        criterion=desk.criterion,
        form=form,
        proposal=None if is_over else proposal,
        conflict=conflict,
        moved=base_changes(db.session, proposal) if proposal and not is_over else [],
        steps=steps(db.session, f"proposal/{proposal.id}") if proposal else [],
    )


@dataclass
class Outlook:
    """What a proposal would change: fields, answers, and what forbids it."""

    rows: list[Difference]
    answers: list[tuple[Criterion, Derived, Derived]]
    problems: list[str]
    provisions: list[Data]
    sources: list[Data]
    moved: list[Difference]


def outlook(proposal: Proposal) -> Outlook:
    """Old and new side by side, from the proposal's own base."""
    scope, key = proposal.scope, proposal.criterion_key
    document = stored(db.session, proposal.country_iso3)
    day, problems = now().date().isoformat(), []
    new: Data | None = None
    content = proposal.content
    if content is None:
        problems.append(_("The form is not complete: go back and mend what is marked."))
    else:
        target = proposals.target_of(proposal)
        try:
            new = changes.apply(
                document, target.iso3, day, scope.value, key, content, ask().codebook
            )
            applied(document, target, content, ask().codebook, day)
        except Refused as refused:
            problems += [problem_words(p) for p in refused.problems]
        except changes.KeyTaken as taken:
            problems.append(_("The key %(key)s was taken meanwhile.", key=str(taken)))
        found = law_change_problems(proposal.base, content, proposal.reason)
        problems += [problem_words(p) for p in found]
    part = changes.part_of(new, scope.value, key) if new else proposal.base
    added = {
        name: content[name]
        for name in changes.EVIDENCE
        if content and scope is not Scope.FILE and content.get(name)
    }
    old_shown, new_shown = proposal.base, part
    if added:
        old_shown, new_shown = {"": proposal.base}, {"": part, "added": added}
    show = changes.changes if scope is Scope.FILE else changes.compare
    return Outlook(
        rows=show(old_shown, new_shown),
        answers=answers(document if scope is Scope.FILE else None, proposal, new),
        problems=problems,
        provisions=cited(part, new or document, "provisions"),
        sources=cited(part, new or document, "sources"),
        moved=base_changes(db.session, proposal)
        if proposal.stage in proposals.LIVE
        else [],
    )


def answers(
    document: Data | None, proposal: Proposal, new: Data | None
) -> list[tuple[Criterion, Derived, Derived]]:
    """The derived answers before and after, of what the proposal touches."""
    if proposal.scope is Scope.READING:
        before = {proposal.criterion_key: proposal.base["reading"]}
    elif proposal.scope is Scope.FILE:
        before = (document or {}).get("readings", {})
    else:
        return []
    after = (new or {}).get("readings", before)
    found = []
    for criterion in ask().codebook.criteria:
        one, two = before.get(criterion.key), after.get(criterion.key)
        is_asked = criterion.key == proposal.criterion_key
        if is_asked or (proposal.scope is Scope.FILE and one != two):
            old = derive(criterion, changes.states(one))
            found.append((criterion, old, derive(criterion, changes.states(two))))
    return found


def cited(part: Any, document: Data | None, section: str) -> list[Data]:
    """The articles or sources that the new state rests on, to be opened and read."""
    known = {item["key"]: item for item in (document or {}).get(section, ())}
    keys: dict[str, None] = {}

    def gather(data: Any) -> None:
        if isinstance(data, dict):
            for name, value in data.items():
                if name == section and all(isinstance(k, str) for k in value):
                    keys.update(dict.fromkeys(value))
                else:
                    gather(value)
        elif isinstance(data, list):
            for item in data:
                gather(item)

    gather(part)
    return [known[key] for key in keys if key in known]


def problem_words(problem: Any) -> str:
    """A broken rule with the place where a person would look for it."""
    parts = [part for part in problem.key.split(".") if part not in {"elements"}]
    return f"{' › '.join(parts)}: {problem.message}" if parts else problem.message


def may_see(proposal: Proposal) -> bool:
    who = actor()
    return proposal.author_id == who.id or who.may(Permission.REVIEW)


@bp.route("/proposals/<int:number>")
def proposal(number: int) -> str:
    """One proposal: what it changes, answers before and after, what became of it."""
    found = proposals.find_proposal(db.session, number)
    if found.second_reading_id:
        raise NotFound(_("That is part of a second reading."))
    if not may_see(found):
        raise ForbiddenPage(_("Only its author and reviewers see a proposal."))
    return show_proposal(found)


def show_proposal(
    found: Proposal, conflict: Exception | None = None, wrong: str = ""
) -> str:
    return render_template(
        "propose/proposal.html",
        proposal=found,
        country=find_country(found.country_iso3),
        outlook=outlook(found),
        steps=steps(db.session, f"proposal/{found.id}"),
        is_mine=found.author_id == actor().id,
        is_live=found.stage in proposals.LIVE,
        may_send=found.stage in proposals.MINE,
        conflict=conflict,
        wrong=wrong,
        Scope=Scope,
    )


@bp.route("/proposals/<int:number>/send", methods=["POST"])
def send(number: int) -> Any:
    """Send a proposal to the reviewers."""
    version = request.form.get("version", 0, int)
    try:
        proposals.send(db.session, actor(), number, version, ask().codebook, now=now())
    except Conflict as conflict:
        return show_proposal(own(number), conflict), 409
    except (Refused, NeedsWords) as refused:
        return show_proposal(own(number), wrong=str(refused)), 422
    flash(_("Sent. A reviewer who is not you decides on it."))
    return redirect(url_for(".proposal", number=number))


@bp.route("/proposals/<int:number>/withdraw", methods=["POST"])
def withdraw(number: int) -> Any:
    """Take a proposal back."""
    version = request.form.get("version", 0, int)
    try:
        proposals.withdraw(db.session, actor(), number, version, now=now())
    except Conflict as conflict:
        return show_proposal(own(number), conflict), 409
    flash(_("Withdrawn."))
    return redirect(url_for(".proposal", number=number))


@bp.route("/proposals/<int:number>/start-again", methods=["POST"])
def start_again(number: int) -> Any:
    """Go on from what stands now."""
    version = request.form.get("version", 0, int)
    try:
        found = proposals.start_again(db.session, actor(), number, version, now=now())
    except Conflict as conflict:
        return show_proposal(own(number), conflict), 409
    if found.scope is Scope.FILE:
        return redirect(url_for(".proposal", number=number))
    flash(_("It now starts from what stands. Look it through, and preview it again."))
    return redirect(url_for(".edit", number=number))


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
