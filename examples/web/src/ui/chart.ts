/** Curves by uPlot that follow the width of the page and its colours. */
import "./language.ts";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element } from "./dom.ts";

/** A curve: its label and the custom property of its colour. */
export interface Curve {
  readonly label: string;
  readonly colour: string;
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly curves: readonly Curve[];
  /** Of the vertical axis (default: what the data need). */
  readonly range?: readonly [number, number];
  readonly bars?: boolean;
}

const HEIGHT = 220;

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  readonly view: HTMLElement;
  private readonly plot: uPlot;
  private readonly observer: ResizeObserver;
  private readonly scheme = matchMedia("(prefers-color-scheme: dark)");
  private readonly redraw = (): void => this.plot.redraw(false);
  private latest: readonly (readonly number[])[] | undefined;

  constructor({ title, xLabel, curves, range, bars = false }: ChartOptions) {
    const box = element("div", { class: "plot", role: "img", "aria-label": title });
    this.view = element("figure", {}, element("figcaption", {}, title), box);
    const axis = { stroke: () => colour("--quiet"), grid: { stroke: () => colour("--line"), width: 1 } };
    this.plot = new uPlot(
      {
        width: 320,
        height: HEIGHT,
        scales: { x: { time: false }, ...(range && { y: { range: [...range] } }) },
        axes: [
          { ...axis, label: xLabel, labelSize: 20, size: 34 },
          { ...axis, size: 44 },
        ],
        series: [
          { label: xLabel },
          ...curves.map((curve) => ({
            label: curve.label,
            class: curve.colour.slice(2),
            stroke: () => colour(curve.colour),
            width: 2,
            ...(bars && { paths: uPlot.paths.bars!({ size: [0.7] }), fill: () => colour(curve.colour) }),
            points: { show: false },
          })),
        ],
        cursor: { drag: { x: false, y: false } },
      },
      [[], ...curves.map(() => [])],
      box,
    );
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    this.observer.observe(box);
    this.scheme.addEventListener("change", this.redraw);
  }

  /** Shows curves whose first points lie at x = 1; many calls in one frame are one drawing. */
  show(curves: readonly (readonly number[])[]): void {
    if (this.latest === undefined) {
      requestAnimationFrame(() => {
        const values = this.latest!;
        this.latest = undefined;
        const length = Math.max(0, ...values.map((one) => one.length));
        const x = Array.from({ length }, (_, i) => i + 1);
        this.plot.setData([x, ...values.map((one) => x.map((at) => one[at - 1] ?? null))]);
      });
    }
    this.latest = curves;
  }

  close(): void {
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    this.plot.destroy();
  }
}
