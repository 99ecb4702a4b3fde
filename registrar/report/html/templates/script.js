"use strict";
(() => {
  // The pages are whole without this script: it filters, sorts, compares and copies.
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  const input = document.querySelector("[data-filter]");
  if (input) {
    const rows = all(".index tbody tr");
    const texts = rows.map((row) =>
      [...[...row.cells].map((cell) => cell.textContent), row.dataset.words].join(" ").toLowerCase());
    const count = document.querySelector("[data-count]");
    const none = document.querySelector("[data-none]");
    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        if (!row.hidden) shown += 1;
      });
      count.textContent = words.length ? `${shown} of ${rows.length}` : "";
      none.hidden = shown > 0;
    };
    input.addEventListener("input", filter);
    document.querySelector("[data-tools]").hidden = false;
    filter();
  }

  all("[data-sortable]").forEach((table) => {
    const body = table.tBodies[0];
    all("th[data-sort]", table).forEach((head) => {
      const button = make("button", head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const isNumber = head.dataset.sort === "number";
        const first = isNumber ? "descending" : "ascending";
        const second = isNumber ? "ascending" : "descending";
        const order = head.getAttribute("aria-sort") === first ? second : first;
        const column = head.cellIndex;
        const value = (row) => {
          const cell = row.cells[column];
          if (!isNumber) return cell.textContent.trim().toLowerCase();
          return parseFloat(cell.dataset.value || cell.textContent);
        };
        const sign = order === "ascending" ? 1 : -1;
        const compare = (left, right) => {
          const [a, b] = [value(left), value(right)];
          if (!isNumber) return sign * a.localeCompare(b, "en");
          if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
          return sign * (a - b);
        };
        body.append(...[...body.rows].sort(compare));
        all("th", table).forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", order);
      });
    });
  });

  all("[data-compare]").forEach((section) => {
    const { entries, versions } = JSON.parse(section.querySelector("[data-facts]").textContent);
    const numbers = Object.keys(versions).map(Number).sort((a, b) => b - a);
    if (numbers.length < 2) return;
    const body = section.querySelector("tbody");
    const choose = (side, label) => {
      const place = section.querySelector(`[data-${side}]`);
      const current = parseInt(place.textContent.replace(/\D/g, ""), 10);
      const select = make("select");
      select.setAttribute("aria-label", label);
      numbers.forEach((number) => {
        const option = make("option", `Version ${number}`);
        option.value = number;
        option.selected = number === current;
        select.append(option);
      });
      select.addEventListener("change", show);
      place.replaceChildren(select);
      return select;
    };
    // The facts of a version: a map of names to values for each group.
    const read = (number) => {
      const groups = new Map();
      versions[number].forEach((place) => {
        const [group, name, value] = entries[place];
        if (!groups.has(group)) groups.set(group, new Map());
        groups.get(group).set(name, value);
      });
      return groups;
    };
    const digest = (groups) => groups.has("Content") && groups.get("Content").get("digest");
    const explain = (old, now) => {
      const sides = new Map([[before.value, old], [after.value, now]]);
      const unknown = [...sides.keys()].filter((number) => !sides.get(number).has("Files"));
      const isSame = sides.size < 2 || (digest(old) && digest(old) === digest(now));
      if (!unknown.length || isSame) return "";
      const plural = unknown.length > 1 ? "s" : "";
      return `Files are not compared: those of version${plural} ${unknown.join(" and ")} are not known.`;
    };
    const show = () => {
      const [old, now] = [read(before.value), read(after.value)];
      section.querySelector("[data-head=before]").textContent = `Version ${before.value}`;
      section.querySelector("[data-head=after]").textContent = `Version ${after.value}`;
      const rows = [];
      const groups = new Set([...now.keys(), ...old.keys()]);
      groups.forEach((group) => {
        if (group === "Files" && !(old.has(group) && now.has(group))) return;
        let isFirst = true;
        const [left, right] = [old.get(group) || new Map(), now.get(group) || new Map()];
        new Set([...right.keys(), ...left.keys()]).forEach((name) => {
          if (left.get(name) === right.get(name)) return;
          const row = make("tr", undefined, isFirst ? "first" : "");
          isFirst = false;
          const cell = make("td", undefined, "group");
          cell.append(make("span", group));
          const head = make("th");
          head.scope = "row";
          head.append(make("bdi", name));
          const change = Number(right.get(name)) - Number(left.get(name));
          const shown = group === "Metrics" && Number.isFinite(change);
          const text = shown ? `${change < 0 ? "" : "+"}${parseFloat(change.toPrecision(4))}` : "";
          row.append(cell, head, make("td", left.get(name) || ""), make("td", right.get(name) || ""), make("td", text, "number"));
          rows.push(row);
        });
      });
      const unknown = explain(old, now);
      section.querySelector("[data-unknown]").textContent = unknown;
      if (!rows.length) {
        const row = make("tr");
        row.append(make("td", `No difference${unknown ? " in what is known" : ""}.`));
        row.cells[0].colSpan = 5;
        rows.push(row);
      }
      body.replaceChildren(...rows);
    };
    const before = choose("before", "The version on the left");
    const after = choose("after", "The version on the right");
  });

  if (navigator.clipboard) {
    all(".load").forEach((part) => {
      const button = make("button", "Copy");
      button.type = "button";
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(part.querySelector("code").textContent.trim()).then(() => {
          button.textContent = "Copied";
        });
      });
      part.querySelector("h3").append(button);
    });
  }

  // A link to a version opens it.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") {
      target.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  open();
})();
