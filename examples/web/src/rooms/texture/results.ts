/** What the two networks have learned: confusion matrices, the log-Gram matrix and its spectrum. */
import { Chart } from "../../ui/chart.ts";
import { element, table } from "../../ui/dom.ts";
import { drawHeatmap } from "../../ui/heatmap.ts";
import type { Pooling, Summary } from "../../worker/messages.ts";

export const TITLES: Readonly<Record<Pooling, string>> = {
  second: "Second order: log(FᵀF/m + εI)",
  first: "First order: the mean of F",
};

export class Results {
  readonly view: HTMLElement;
  private readonly confusions: Readonly<Record<Pooling, HTMLElement>> = {
    second: element("div", { class: "card" }),
    first: element("div", { class: "card" }),
  };
  private readonly choice = element("select", { onchange: () => this.showMatrix() });
  private readonly canvas = element("canvas", { class: "heatmap", role: "img" });
  private readonly spectrum = new Chart({
    title: "Eigenvalues of that matrix, ascending",
    xLabel: "index",
    curves: [{ label: "eigenvalue", colour: "--second" }],
    bars: true,
  });
  private second: Summary | undefined;

  constructor() {
    const label = element("label", {}, "Class ", this.choice);
    const matrix = element(
      "figure",
      {},
      element("figcaption", {}, "Mean log-Gram matrix: blue below 0, red above"),
      this.canvas,
    );
    this.view = element(
      "div",
      { hidden: true },
      element("div", { class: "pair" }, this.confusions.second, this.confusions.first),
      element("div", { class: "card" }, label, element("div", { class: "pair" }, matrix, this.spectrum.view)),
    );
  }

  show(pooling: Pooling, summary: Summary): void {
    this.view.hidden = false;
    this.confusions[pooling].replaceChildren(confusionTable(pooling, summary));
    if (pooling === "first") return;
    const names = this.second?.classes.join("\n");
    this.second = summary;
    if (names !== summary.classes.join("\n")) {
      this.choice.replaceChildren(...summary.classes.map((name) => element("option", {}, name)));
    }
    this.showMatrix();
  }

  hide(): void {
    this.view.hidden = true;
  }

  close(): void {
    this.spectrum.close();
  }

  private showMatrix(): void {
    const label = Math.max(0, this.choice.selectedIndex);
    drawHeatmap(this.canvas, this.second!.logGrams[label]!);
    this.spectrum.show([[...this.second!.spectra[label]!]]);
  }
}

function confusionTable(pooling: Pooling, { classes, confusion, accuracy, epoch }: Summary): HTMLElement {
  const n = classes.length;
  const rows = classes.map((name, label) => {
    const counts = [...confusion.subarray(label * n, (label + 1) * n)];
    const sum = counts.reduce((total, count) => total + count, 0);
    const cells = counts.map((count, prediction) => {
      const cell = element("span", { class: prediction === label ? "count right" : "count wrong" }, String(count));
      cell.style.setProperty("--share", String(sum > 0 ? count / sum : 0));
      return cell;
    });
    return [name, ...cells];
  });
  const percent = `${(100 * accuracy).toFixed(1)} % of held-out patches after epoch ${epoch}`;
  const heads = classes.map((name) => (name.length > 9 ? `${name.slice(0, 8)}…` : name));
  return element(
    "div",
    { class: "scroll", tabIndex: 0, role: "region", "aria-label": `Confusion matrix, ${TITLES[pooling]}` },
    element("h3", {}, TITLES[pooling]),
    table(percent, ["is \\ taken for", ...heads], rows),
  );
}
