// What has lost its edge, or no longer differs from its neighbours, where the device sets the colours. The body of a function.
const fields = [...document.querySelectorAll(".button, .input, .themes")].filter(shown);
const without = fields.filter((one) => {
  const style = getComputedStyle(one);
  const drawn = parseFloat(style.borderTopWidth) >= 1 && style.borderTopStyle !== "none";
  return !drawn || style.borderTopColor === style.backgroundColor;
});
const marks = "[aria-current], [aria-pressed=true]";
const chosen = [...document.querySelectorAll(".nav [aria-current], .pages [aria-current], .themes [aria-pressed=true]")];
const alike = chosen.filter(shown).filter((one) => {
  const other = [...one.closest("ul, .themes").querySelectorAll("a, button")].find((each) => !each.matches(marks));
  return other && getComputedStyle(other).backgroundColor === getComputedStyle(one).backgroundColor;
});
return [
  ...without.map((one) => `no edge: ${name(one)}`),
  ...alike.map((one) => `chosen, and not to be told: ${name(one)}`),
  ...(fields.length ? [] : ["nothing to press"]),
];
