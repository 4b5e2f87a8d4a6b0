/* Reads a map aloud: pointing at an area, or walking with the arrow keys, shows its name and published value.
   Nothing here is needed to read the page: without it every area keeps its <title> and every map its table. */
(function () {
  "use strict";
  document.querySelectorAll(".fig-drawing[data-walk]").forEach(function (box) {
    var areas = Array.prototype.slice.call(box.querySelectorAll("g.a > path"));
    if (!areas.length || box.dataset.ready) { return; }
    box.dataset.ready = "1";
    var names = areas.map(function (area) {
      var title = area.querySelector("title");
      var name = title ? title.textContent : "";
      if (title) { title.remove(); }
      return name;
    });
    var order = names.map(function (_, i) { return i; });
    order.sort(function (a, b) { return names[a].localeCompare(names[b], "fr"); });
    var readout = document.createElement("output");
    readout.className = "map-readout";
    readout.setAttribute("aria-live", "polite");
    var hint = document.createElement("span");
    hint.className = "hint";
    hint.id = "conseil-" + (box.closest("figure") || box).id + "-" + areas.length;
    hint.textContent = "Pointez une zone, choisissez-la dans la liste, ou parcourez la carte avec les flèches du clavier.";
    // A plain list of names: every screen reader, voice control and phone knows how to use it.
    var choice = document.createElement("label");
    choice.className = "map-choice";
    choice.appendChild(document.createTextNode(box.dataset.walk.charAt(0).toUpperCase() + box.dataset.walk.slice(1) + "\u00a0:"));
    var list = document.createElement("select");
    list.appendChild(new Option("Choisir…", ""));
    order.forEach(function (index) { list.appendChild(new Option(names[index].split("\u00a0: ")[0].split(" (")[0], String(index))); });
    list.addEventListener("change", function () { if (list.value !== "") { place = order.indexOf(Number(list.value)); show(Number(list.value)); } });
    choice.appendChild(list);
    box.appendChild(hint);
    box.appendChild(choice);
    box.appendChild(readout);
    box.tabIndex = 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Carte à parcourir\u00a0: " + areas.length + " zones (" + box.dataset.walk + ")");
    box.setAttribute("aria-describedby", hint.id);
    var place = -1;
    var current = null;
    function show(index) {
      if (current) { current.classList.remove("current"); }
      current = areas[index];
      current.classList.add("current");
      current.parentNode.appendChild(current);
      readout.textContent = names[index];
    }
    areas.forEach(function (area, index) {
      area.addEventListener("pointerenter", function () { place = order.indexOf(index); show(index); });
    });
    box.addEventListener("keydown", function (event) {
      if (event.target !== box) { return; }
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Home") { place = 0; }
      else if (event.key === "End") { place = order.length - 1; }
      else if (step) { place = (place < 0 && step < 0) ? order.length - 1 : (place + step + order.length) % order.length; }
      else { return; }
      event.preventDefault();
      show(order[place]);
    });
  });
})();
