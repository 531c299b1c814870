// What the judge left open, a stage at a time, beside model answers at two levels.

function item(model, { id, expects, sentence, own }, grades) {
  const set = make("fieldset", {}, make("legend", {}, expects));
  if (sentence) set.append(make("p", {}, "You said: ", make("q", {}, sentence)));
  const name = newId();
  for (const grade of grades) {
    const radio = make("input", { type: "radio", name, value: grade, checked: grade === own });
    radio.addEventListener("change", () => tell(model, { do: "assess", item: id, grade }));
    set.append(make("label", {}, radio, ` ${grade}`));
  }
  return set;
}

function answer(title, text) {
  return make("div", {}, make("b", {}, title), make("p", {}, text));
}

function render({ model, el }) {
  begin(el, "assessment");
  const head = make("h3", { tabindex: "-1" }, "Judge yourself");
  el.append(head, make("p", {}, model.get("intro")));
  for (const { title, items, answers, said } of model.get("groups")) {
    const answered = answers.map(([level, text]) => answer(`A ${level} engineer`, text));
    const columns = [answer("You", said), ...answered];
    el.append(
      make("section", { "aria-label": title },
        make("h4", {}, title),
        make("details", { open: true }, make("summary", {}, "Your answer beside model answers"),
          make("div", { class: "mlsd-answers" }, ...columns)),
        ...items.map((one) => item(model, one, model.get("grades")))),
    );
  }
  const [says, forgetSays] = status(model);
  el.append(says);
  const forget = [forgetSays, followFocus(model, () => head)];
  return () => forget.forEach((undo) => undo());
}

export default { render };
