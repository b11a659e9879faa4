/** The image with its segments, and a canvas on which strokes are painted by pointer or keyboard. */
import { cssColour } from "../../data/palette.ts";
import { gridOf, type Photo, type Size } from "../../data/photo.ts";
import type { Stroke, Strokes } from "../../data/scribbles.ts";
import { element } from "../../ui/dom.ts";
import { drawPixels } from "../../ui/heatmap.ts";
import type { Brush } from "./brush.ts";

/** Pixels of the painted canvas to one of the grid. */
const SCALE = 5;
/** How far an arrow key moves the brush in pixels of the grid, with shift and without. */
const [FAR, NEAR] = [8, 2];

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

type Place = readonly [x: number, y: number];

export class Easel {
  readonly view: HTMLElement;
  private readonly photo = element("canvas", { class: "photo" });
  private readonly segments = element("canvas", { class: "segments" });
  private readonly strokes = element("canvas", {
    id: "easel",
    tabIndex: 0,
    role: "application",
    "aria-label": "The image to paint on",
    "aria-describedby": "easel-keys",
  });
  private readonly spoken = element("p", { class: "unseen", role: "status" });
  private readonly context = this.strokes.getContext("2d")!;
  private grid: Size = { width: 1, height: 1 };
  private shown: Strokes = [];
  /** The stroke that is being drawn, and by which pointer; null for the keyboard. */
  private drawing:
    { readonly stroke: Stroke & { readonly points: number[] }; readonly pointer: number | null } | undefined;
  /** Where the brush is that the keyboard moves, while the canvas has the focus. */
  private cursor: Place | undefined;
  private asked = false;

  constructor(
    private readonly brush: Brush,
    private readonly painted: (stroke: Stroke) => void,
  ) {
    this.view = element("div", { class: "easel" }, this.photo, this.segments, this.strokes, this.spoken);
    const { strokes } = this;
    strokes.onpointerdown = (event) => this.press(event);
    strokes.onpointermove = (event) => this.move(event);
    strokes.onpointerup = (event) => this.lift(event.pointerId);
    strokes.onpointercancel = (event) => this.lift(event.pointerId);
    strokes.onkeydown = (event) => this.key(event);
    strokes.onblur = () => {
      this.lift(null);
      this.cursor = undefined;
      this.redraw();
    };
  }

  /** Shows another image. */
  open(photo: Photo): void {
    this.grid = gridOf(photo);
    drawPixels(this.photo, photo.data, photo.width);
    this.view.style.setProperty("--aspect", String(photo.width / photo.height));
    Object.assign(this.strokes, { width: SCALE * this.grid.width, height: SCALE * this.grid.height });
    this.segments.hidden = true;
    this.drawing = undefined;
    this.cursor = undefined;
    this.show([]);
  }

  show(strokes: Strokes): void {
    this.shown = strokes;
    this.redraw();
  }

  overlay(pixels: Uint8ClampedArray<ArrayBuffer>, width: number): void {
    this.segments.hidden = false;
    drawPixels(this.segments, pixels, width);
  }

  /** Whether segments can be seen. */
  set overlaid(visible: boolean) {
    this.segments.style.visibility = visible ? "" : "hidden";
  }

  private place({ clientX, clientY }: MouseEvent): Place {
    const { left, top, width, height } = this.strokes.getBoundingClientRect();
    return [(this.grid.width * (clientX - left)) / width, (this.grid.height * (clientY - top)) / height];
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0 || this.drawing) return;
    this.strokes.setPointerCapture(event.pointerId);
    this.cursor = undefined;
    this.begin(this.place(event), event.pointerId);
  }

  private move(event: PointerEvent): void {
    if (this.drawing?.pointer !== event.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [event]) this.drawing.stroke.points.push(...this.place(one));
    this.redraw();
  }

  private begin(place: Place, pointer: number | null): void {
    const { colour, radius } = this.brush;
    this.drawing = { stroke: { colour, radius, points: [...place] }, pointer };
    this.redraw();
  }

  private lift(pointer: number | null): void {
    if (this.drawing?.pointer !== pointer) return;
    const { stroke } = this.drawing;
    this.drawing = undefined;
    this.painted(stroke);
  }

  private key(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    if (arrow) this.step(arrow, event.shiftKey ? FAR : NEAR);
    else if (event.key === " " || event.key === "Enter") this.toggle();
    else if (event.key === "Escape") this.lift(null);
    else if (event.ctrlKey || event.metaKey || event.altKey || !this.brush.key(event.key)) return;
    event.preventDefault();
    this.redraw();
  }

  private middle(): Place {
    return [this.grid.width / 2, this.grid.height / 2];
  }

  private step([dx, dy]: Place, far: number): void {
    const [x, y] = this.cursor ?? this.middle();
    const within = (at: number, side: number): number => Math.min(side, Math.max(0, at));
    this.cursor = [within(x + far * dx, this.grid.width), within(y + far * dy, this.grid.height)];
    if (this.drawing?.pointer === null) this.drawing.stroke.points.push(...this.cursor);
    this.say();
  }

  /** Puts the brush of the keyboard down, or lifts it. */
  private toggle(): void {
    this.cursor ??= this.middle();
    if (this.drawing) this.lift(null);
    else this.begin(this.cursor, null);
    this.say();
  }

  private say(): void {
    const [x, y] = this.cursor!;
    const percent = (at: number, side: number): string => `${Math.round((100 * at) / side)} %`;
    const brush = this.drawing ? "painting" : "brush lifted";
    this.spoken.textContent = `${brush}, ${percent(x, this.grid.width)} from the left, ${percent(y, this.grid.height)} from the top`;
  }

  /** Draws in the next frame, however often it is asked for. */
  private redraw(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.context.clearRect(0, 0, this.strokes.width, this.strokes.height);
      for (const stroke of this.shown) this.draw(stroke);
      if (this.drawing) this.draw(this.drawing.stroke);
      if (this.cursor) this.drawCursor(this.cursor);
    });
  }

  private draw({ colour, radius, points }: Stroke): void {
    const { context } = this;
    const path = new Path2D();
    path.moveTo(SCALE * points[0]!, SCALE * points[1]!);
    for (let p = 0; p < points.length; p += 2) path.lineTo(SCALE * points[p]!, SCALE * points[p + 1]!);
    Object.assign(context, { lineCap: "round", lineJoin: "round" });
    const line = (style: string, width: number): void => {
      Object.assign(context, { strokeStyle: style, lineWidth: width });
      context.stroke(path);
    };
    context.globalCompositeOperation = colour === null ? "destination-out" : "source-over";
    // A dark rim keeps a stroke apart from an image and segments of its colour.
    line("#101418", 2 * SCALE * radius + SCALE);
    if (colour !== null) line(cssColour(colour), 2 * SCALE * radius);
    context.globalCompositeOperation = "source-over";
  }

  private drawCursor([x, y]: Place): void {
    const { colour, radius } = this.brush;
    for (const [style, width] of [
      ["#101418", 7],
      [colour === null ? "#ffffff" : cssColour(colour), 3],
    ] as const) {
      Object.assign(this.context, { strokeStyle: style, lineWidth: width });
      this.context.beginPath();
      this.context.arc(SCALE * x, SCALE * y, SCALE * radius + 5, 0, 2 * Math.PI);
      this.context.stroke();
    }
  }
}
