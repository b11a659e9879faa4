/** The classes: a name and a few pictures each, from files, dragged or chosen, or from the camera. */
import { pictures, thumbnail, type Picture, type TextureClass } from "../../data/picture.ts";
import { button, element } from "../../ui/dom.ts";
import { filePicker } from "../../ui/files.ts";
import { hasCamera, openCamera } from "./camera.ts";

/** Longest list of classes that the charts can show. */
const MOST = 8;

export class ClassEditor {
  readonly view = element("div", { class: "classes" });
  readonly add = button("Add a class", () => this.set([...this.classes, { name: this.freeName(), pictures: [] }]));
  private classes: readonly TextureClass[] = [];

  constructor(
    private readonly changed: (classes: readonly TextureClass[]) => void,
    private readonly failed: (message: string) => void,
  ) {}

  get value(): readonly TextureClass[] {
    return this.classes;
  }

  /** Shows other classes. */
  set(classes: readonly TextureClass[]): void {
    this.classes = classes.slice(0, MOST);
    this.add.disabled = this.classes.length >= MOST;
    this.view.replaceChildren(...this.classes.map((one, i) => this.card(one, i)));
    this.changed(this.classes);
  }

  private freeName(): string {
    for (let i = this.classes.length + 1; ; i++) {
      if (!this.classes.some(({ name }) => name === `texture ${i}`)) return `texture ${i}`;
    }
  }

  private replace(i: number, change: Partial<TextureClass>): void {
    this.set(this.classes.map((one, k) => (k === i ? { ...one, ...change } : one)));
  }

  private card({ name, pictures: shown }: TextureClass, i: number): HTMLElement {
    const append = (more: readonly Picture[]): void =>
      this.replace(i, { pictures: [...this.classes[i]!.pictures, ...more] });
    const read = (files: Iterable<File>): void => {
      pictures(files).then(append, (error: Error) => this.failed(error.message));
    };
    const field = element("input", { value: name, maxLength: 24, "aria-label": `Name of class ${i + 1}` });
    field.onchange = () => this.replace(i, { name: field.value.trim() || this.freeName() });
    const card = element(
      "article",
      { class: "card", "aria-label": name },
      element(
        "div",
        { class: "row" },
        field,
        button("✕", () => this.set(this.classes.filter((_, k) => k !== i)), { "aria-label": `Remove ${name}` }),
      ),
      element(
        "div",
        { class: "thumbnails" },
        ...shown.map((picture, k) => {
          const without = (): void => this.replace(i, { pictures: shown.filter((_, j) => j !== k) });
          const label = `Remove picture ${k + 1} of ${name}`;
          const remove = button("", without, { class: "picture", title: label, "aria-label": label });
          remove.append(thumbnail(picture, `Picture ${k + 1} of ${name}`));
          return remove;
        }),
      ),
      element("div", { class: "row" }, filePicker("Add pictures", `Pictures of ${name}`, read, true)),
    );
    if (hasCamera) {
      const take = (): void =>
        void openCamera((picture) => append([picture])).catch((error: Error) => this.failed(error.message));
      card.lastElementChild!.append(button("Camera", take, { "aria-label": `Photograph ${name}` }));
    }
    card.ondragover = (event) => event.preventDefault();
    card.ondrop = (event) => {
      event.preventDefault();
      read(event.dataTransfer?.files ?? []);
    };
    return card;
  }
}
