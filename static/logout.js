"use strict";
// Goes on once every application was told; without scripts, or with a slow one, the page does so itself.
window.onload = function () {
  var next = document.getElementById("logout-next");
  if (next) {
    window.location.replace(next.href);
  }
};
