// What is pressed under a message. draw(name): makes a drawing from the sprite of the page.

export function makeParts(draw) {
  function action(label, icon, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "action";
    const words = document.createElement("span");
    words.textContent = label;
    button.append(draw(icon), words);
    button.addEventListener("click", () => act(button));
    return button;
  }

  function link(label, icon, href) {
    const made = document.createElement("a");
    made.className = "action";
    made.href = href;
    const words = document.createElement("span");
    words.textContent = label;
    made.append(draw(icon), words);
    return made;
  }

  function menu(label, icon, items) {
    const made = document.createElement("details");
    made.className = icon === "ellipsis" ? "menu menu--more" : "menu";
    const summary = document.createElement("summary");
    summary.className = "action";
    const words = document.createElement("span");
    words.textContent = label;
    summary.append(draw(icon), words);
    const list = document.createElement("ul");
    list.className = "menu__list";
    list.setAttribute("role", "list");
    for (const item of items) {
      const line = document.createElement("li");
      line.append(item);
      list.append(line);
    }
    made.append(summary, list);
    return made;
  }

  return { action, link, menu };
}
