// A clock that ticks here, whatever the kernel is doing, and tells the kernel that we are there.

const BEAT_MS = 15_000;
const SILENT_MS = 10_000;
const SILENT =
  "The kernel does not answer, and the clock stands still. If it was restarted, run the cell " +
  "again: the interview is kept.";

function minutes(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function render({ model, el }) {
  begin(el, "clock");
  const now = make("div", { class: "mlsd-now", role: "timer", "aria-label": "Clock" });
  const list = make("ol", { class: "mlsd-stages", "aria-label": "Stages; press one to go there" });
  const silent = make("p", { class: "mlsd-silent", role: "status", hidden: true });
  const [says, forgetSays] = status(model);
  el.append(now, list, silent, says);

  const buttons = model.get("stages").map(({ id }) => {
    const button = make("button", { type: "button" }, make("span"), make("small"));
    button.addEventListener("click", () => {
      if (model.get("running")) tell(model, { do: "go", stage: id });
    });
    list.append(make("li", {}, button));
    return button;
  });
  let since = performance.now();
  let asked = null;

  function tick() {
    const running = model.get("running");
    const late = running && asked !== null && performance.now() - asked > SILENT_MS;
    silent.hidden = !late;
    write(silent, late ? SILENT : "");
    if (late) return;
    const more = running ? (performance.now() - since) / 1000 : 0;
    let left = model.get("total");
    let here = "";
    model.get("stages").forEach(({ id, title, budget, spent }, n) => {
      const current = id === model.get("stage");
      const seconds = spent + (current ? more : 0);
      left -= seconds;
      const times = `${minutes(seconds)} of ${minutes(budget)}`;
      const button = buttons[n];
      write(button.firstChild, title);
      write(button.lastChild, times);
      button.style.setProperty("--share", `${Math.min(100, (100 * seconds) / budget)}%`);
      button.classList.toggle("mlsd-over", seconds > budget);
      if (current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
      if (current) here = `${title} ${times}`;
    });
    const rest = left >= 0 ? `${minutes(left)} left` : `${minutes(left)} over time`;
    now.classList.toggle("mlsd-over", left < 0);
    write(now, `${here} · ${rest}`);
  }

  function beat() {
    if (!model.get("running")) return;
    if (asked === null) asked = performance.now();
    tell(model, { do: "beat" });
  }

  const answered = () => {
    since = performance.now();
    asked = null;
    tick();
  };
  const forget = [forgetSays, follow(model, ["answers"], answered)];
  const timers = [setInterval(tick, 500), setInterval(beat, BEAT_MS)];
  beat();
  return () => {
    timers.forEach(clearInterval);
    forget.forEach((undo) => undo());
  };
}

export default { render };
