(function () {
  "use strict";
  document.querySelectorAll(".symsim .stepper").forEach(function (box) {
    var cells = Array.from(box.querySelectorAll("td[data-step]"));
    var versions = Array.from(box.querySelectorAll("[data-from]"));
    var frames = Array.from(box.querySelectorAll("ol.frames li"));
    var count = box.querySelector(".count");
    var last = frames.length - 1;
    var buttons = {};
    box.querySelectorAll("button[data-go]").forEach(function (button) {
      buttons[button.dataset.go] = button;
      button.addEventListener("click", function () { go(wanted(button.dataset.go), true); });
    });
    var now = last;
    function wanted(word) {
      return { first: 0, back: now - 1, next: now + 1, last: last }[word];
    }
    function go(step, write) {
      now = Math.max(0, Math.min(last, step));
      cells.forEach(function (cell) {
        var at = Number(cell.dataset.step);
        cell.classList.toggle("waiting", at > now);
        cell.classList.toggle("current", at === now && at > 0);
      });
      versions.forEach(function (version) {
        var from = Number(version.dataset.from), until = Number(version.dataset.until || Infinity);
        version.hidden = now < from || now >= until;
        if (!version.hidden) { version.parentNode.classList.toggle("current", from === now && now > 0); }
      });
      frames.forEach(function (frame, k) { frame.classList.toggle("now", k === now); });
      count.textContent = now + " of " + last;
      buttons.first.disabled = buttons.back.disabled = now === 0;
      buttons.last.disabled = buttons.next.disabled = now === last;
      if (write) { history.replaceState(null, "", "#step-" + now); }
    }
    function follow() {
      var found = /^#step-(\d+)$/.exec(location.hash);
      if (found) { go(Number(found[1]), false); box.scrollIntoView({ block: "nearest" }); }
      return Boolean(found);
    }
    box.addEventListener("keydown", function (event) {
      var word = { ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last" }[event.key];
      if (word) { go(wanted(word), true); event.preventDefault(); }
    });
    box.classList.add("live");
    if (!follow()) { go(0, false); }
    window.addEventListener("hashchange", follow);
  });
})();
