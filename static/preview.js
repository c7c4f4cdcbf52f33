// Lets the preview of the sign-in page follow what is typed into the form beside it. Without scripts there is a button.
const field = (id) => document.getElementById(id);
const sheet = field("preview-sheet");
const logo = field("preview-logo");
const stored = logo?.src;

function follow() {
  field("preview-name").textContent = field("branding-name").value.trim() || "Keystead";
  field("preview-sentence").textContent = field("branding-sentence").value.trim();
  const typed = field("branding-accent").value.trim().toLowerCase().replace(/^#/, "") || "14655a";
  if (/^[0-9a-f]{6}$/.test(typed)) {
    const next = sheet.getAttribute("href").replace(/preview-[0-9a-f]{6}/, `preview-${typed}`);
    if (next !== sheet.getAttribute("href")) sheet.setAttribute("href", next);
  }
}

function show_logo() {
  const file = field("branding-logo").files[0];
  if (field("branding-logo-remove")?.checked) {
    logo.src = logo.dataset.usual;
  } else if (!file) {
    logo.src = stored;
  } else {
    const reader = new FileReader();
    reader.addEventListener("load", () => (logo.src = reader.result));
    reader.readAsDataURL(file);
  }
}

const form = field("save")?.form;
if (form && sheet) {
  form.addEventListener("input", follow);
  form.addEventListener("change", show_logo);
  field("preview-button").remove();
}
