/** A new picture, and what either network takes it for. */
import { pictures, thumbnail, type Picture } from "../../data/picture.ts";
import { button, element } from "../../ui/dom.ts";
import { filePicker } from "../../ui/files.ts";
import type { Prediction } from "../../worker/messages.ts";
import type { Learner } from "./learner.ts";
import { TITLES } from "./results.ts";

export class Tester {
  readonly view: HTMLElement;
  private readonly answers = element("div", { class: "tested", role: "status", id: "prediction" });
  private seed = 1000;

  constructor(
    private readonly learners: readonly Learner[],
    private readonly failed: (message: string) => void,
  ) {
    const read = (files: Iterable<File>): void => {
      pictures(files).then(([picture]) => picture && this.test(picture), this.fail);
    };
    this.view = element(
      "div",
      {},
      element(
        "div",
        { class: "row" },
        filePicker("Choose a picture", "Picture to test", read),
        button("A new sample", () => void this.sample().catch(this.fail)),
      ),
      this.answers,
    );
  }

  private readonly fail = (error: Error): void => this.failed(error.message);

  /** A sample of a class that the networks may know, never one they have seen. */
  private async sample(): Promise<void> {
    const classes = await this.learners[0]!.questions.ask("samples", { seed: this.seed++, perClass: 1 });
    await this.test(classes[this.seed % classes.length]!.pictures[0]!);
  }

  private async test(picture: Picture): Promise<void> {
    const ask = async (learner: Learner): Promise<HTMLElement> => {
      const bars = await learner.questions.ask("predict", picture).then(
        (prediction) => barsOf(prediction),
        (error: Error) => element("p", {}, error.message),
      );
      return element("div", { class: "card" }, element("h3", {}, TITLES[learner.pooling]), bars);
    };
    const answers = await Promise.all(this.learners.map(ask));
    this.answers.replaceChildren(thumbnail(picture, "The picture that was tested"), ...answers);
  }
}

function barsOf({ classes, probabilities }: Prediction): HTMLElement {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const rows = classes.map((name, i) => {
    const share = probabilities[i]!;
    const text = `${(100 * share).toFixed(0)} %`;
    const row = element("div", { class: i === best ? "bar best" : "bar" }, element("span", {}, name));
    row.append(element("meter", { value: share, max: 1, "aria-label": name }), element("span", {}, text));
    return row;
  });
  return element("div", {}, ...rows);
}
