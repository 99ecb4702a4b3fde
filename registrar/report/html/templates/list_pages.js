"use strict";
(() => {
  // The filter of one page finds the models of the other pages, too: they are listed in the page.
  const most = 36;
  const data = document.querySelector("[data-models]");
  const input = document.querySelector("[data-filter]");
  const count = document.querySelector("[data-count]");
  const section = document.querySelector("[data-others]");
  const { names, texts, words } = JSON.parse(data.textContent);
  let before = "";
  const models = names.map((entry, place) => {
    const [coded, folder] = [entry].flat();
    const name = before.slice(0, parseInt(coded[0], 36)) + coded.slice(1);
    before = name;
    const known = (words[place] || []).map((index) => texts[index]);
    return { name, text: [name, ...known].join(" ").toLowerCase(), folder: folder || name };
  });
  models.splice(data.dataset.first, data.dataset.end - data.dataset.first);

  const make = (name, text) => {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  };
  const link = (model) => {
    const [item, anchor] = [make("li", ""), make("a", "")];
    anchor.href = `models/${model.folder}/index.html`;
    anchor.append(make("bdi", model.name));
    item.append(anchor);
    return item;
  };
  const find = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (model) => words.every((word) => model.text.includes(word));
    const found = words.length ? models.filter(has) : [];
    section.hidden = !found.length;
    section.querySelector("ul").replaceChildren(...found.slice(0, most).map(link));
    const more = found.length - most;
    section.querySelector("[data-more]").textContent = more > 0 ? `and ${more} more` : "";
    if (!words.length) return;
    const others = make(found.length ? "a" : "span", `${found.length || "none"} on other pages`);
    if (found.length) {
      others.href = "#others";
      document.querySelector("[data-none]").hidden = true;
    }
    count.append(" on this page, ", others);
  };
  input.addEventListener("input", find);
  find();
})();
