"use strict";
(function () {
  // Contents: a list that a button folds on narrow screens. Without JavaScript the list simply stays open.
  var root = document.documentElement;
  var button = document.querySelector(".contents-button");
  var list = document.getElementById("sommaire-liste");
  if (!button || !list) { return; }
  root.classList.add("js");
  button.hidden = false;
  function open(yes) { button.setAttribute("aria-expanded", yes ? "true" : "false"); }
  button.addEventListener("click", function () { open(button.getAttribute("aria-expanded") !== "true"); });
  list.addEventListener("click", function (event) { if (event.target.closest("a")) { open(false); } });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && button.getAttribute("aria-expanded") === "true") { open(false); button.focus(); }
  });
  // A link to a figure's data opens the disclosure that holds its target.
  function reveal() {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var node = target; node; node = node.parentElement) { if (node.tagName === "DETAILS") { node.open = true; } }
  }
  window.addEventListener("hashchange", reveal);
  // Paper shows the annexes that the screen folds.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.annex").forEach(function (annex) { annex.open = true; });
  });
  // A table is a stop for the keyboard and a region by name only while it scrolls sideways or down.
  function stop(box) {
    var scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    box.dataset.name = box.dataset.name || box.getAttribute("aria-label") || "Tableau";
    if (scrolls) { box.tabIndex = 0; box.setAttribute("role", "region"); box.setAttribute("aria-label", box.dataset.name); }
    else { ["tabindex", "role", "aria-label"].forEach(function (name) { box.removeAttribute(name); }); }
    box.classList.toggle("scrolls", scrolls);
  }
  var boxes = document.querySelectorAll(".scroll, .table-scroll, .cards");
  if (window.ResizeObserver) {
    var watch = new ResizeObserver(function (entries) { entries.forEach(function (entry) { stop(entry.target); }); });
    boxes.forEach(function (box) { watch.observe(box); });
  }
  reveal();
})();
