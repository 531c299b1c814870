// A sketch in lines of text, and the drawing that follows it.

const DEBOUNCE_MS = 300;

function render({ model, el }) {
  begin(el, "whiteboard");
  const ids = { text: newId(), error: newId() };
  const text = make("textarea", {
    id: ids.text, rows: "10", spellcheck: "false", "aria-describedby": ids.error,
    placeholder: model.get("example"),
  });
  const error = make("p", { id: ids.error, class: "mlsd-error", role: "status" });
  const propose = make("button", { type: "button", class: "mlsd-first" }, "Propose");
  const [says, forgetSays] = status(model);
  const help = make("details", {}, make("summary", {}, "How to draw"), make("pre", {}, model.get("help")));
  const label = make("label", { for: ids.text }, "Your design, a line for each component and flow");
  const picture = make("img", { hidden: true });
  const board = make("div", { class: "mlsd-picture", tabindex: "0", role: "region", "aria-label": "Drawing" }, picture);
  el.append(
    make("h3", {}, "Whiteboard"),
    make("div", { class: "mlsd-board" },
      make("div", {}, label, text, error, make("div", { class: "mlsd-row" }, propose), says, help),
      board),
  );
  const unsent = draft(model);
  text.value = unsent.read() || model.get("text");

  let timer = null;
  function keep() {
    clearTimeout(timer);
    timer = null;
    if (text.value === model.get("text")) return;
    model.set("text", text.value);
    model.save_changes();
  }
  text.addEventListener("input", () => {
    unsent.keep(text.value);
    clearTimeout(timer);
    timer = setTimeout(keep, DEBOUNCE_MS);
  });
  propose.addEventListener("click", () => {
    keep();
    if (!tell(model, { do: "propose", text: text.value })) model.set("says", SEND_FAILED);
  });

  keep();

  const forget = [
    forgetSays,
    follow(model, ["proposed"], () => {
      if (unsent.read() === model.get("proposed")) unsent.keep("");
    }),
    follow(model, ["picture", "description", "error"], () => {
      const drawn = model.get("picture");
      picture.hidden = !drawn;
      if (drawn) picture.src = `data:image/svg+xml;base64,${drawn}`;
      picture.alt = model.get("description");
      error.textContent = model.get("error");
      text.setAttribute("aria-invalid", String(Boolean(error.textContent)));
      board.classList.toggle("mlsd-stale", Boolean(error.textContent));
    }),
  ];
  return () => {
    keep();
    forget.forEach((undo) => undo());
  };
}

export default { render };
