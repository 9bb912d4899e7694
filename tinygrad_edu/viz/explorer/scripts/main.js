// The buttons, the keys, and the beginning.

const PACE = 1400; // milliseconds that a step stays when the page plays

const controls = Object.fromEntries(
  ["first", "back", "play", "forward", "last", "slider", "position", "smaller", "larger", "fit"].map((id) => [
    id,
    document.getElementById(id),
  ]),
);

let timer = null;

function setPlaying(playing) {
  state.playing = playing;
  clearInterval(timer);
  if (playing) {
    if (state.step === END) goTo(0);
    timer = setInterval(() => {
      if (state.step < END) goTo(state.step + 1);
      if (state.step === END) setPlaying(false);
    }, PACE);
  }
  tell("playing");
}

function showControls() {
  const { step } = state;
  controls.slider.max = END;
  controls.slider.value = step;
  controls.slider.setAttribute("aria-valuetext", `${phaseText(step)}: ${titleText(step)}`);
  controls.position.textContent = `${step + 1} / ${steps.length}`;
  for (const id of ["first", "back"]) controls[id].disabled = step === 0;
  for (const id of ["forward", "last"]) controls[id].disabled = step === END;
  if (!state.playing) document.getElementById("announcement").textContent = `${phaseText(step)}: ${titleText(step)}`;
}

function showPlaying() {
  controls.play.replaceChildren(icon(state.playing ? "pause" : "play"));
  controls.play.setAttribute("aria-label", state.playing ? "Pause" : "Play");
}

const KEYS = {
  ArrowRight: () => goTo(state.step + 1),
  ArrowLeft: () => goTo(state.step - 1),
  Home: () => goTo(0),
  End: () => goTo(END),
  " ": () => setPlaying(!state.playing),
  "/": () => search.focus(),
};

function pressed(event) {
  const { target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || !KEYS[event.key]) return;
  if (target.matches("input, textarea")) return;
  if (event.key === " " && target.closest("button, summary")) return;
  if (target.closest(".scroll") && event.key !== "/") return;
  event.preventDefault();
  KEYS[event.key]();
}

function summaryText() {
  const leaves = tensors.filter(({ kind, grad }) => kind === "parameter" && grad !== null).length;
  const reached = plural(leaves, "leaf gets a gradient", "leaves get gradients");
  return `${plural(operations.length, "operation")}, ${plural(visits.length, "step")} back, ${reached}`;
}

function begin() {
  for (const id of ["first", "back", "forward", "last", "smaller", "larger"]) controls[id].append(icon(id));
  controls.first.addEventListener("click", () => goTo(0));
  controls.back.addEventListener("click", () => goTo(state.step - 1));
  controls.forward.addEventListener("click", () => goTo(state.step + 1));
  controls.last.addEventListener("click", () => goTo(END));
  controls.play.addEventListener("click", () => setPlaying(!state.playing));
  controls.slider.addEventListener("input", () => goTo(Number(controls.slider.value)));
  controls.smaller.addEventListener("click", () => setZoom(zoom / 1.25));
  controls.larger.addEventListener("click", () => setZoom(zoom * 1.25));
  controls.fit.addEventListener("click", () => fit(false));
  search.addEventListener("input", showList);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") goToNextFound();
    if (event.key === "Escape") {
      search.value = "";
      showList();
      search.blur();
    }
  });
  document.addEventListener("keydown", pressed);
  window.addEventListener("hashchange", () => {
    readAddress();
    for (const what of ["folds", "step"]) tell(what);
  });
  window.addEventListener("resize", () => {
    fitHeadings();
    if (drawn) fit(true);
  });
  document.getElementById("summary").textContent = summaryText();

  unfoldAtFirst();
  readAddress();
  watch("step", showPanel);
  watch("step", updatePicture);
  watch("step", showList);
  watch("step", showControls);
  watch("element", refreshPanel);
  watch("folds", drawPicture);
  watch("playing", showPlaying);
  whenThereIsRoom(showAll);
}

// A page in a frame may have no size at first, nor have its boxes, which are measured; it gets one before it is seen.
// (The first size is no change of size: there need be no event `resize`.)
function whenThereIsRoom(show) {
  if (scroller.clientWidth) return show();
  const waiting = new ResizeObserver(() => {
    if (!scroller.clientWidth) return;
    waiting.disconnect();
    show();
  });
  waiting.observe(scroller);
}

function showAll() {
  drawLegend();
  showPanel();
  drawPicture();
  showList();
  showControls();
  showPlaying();
  if (/[#&]play\b/.test(location.hash) && !matchMedia("(prefers-reduced-motion: reduce)").matches) setPlaying(true);
}

begin();
