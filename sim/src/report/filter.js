// A text filter for each table of decisions. The page reads without it.
for (const details of document.querySelectorAll("details.changes")) {
  const rows = details.querySelectorAll("tbody tr");
  const label = document.createElement("label");
  const input = document.createElement("input");
  const shown = document.createElement("output");
  input.type = "search";
  input.placeholder = "a reason, a workload, a cluster, a time";
  label.append("Show only rows with ", input, " ", shown);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) count += 1;
    }
    shown.textContent = `${count} of ${rows.length}`;
  });
  details.querySelector("summary").after(label);
}
// Folded tables would be missing on paper.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
