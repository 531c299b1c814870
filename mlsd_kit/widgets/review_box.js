// Flashcards: a question, its answer, and four ratings. All text is shown as text.
const NAMES = { 1: "Again", 2: "Hard", 3: "Good", 4: "Easy" };

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function write(target, text) {
  target.replaceChildren();
  text.split("`").forEach((part, number) => {
    if (number % 2) {
      element("code", "", target).textContent = part;
    } else {
      target.append(part);
    }
  });
}

function button(label, parent, onClick) {
  const made = element("button", "mlsd-review-button", parent);
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", onClick);
  return made;
}

function render({ model, el }) {
  const box = element("section", "mlsd-review", el);
  box.setAttribute("aria-label", "Flashcards");
  // Digits and Enter would otherwise be the notebook's own shortcuts.
  box.setAttribute("data-lm-suppress-shortcuts", "true");
  const status = element("p", "mlsd-review-status", box);
  status.setAttribute("role", "status");
  const about = element("p", "mlsd-review-about", box);
  const front = element("p", "mlsd-review-front", box);
  front.tabIndex = -1;
  const show = button("Show the answer", box, () => reveal());
  show.setAttribute("aria-keyshortcuts", "Enter");
  const answer = element("div", "mlsd-review-answer", box);
  const back = element("p", "mlsd-review-back", answer);
  back.tabIndex = -1;
  const source = element("p", "mlsd-review-about", answer);
  const ratings = element("div", "mlsd-review-ratings", answer);
  ratings.setAttribute("role", "group");
  ratings.setAttribute("aria-label", "How well did you know it?");

  function reveal() {
    const had = box.contains(document.activeElement);
    show.hidden = true;
    answer.hidden = false;
    if (had) back.focus();
  }

  function rate(rating) {
    if (answer.hidden || ratings.inert) return;
    ratings.inert = true;
    model.send({ card: model.get("view").id, rating });
  }

  function update() {
    const view = model.get("view");
    const had = box.contains(document.activeElement);
    status.textContent = view.status;
    about.textContent = view.about ?? "";
    write(front, view.front ?? "");
    write(back, view.back ?? "");
    const open = Boolean(view.id);
    about.hidden = front.hidden = show.hidden = !open;
    answer.hidden = true;
    ratings.inert = false;
    source.replaceChildren("from ");
    if (view.link) {
      const link = element("a", "", source);
      link.href = view.link;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = view.source;
    } else {
      source.append(view.source ?? "");
    }
    ratings.replaceChildren();
    for (const [rating, span] of Object.entries(view.spans ?? {})) {
      const made = button("", ratings, () => rate(Number(rating)));
      element("kbd", "", made).textContent = rating;
      made.append(` ${NAMES[rating]} `);
      element("small", "", made).textContent = span;
      made.setAttribute("aria-keyshortcuts", rating);
    }
    if (had) (open ? front : box).focus();
  }

  box.tabIndex = -1;
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onControl = event.target.closest("button, a");
    if (event.key in NAMES && !answer.hidden) {
      event.preventDefault();
      rate(Number(event.key));
    } else if ((event.key === "Enter" || event.key === " ") && !onControl && !show.hidden) {
      event.preventDefault();
      reveal();
    }
  });
  model.on("change:view", update);
  update();
  return () => model.off("change:view", update);
}

export default { render };
