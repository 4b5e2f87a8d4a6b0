"use strict";
(function () {
  // Search: hides the entries that do not hold every word typed. Without JavaScript the whole list is there.
  var form = document.querySelector(".site-search");
  var input = document.getElementById("recherche");
  var count = document.querySelector(".site-count");
  var entries = Array.prototype.map.call(document.querySelectorAll(".entries > li"), function (item) {
    return { item: item, key: item.getAttribute("data-k") };
  });
  if (!form || !input) { return; }
  form.hidden = false;
  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[’'-]/g, " ").replace(/œ/g, "oe");
  }
  function filter() {
    var words = plain(input.value).split(/\s+/).filter(Boolean);
    var shown = 0;
    entries.forEach(function (entry) {
      var yes = words.every(function (word) { return entry.key.indexOf(word) >= 0; });
      if (entry.item.hidden === yes) { entry.item.hidden = !yes; }
      shown += yes ? 1 : 0;
    });
    count.textContent = shown.toLocaleString("fr-FR") + (shown > 1 ? " territoires" : " territoire");
  }
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  input.addEventListener("input", filter);
  filter();
})();
