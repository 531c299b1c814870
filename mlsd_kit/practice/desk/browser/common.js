// What the parts of the desk share. Whatever was typed is set as text, never as markup.

const SEND_FAILED = "The kernel is gone. Run the cell again: the interview is kept.";

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

function newId() {
  return `mlsd-${Math.random().toString(36).slice(2)}`;
}

// JupyterLab takes no key for its shortcuts that is pressed in a control so marked.
function begin(el, name) {
  el.classList.add("mlsd-desk", `mlsd-${name}`);
  el.addEventListener("focusin", ({ target }) => {
    target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
}

// What was typed and not sent is kept in this browser, under the name that the kernel gives it, as
// the kernel may end at any time. Where the browser keeps nothing, neither does this.
function draft(model) {
  const name = model.get("draft");
  const tried = (act) => {
    try {
      return name ? act() : null;
    } catch {
      return null;
    }
  };
  return {
    read: () => tried(() => localStorage.getItem(name)) ?? "",
    keep: (text) =>
      tried(() => (text.trim() ? localStorage.setItem(name, text) : localStorage.removeItem(name))),
  };
}

function follow(model, names, update) {
  const events = names.map((name) => `change:${name}`);
  for (const event of events) model.on(event, update);
  update();
  return () => events.forEach((event) => model.off(event, update));
}

function tell(model, message) {
  try {
    model.send(message);
    return true;
  } catch {
    return false;
  }
}

// Gives the focus to a control when the kernel asks for it, once it stands on the page.
function followFocus(model, control) {
  const ready = (frames) => {
    const node = control();
    if (node?.isConnected) node.focus();
    else if (frames) requestAnimationFrame(() => ready(frames - 1));
  };
  return follow(model, ["wants_focus"], () => {
    if (!model.get("wants_focus")) return;
    model.set("wants_focus", false);
    model.save_changes();
    ready(300);
  });
}

function status(model) {
  const node = make("p", { class: "mlsd-says", role: "status" });
  const show = () => {
    node.textContent = model.get("says");
    node.hidden = !node.textContent;
  };
  return [node, follow(model, ["says"], show)];
}
