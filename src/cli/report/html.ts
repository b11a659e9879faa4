/** Text made safe to stand in HTML, attributes included. */
export function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (char) => names[char]!);
}

/** A table of texts; `html` cells are taken as they are. */
export function table(head: readonly string[], rows: readonly (readonly (string | { html: string })[])[]): string {
  const cell = (tag: string, item: string | { html: string }): string =>
    `<${tag}>${typeof item === "string" ? escapeHtml(item) : item.html}</${tag}>`;
  const line = (tag: string, items: readonly (string | { html: string })[]): string =>
    `<tr>${items.map((item) => cell(tag, item)).join("")}</tr>`;
  const top = head.length > 0 ? `<thead>${line("th", head)}</thead>` : "";
  return `<div class="wide"><table>${top}<tbody>${rows.map((row) => line("td", row)).join("\n")}</tbody></table></div>`;
}

/** A whole page: no script, nothing fetched, light or dark as the reader's system is. */
export function page(title: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body.join("\n")}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { --ink: #1c2430; --soft: #5b6675; --paper: #ffffff; --rule: #d9dee5; --heat: 37, 99, 184; --miss: 190, 60, 30;
  --c1: #2563b8; --c2: #c2571a; --c3: #2f7d4f; --c4: #8a4fa8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b4; --paper: #14181e; --rule: #333c47;
  --heat: 96, 160, 240; --miss: 240, 120, 80; --c1: #6aa9f5; --c2: #f0965a; --c3: #6cc492; --c4: #c495e0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; padding: 0; margin: 1rem 0; list-style: none; }
.figures b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums; } .figures span { color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 13px; } .grid { stroke: var(--rule); fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); } .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); }
.f1 { fill: var(--c1); } .f2 { fill: var(--c2); } .f3 { fill: var(--c3); } .f4 { fill: var(--c4); }
.key { font-weight: 400; color: var(--soft); white-space: nowrap; margin-left: .6rem; }
.key i { display: inline-block; width: .8em; height: .2em; vertical-align: middle; margin-right: .35em; }
.b1 { background: var(--c1); } .b2 { background: var(--c2); } .b3 { background: var(--c3); } .b4 { background: var(--c4); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid var(--rule); padding: .25rem .55rem; text-align: left; vertical-align: top; }
.confusion td, .confusion th { text-align: center; padding: .2rem .45rem; } .confusion th[scope=row] { text-align: right; }
td { overflow-wrap: anywhere; } .confusion td { overflow-wrap: normal; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }
.mistakes img { width: 100%; height: auto; image-rendering: pixelated; border: 1px solid var(--rule); display: block; }
.mistakes small { color: var(--soft); display: block; line-height: 1.35; }
`;
