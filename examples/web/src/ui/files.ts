/** Files that come in and go out. */
import { element } from "./dom.ts";

/** A button that opens files; the input behind it can be reached by keyboard. */
export function filePicker(
  text: string,
  label: string,
  read: (files: Iterable<File>) => void,
  multiple = false,
  accept = "image/*",
): HTMLElement {
  const input = element("input", { type: "file", accept, multiple, class: "hidden", "aria-label": label });
  input.onchange = () => {
    read([...(input.files ?? [])]);
    input.value = "";
  };
  return element("label", { class: "button" }, input, text);
}

/** Hands bytes to the browser's downloads. */
export function saveFile(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  element("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
