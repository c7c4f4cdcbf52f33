"use strict";
window.onload = () => HTMLFormElement.prototype.submit.call(document.forms[0]);
