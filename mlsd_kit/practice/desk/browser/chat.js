// The conversation, and one field for questions and answers.

function line({ who, text, kind }) {
  const said = make("span", { class: "mlsd-said" }, text);
  return make("div", { class: `mlsd-line mlsd-${kind}` }, who && make("b", {}, who), said);
}

function render({ model, el }) {
  begin(el, "chat");
  const log = make("div", {
    class: "mlsd-log", role: "log", "aria-live": "polite", tabindex: "0",
    "aria-label": "Conversation with the interviewer",
  });
  const field = make("textarea", {
    rows: "3", "aria-label": "Your question or answer", enterkeyhint: "send",
    placeholder: "Ask or answer. Enter sends, Shift+Enter begins a new line.",
  });
  const send = make("button", { type: "button", class: "mlsd-first" }, "Send");
  const [says, forgetSays] = status(model);
  const row = make("div", { class: "mlsd-row" }, field, send);
  el.append(log, says, row);

  const unsent = draft(model);
  field.value = unsent.read();
  let shown = [];
  let sent = model.get("heard");
  const waiting = new Map();

  // A text counts as sent when it was answered.
  function keep() {
    const texts = [...waiting.values()].map(({ text }) => text);
    unsent.keep([...texts, field.value].filter(Boolean).join("\n"));
  }

  function show() {
    const lines = model.get("lines");
    const same = (was, n) => was.text === lines[n]?.text && was.kind === lines[n].kind;
    if (!shown.every(same)) {
      log.querySelectorAll(".mlsd-line:not(.mlsd-waiting)").forEach((node) => node.remove());
      shown = [];
    }
    for (const [number, { node }] of waiting) {
      if (number > model.get("heard")) continue;
      node.remove();
      waiting.delete(number);
      keep();
    }
    const first = log.querySelector(".mlsd-waiting");
    for (const next of lines.slice(shown.length)) log.insertBefore(line(next), first);
    shown = lines;
    log.scrollTop = log.scrollHeight;
  }

  function submit() {
    const text = field.value;
    if (!text.trim()) return;
    if (!tell(model, { do: "send", text, number: sent + 1 })) {
      says.hidden = false;
      says.textContent = SEND_FAILED;
      return;
    }
    sent += 1;
    const node = line({ who: "You", text, kind: "you" });
    node.classList.add("mlsd-waiting");
    waiting.set(sent, { node, text });
    log.append(node);
    log.scrollTop = log.scrollHeight;
    field.value = "";
    keep();
  }

  send.addEventListener("click", () => {
    submit();
    field.focus();
  });
  field.addEventListener("input", keep);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  const forget = [
    forgetSays, follow(model, ["lines", "heard"], show), followFocus(model, () => field),
    follow(model, ["answering"], () => {
      row.hidden = !model.get("answering");
      if (row.hidden) unsent.keep("");
    }),
  ];
  requestAnimationFrame(() => (log.scrollTop = log.scrollHeight));
  return () => forget.forEach((undo) => undo());
}

export default { render };
