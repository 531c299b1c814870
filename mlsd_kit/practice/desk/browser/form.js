// A few fields and buttons: Enter in a field presses the first button.

function control({ kind, options, value, ...more }, id) {
  if (kind === "select") {
    const node = make("select", { id });
    for (const [name, label] of options) node.append(make("option", { value: name }, label));
    node.value = value ?? options[0]?.[0] ?? "";
    return node;
  }
  const { rows, min, max, step, placeholder } = more;
  const node =
    kind === "area"
      ? make("textarea", { id, rows: rows ?? 3, placeholder })
      : make("input", { id, type: kind, min, max, step, placeholder, autocomplete: "off" });
  node.value = value ?? "";
  return node;
}

function render({ model, el }) {
  begin(el, "form");
  const form = make("div", { role: "group", "aria-label": model.get("heading") || null });
  const controls = {};
  const unsent = draft(model);
  for (const field of model.get("fields")) {
    const id = newId();
    const node = control(field, id);
    controls[field.name] = node;
    if (field.clears) {
      node.value = unsent.read() || node.value;
      node.addEventListener("input", () => unsent.keep(node.value));
    }
    const hint = make("small", { id: `${id}-hint` });
    node.setAttribute("aria-describedby", hint.id);
    const show = () => {
      const chosen = field.hint_by ? field.hints[controls[field.hint_by].value] : field.hint;
      hint.textContent = chosen ?? "";
    };
    show();
    controls[field.hint_by]?.addEventListener("change", show);
    form.append(make("div", { class: "mlsd-field" }, make("label", { for: id }, field.label), node, hint));
  }

  function press(name) {
    if (model.get("busy")) return;
    const values = Object.entries(controls).map(([key, node]) => [key, node.value]);
    if (!tell(model, { do: name, ...Object.fromEntries(values) })) model.set("says", SEND_FAILED);
  }

  const row = make("div", { class: "mlsd-row" });
  model.get("buttons").forEach(({ name, label, confirm }, n) => {
    const button = make("button", { type: "button", class: n === 0 && "mlsd-first" }, label);
    row.append(button);
    if (!confirm) {
      button.addEventListener("click", () => press(name));
      return;
    }
    const yes = make("button", { type: "button" }, `Yes, ${label.toLowerCase()}`);
    const no = make("button", { type: "button" }, "No, go on");
    const question = make("span", { role: "group", "aria-label": confirm, hidden: true });
    question.append(make("span", { role: "alert" }), " ", yes, " ", no);
    const ask = (asking) => {
      question.hidden = !asking;
      button.hidden = asking;
      question.firstChild.textContent = asking ? confirm : "";
      (asking ? no : button).focus();
    };
    button.addEventListener("click", () => ask(true));
    no.addEventListener("click", () => ask(false));
    yes.addEventListener("click", () => press(name));
    question.addEventListener("keydown", (event) => event.key === "Escape" && ask(false));
    row.append(question);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    press(model.get("buttons")[0].name);
  });
  const [says, forgetSays] = status(model);
  const list = make("ul", { class: "mlsd-listed" });
  form.append(row, says, list);
  const heading = model.get("heading");
  let taken = model.get("taken");
  el.append(...(heading ? [make("h3", {}, heading)] : []), form);

  const forget = [
    forgetSays,
    follow(model, ["listed"], () => {
      list.replaceChildren(...model.get("listed").map((text) => make("li", {}, text)));
      list.hidden = !list.firstChild;
    }),
    follow(model, ["busy"], () => {
      row.querySelectorAll("button").forEach((button) =>
        button.setAttribute("aria-disabled", String(model.get("busy"))));
      form.setAttribute("aria-busy", String(model.get("busy")));
    }),
    follow(model, ["taken"], () => {
      if (model.get("taken") === taken) return;
      taken = model.get("taken");
      unsent.keep("");
      for (const { name, clears } of model.get("fields")) if (clears) controls[name].value = "";
    }),
    followFocus(model, () => form.querySelector("select, input, textarea, button")),
  ];
  return () => forget.forEach((undo) => undo());
}

export default { render };
