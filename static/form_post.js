"use strict";
window.onload = function () {
  HTMLFormElement.prototype.submit.call(document.forms[0]);
};
