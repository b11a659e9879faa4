/** One network in a worker of its own, as the page sees it. */
import type { RemoteTraining } from "matprop/worker";
import { connect } from "../../worker/connect.ts";
import type { Pooling, Questions, Settings, Summary } from "../../worker/messages.ts";
import type { Questioner } from "../../worker/questions.ts";

export class Learner {
  readonly training: RemoteTraining<Settings, Summary>;
  readonly questions: Questioner<Questions>;
  private readonly worker = new Worker(new URL("../../worker/teach.ts", import.meta.url), { type: "module" });

  constructor(
    readonly pooling: Pooling,
    onSummary: (summary: Summary) => void,
    onError: (message: string) => void,
  ) {
    ({ training: this.training, questions: this.questions } = connect(this.worker, onSummary, onError));
  }

  close(): void {
    this.worker.terminate();
  }
}
