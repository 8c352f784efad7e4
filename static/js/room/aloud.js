// Whether new messages are announced to a screen reader: chosen on the page, kept on this device.

const KEY = "room-aloud";

function show(button, on) {
  document.querySelector("[data-log]").setAttribute("aria-live", on ? "polite" : "off");
  button.setAttribute("aria-checked", String(on));
}

export function watchAloud(button) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-checked") !== "true";
    show(button, on);
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch (error) {
      console.warn("this choice cannot be kept on this device", error.name);
    }
  });
  try {
    show(button, localStorage.getItem(KEY) !== "off");
  } catch (error) {
    console.warn("this choice cannot be read on this device", error.name);
  }
}
