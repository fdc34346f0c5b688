"use strict";
// Fetches the page again and puts its <main> in the place of this one. No markup is built from text here.
(function () {
  var EVERY = 15, PATIENCE = 10;
  var live = document.getElementById("live"), lost = document.getElementById("lost");
  var root = document.documentElement;
  var timer = 0, asking = null, last = Date.now(), why = "";
  var opened = {}; // details that the reader has opened (true) or closed (false)

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function seconds() {
    return Math.round((Date.now() - last) / 1000);
  }

  function duration(s) {
    if (s < 120) return s + " s";
    if (s < 7200) return Math.floor(s / 60) + " min";
    return Math.floor(s / 3600) + " h";
  }

  function show(state) {
    root.dataset.live = state;
    lost.hidden = state !== "lost";
    if (state === "lost")
      say(lost, "Connection lost: " + why + ". What is below is at least " + duration(seconds()) + " old.");
    else
      say(lost, "");
  }

  function main() {
    return document.getElementById("main");
  }

  function selecting() {
    var selection = document.getSelection();
    return selection && !selection.isCollapsed && main().contains(selection.anchorNode);
  }

  // Where the reader is stays: what is open, what has the focus.
  function replace(page) {
    var fresh = page.getElementById("main"), old = main();
    var focus = old.contains(document.activeElement) ? document.activeElement : null;
    var path = focus && (focus.id || focus.parentNode.id);
    var said = old.dataset.say;
    if (fresh.dataset.build !== old.dataset.build) {
      location.reload();
      return;
    }
    fresh = document.adoptNode(fresh);
    Object.keys(opened).forEach(function (id) {
      var details = fresh.querySelector("details[id='" + id + "']");
      if (details) details.open = opened[id];
    });
    old.replaceWith(fresh);
    document.title = page.title;
    document.getElementById("icon").href = page.getElementById("icon").getAttribute("href");
    if (path && document.getElementById(path)) {
      var target = document.getElementById(path);
      (target.localName === "details" ? target.firstElementChild : target).focus({ preventScroll: true });
    }
    if (fresh.dataset.say !== said) say(live, "State: " + fresh.dataset.say);
  }

  function take(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    if (!page.getElementById("main") || !page.getElementById("icon")) throw new Error("the answer is no dashboard");
    last = Date.now();
    show("on");
    if (!selecting()) replace(page);
  }

  function ask() {
    clearTimeout(timer);
    if (asking || document.hidden) return;
    var patience = setTimeout(function () { asking.abort(); }, PATIENCE * 1000);
    asking = new AbortController();
    fetch(location.pathname + location.search, {
      cache: "no-store", credentials: "same-origin", signal: asking.signal
    }).then(function (answer) {
      if (!answer.ok && answer.status !== 503) throw new Error("the server says " + answer.status);
      return answer.text();
    }).then(take).catch(function (error) {
      why = error.name === "AbortError" ? "no answer within " + PATIENCE + " s"
        : error.name === "TypeError" ? "the server cannot be reached" : error.message;
      if (!document.hidden) show("lost");
    }).then(function () {
      clearTimeout(patience);
      asking = null;
      timer = setTimeout(ask, EVERY * 1000);
    });
  }

  document.addEventListener("visibilitychange", function () {
    if (document.hidden) {
      clearTimeout(timer);
      show("paused");
    } else {
      ask();
    }
  });

  // The event toggle does not tell who did it; a click, which a key on it is too, does.
  document.addEventListener("click", function (event) {
    var summary = event.target.closest && event.target.closest("summary");
    if (summary) opened[summary.parentNode.id] = !summary.parentNode.open;
  });

  setInterval(function () {
    if (root.dataset.live === "lost") show("lost");
  }, 5000);

  show("on");
  timer = setTimeout(ask, EVERY * 1000);
})();
