// Sorts and searches the table of units. The page is whole without it.
(() => {
  const table = document.querySelector("table.units");
  const tools = document.querySelector(".tools");
  if (!table || !tools) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].filter((row) => !row.classList.contains("city"));
  const heads = [...table.tHead.rows[0].cells];
  const search = tools.querySelector("input");
  const chosen = tools.querySelector("select");
  const told = tools.querySelector("output");
  const key = (row, at) => row.cells[at].dataset.sort ?? row.cells[at].textContent.trim();
  const compare = (a, b) => {
    // What has no value stands last, whichever way.
    if (a === "" || b === "") return a === b ? 0 : a === "" ? 2 : -2;
    const [x, y] = [Number(a), Number(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y)) return Math.sign(x - y);
    return Math.sign(a.localeCompare(b, document.documentElement.lang));
  };
  const sort = (at, way) => {
    heads.forEach((head, number) => {
      if (head.querySelector("button")) head.setAttribute("aria-sort", number === at ? way : "none");
    });
    const turn = way === "descending" ? -1 : 1;
    rows
      .map((row) => [key(row, at), row])
      .sort(([a], [b]) => { const told = compare(a, b); return Math.abs(told) === 2 ? told : turn * told; })
      .forEach(([, row]) => body.append(row));
    chosen.value = `${at} ${way}`;
  };
  heads.forEach((head, at) => {
    if (!("sortable" in head.dataset)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () =>
      sort(at, head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending"));
    head.replaceChildren(button);
    for (const way of ["ascending", "descending"]) {
      const option = document.createElement("option");
      option.value = `${at} ${way}`;
      option.textContent = `${button.textContent} ${way === "ascending" ? "↑" : "↓"}`;
      chosen.append(option);
    }
  });
  chosen.addEventListener("change", () => { const [at, way] = chosen.value.split(" "); sort(Number(at), way); });
  search.addEventListener("input", () => {
    const wanted = search.value.toLocaleLowerCase().trim().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const text = (row.dataset.search ?? "").toLocaleLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
      n += row.hidden ? 0 : 1;
    }
    told.textContent = told.dataset.text.replace("{n}", n).replace("{total}", rows.length);
  });
  tools.hidden = false;
})();
