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
  reveal();
})();
