// Joining, one step after the other. The page itself shows the step that its address names (pages/accounts.css) and keeps all
// that was typed, because the steps are parts of one form. This file looks at each step before the next one opens, asks whether
// a name is free, and shows what was chosen. Nothing is sent but that name until the last button is pressed; nothing is stored.

const form = document.querySelector("[data-join]");
const steps = [...form.querySelectorAll("[data-step]")];
const part = form.querySelector("[data-error-part]").content.firstElementChild;
const isWhole = () => form.classList.contains("joining--whole");

// --- Which step is open ------------------------------------------------------------------------------------------------------

const named = () => {
  const target = window.location.hash.length > 1 ? document.getElementById(window.location.hash.slice(1)) : null;
  return target?.closest("[data-step]") ?? null;
};
const current = () => steps.find((step) => step.classList.contains("step--open"));
const first = current();

// The step that the page came with has an address without a name. An open step stays open when the address names something
// else, such as the beginning of the page, where the skip link leads.
function follow() {
  const step = window.location.hash ? named() : first;
  if (!step) return;
  for (const one of steps) one.classList.toggle("step--open", one === step);
  review();
}

function open(step) {
  const { id } = step.querySelector(".step__title");
  if (window.location.hash === `#${id}`) document.getElementById(id).focus();
  else window.location.hash = id;
}

// --- What is still missing -----------------------------------------------------------------------------------------------------

const input = (box) => box.querySelector("input, textarea");

function lacks(box) {
  const one = input(box);
  const typed = one.type === "checkbox" ? one.checked : one.value.trim();
  return typed && (one.value.length >= Number(box.dataset.least ?? 0)) ? "" : box.dataset.missing;
}

function tell(box, message) {
  const one = input(box);
  const field = box.querySelector(".field");
  const name = `error-${box.dataset.field}`;
  box.querySelector(".field__error")?.remove();
  field.classList.toggle("field--wrong", message !== "");
  const others = (one.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== name);
  if (message) {
    const error = part.cloneNode(true);
    error.id = name;
    error.querySelector("span").textContent = message;
    if (one.type === "checkbox") field.prepend(error);
    else one.before(error);
    others.push(name);
    one.setAttribute("aria-invalid", "true");
  } else {
    one.removeAttribute("aria-invalid");
  }
  if (others.length) one.setAttribute("aria-describedby", others.join(" "));
  else one.removeAttribute("aria-describedby");
}

// "" when the name is free, or when nobody can say: whoever reads the form in the end asks again.
async function taken(box) {
  const body = new URLSearchParams({ pseudonym: input(box).value, csrf_token: form.elements.csrf_token.value });
  try {
    const answer = await fetch(box.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).message : "";
  } catch (error) {
    console.warn("whether the name is free cannot be asked now", error.name);
    return "";
  }
}

// The first field of a step that needs another look, said beside it; null when all is there.
async function wrongIn(step) {
  let first = null;
  for (const box of step.querySelectorAll("[data-field]")) {
    const message = lacks(box) || (box.dataset.check ? await taken(box) : "");
    tell(box, message);
    if (message) first ??= input(box);
  }
  return first;
}

let asking = false;

async function goOn(step) {
  if (asking) return;
  asking = true;
  const wrong = await wrongIn(step);
  asking = false;
  if (wrong) wrong.focus();
  else open(steps[steps.indexOf(step) + 1]);
}

form.addEventListener("click", (event) => {
  const link = event.target.closest("[data-on]");
  if (!link) return;
  event.preventDefault();
  void goOn(link.closest("[data-step]"));
});

// Enter in a field goes on; on the last step it sends, once nothing is missing anywhere.
form.addEventListener("submit", (event) => {
  const step = current();
  if (isWhole()) return;
  if (step !== steps.at(-1)) {
    event.preventDefault();
    void goOn(step);
    return;
  }
  const missing = steps.find((one) => [...one.querySelectorAll("[data-field]")].some((box) => lacks(box)));
  if (!missing) return;
  event.preventDefault();
  for (const box of missing.querySelectorAll("[data-field]")) tell(box, lacks(box));
  if (missing !== step) open(missing);
  else input(missing.querySelector(".field--wrong")).focus();
});

form.addEventListener("input", (event) => {
  const box = event.target.closest("[data-field]");
  if (box?.querySelector(".field__error") && !lacks(box)) tell(box, "");
});

// --- What was chosen -------------------------------------------------------------------------------------------------------------

const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value ?? "";

function paint(token, symbol, colour) {
  for (const name of [...token.classList]) if (name.startsWith("token-") && !name.startsWith("token--")) token.classList.remove(name);
  token.classList.add(`token-${colour}`);
  const use = token.querySelector("use");
  use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#${symbol}`);
}

function review() {
  const [symbol, colour] = [chosen("symbol"), chosen("colour")];
  for (const token of form.querySelectorAll("[data-drawn] .token")) paint(token, symbol, colour);
  for (const radio of form.querySelectorAll("[name=symbol]")) paint(radio.nextElementSibling, radio.value, colour);
  for (const radio of form.querySelectorAll("[name=colour]")) paint(radio.nextElementSibling, symbol, radio.value);
  for (const place of form.querySelectorAll("[data-review]")) place.textContent = form.elements[place.dataset.review].value;
}

function offerNames() {
  const field = form.elements.pseudonym;
  for (const item of form.querySelectorAll("[data-suggested] li")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--second";
    button.textContent = item.textContent;
    button.addEventListener("click", () => {
      field.value = button.textContent;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
    item.replaceChildren(button);
  }
}

form.addEventListener("change", review);
window.addEventListener("hashchange", follow);
offerNames();
follow();
review();
