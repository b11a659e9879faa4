/** What a room says: what goes on, what has failed, and that nothing is kept. */
import { save } from "../data/store.ts";
import { element } from "./dom.ts";

export class Notices {
  readonly status = element("p", { role: "status", id: "training-status" });
  readonly alert = element("p", { role: "alert" });
  readonly storage = element("p", { role: "alert", id: "storage" });

  readonly failed = (message: string): void => void (this.alert.textContent = message);

  readonly notKept = (reason: unknown): void => {
    this.storage.textContent = `This browser keeps nothing here for your next visit: ${String(reason)}`;
  };

  /** The state of training, also for those who style or test it. */
  state(name: string, text: string): void {
    this.status.textContent = text;
    this.status.dataset.state = name;
  }

  /** Saves a value for the next visit. */
  keep(name: string, value: unknown): void {
    save(name, value).catch(this.notKept);
  }

  /** Says what some work resolves to, or why it failed. */
  report(work: Promise<string | void>): void {
    work.then(
      (text) => text && (this.status.textContent = text),
      (error: Error) => this.failed(error.message),
    );
  }
}
