/** One network in a worker of its own, as the page sees it. */
import { remoteTraining, type RemoteTraining } from "matprop/worker";
import type { Answer, Connect, Pooling, Question, Questions, Settings, Summary, Topic } from "../../worker/messages.ts";

export class Learner {
  readonly training: RemoteTraining<Settings, Summary>;
  private readonly worker = new Worker(new URL("../../worker/teach.ts", import.meta.url), { type: "module" });
  private readonly questions: MessagePort;
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private asked = 0;

  constructor(
    readonly pooling: Pooling,
    onSummary: (summary: Summary) => void,
    onError: (message: string) => void,
  ) {
    const [training, questions] = [new MessageChannel(), new MessageChannel()];
    this.questions = questions.port1;
    this.questions.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.waiting.get(data.id)?.(data);
      this.waiting.delete(data.id);
    };
    this.worker.onerror = ({ message }) => onError(message || "the worker did not load");
    this.worker.postMessage({ training: training.port2, questions: questions.port2 } satisfies Connect, [
      training.port2,
      questions.port2,
    ]);
    this.training = remoteTraining(training.port1, { onValue: onSummary });
  }

  /** Asks the worker, which answers between two steps of training. */
  ask<T extends Topic>(topic: T, value: Questions[T]["ask"]): Promise<Questions[T]["answer"]> {
    const id = this.asked++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (answer) => {
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.value as Questions[T]["answer"]);
      });
      this.questions.postMessage({ id, topic, value } satisfies Question);
    });
  }

  close(): void {
    this.worker.terminate();
  }
}
