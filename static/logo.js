// Shows the initial in the place of a logo that does not load, where a browser would show a broken frame.
for (const logo of document.querySelectorAll("img.logo")) {
  const initial = logo.nextElementSibling;
  const give_up = () => {
    if (initial) initial.hidden = false;
    logo.remove();
  };
  logo.addEventListener("error", give_up);
  // It may have failed before this ran.
  if (logo.complete) logo.decode().catch(give_up);
}
