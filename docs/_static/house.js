// What the pages of the theme lack for those who use a keyboard or a screen reader.

function label(selector, words) {
  document.querySelector(selector)?.setAttribute("aria-label", words);
}

// What is wider than the page scrolls: the arrow keys reach it, too.
function letKeysScroll() {
  for (const part of document.querySelectorAll("pre, .picture, .table-wrapper, math[display=block]")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

label(".sidebar-drawer", "Pages");
label(".toc-drawer", "On this page");
for (const caption of document.querySelectorAll(".caption[role=heading]")) caption.setAttribute("aria-level", "2");
letKeysScroll();
window.addEventListener("resize", letKeysScroll);
document.addEventListener("toggle", letKeysScroll, true); // what was hidden is seen
