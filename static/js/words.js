// What scripts say, in the page's language. English stands in the code; another language comes as one small module.

const { lang } = document.documentElement;

const LONGEST_MS = 3000;

const late = () => new Promise((_done, fail) => setTimeout(() => fail(new Error("late")), LONGEST_MS));

// A page whose words do not come, or not soon, goes on in English rather than not at all.
async function load() {
  if (lang === "en") return {};
  try {
    return (await Promise.race([import(`/words/${lang}.js`), late()])).default;
  } catch (error) {
    console.warn("the words of this language did not come; these are English", error.name);
    return {};
  }
}

const known = await load();
const plural = new Intl.PluralRules(lang === "en" ? "en" : lang);

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));

// `_("%(name)s is writing…", { name })`
export function _(text, values = {}) {
  return fill(known[text] ?? text, values);
}

// `ngettext("One message", "%(num)s messages", 3)`
export function ngettext(one, many, num, values = {}) {
  const forms = known[one] ?? [one, many];
  return fill(plural.select(num) === "one" ? forms[0] : forms[1], { num, ...values });
}
