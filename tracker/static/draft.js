// Saves a form as a draft while somebody types. Everything works without it.
(function () {
  "use strict";
  var form = document.querySelector("form[data-draft]");
  if (!form || !window.fetch) return;
  var note = form.querySelector("[data-draft-state]");
  var timer = null;
  var busy = false;
  var again = false;
  function save() {
    if (busy) { again = true; return; }
    busy = true;
    var data = new FormData(form);
    data.set("action", "autosave");
    fetch(form.getAttribute("action"), { method: "POST", body: data, credentials: "same-origin" })
      .then(function (answer) { return answer.json(); })
      .then(function (kept) {
        if (kept.conflict) { note.textContent = kept.conflict; again = false; return; }
        form.elements.version.value = kept.version;
        form.setAttribute("action", kept.address);
        note.textContent = form.dataset.saved || "✓";
      })
      .catch(function () { note.textContent = "…"; })
      .finally(function () {
        busy = false;
        if (again) { again = false; save(); }
      });
  }
  form.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(save, 1500);
  });
  form.addEventListener("submit", function () { clearTimeout(timer); again = false; });
})();
