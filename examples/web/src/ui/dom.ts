type Child = Node | string;

/** Properties of an element, or attributes where the name has a dash or is `role`, `class`, `for`. */
type Settings = Readonly<Record<string, unknown>>;

/** An element with properties, listeners (`onclick`) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  settings: Settings = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (/-|^(class|for|role|scope)$/.test(name)) made.setAttribute(name, String(value));
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}

/** A button that cannot submit anything. */
export function button(text: string, onclick: () => void, settings: Settings = {}): HTMLButtonElement {
  return element("button", { type: "button", onclick, ...settings }, text);
}

/** A table with a caption for those who cannot see where it stands. */
export function table(caption: string, head: readonly string[], rows: readonly (readonly Child[])[]): HTMLTableElement {
  const header = element("tr", {}, ...head.map((text) => element("th", { scope: "col" }, text)));
  const body = rows.map(([first, ...rest]) =>
    element("tr", {}, element("th", { scope: "row" }, first!), ...rest.map((child) => element("td", {}, child))),
  );
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, header),
    element("tbody", {}, ...body),
  );
}

/** The title of a part of a room and what to know of it. */
export function heading(title: string, text: string, id = ""): HTMLElement {
  return element("div", { class: "heading", id }, element("h3", {}, title), element("p", {}, text));
}
