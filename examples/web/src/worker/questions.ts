/** Questions of the page to a worker, over a port of their own: what is asked by a name, and what comes back. */

/** By the name of a question: what goes with it and what comes back. */
export type Topics<Q> = { readonly [T in keyof Q]: { readonly ask: unknown; readonly answer: unknown } };

interface Question {
  readonly id: number;
  readonly topic: PropertyKey;
  readonly value: unknown;
}

type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** What a worker does with each question. */
export type Answers<Q extends Topics<Q>> = {
  readonly [T in keyof Q]: (value: Q[T]["ask"]) => Q[T]["answer"];
};

/** The side of the page. */
export class Questioner<Q extends Topics<Q>> {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private asked = 0;

  constructor(private readonly port: MessagePort) {
    port.onmessage = ({ data }: MessageEvent<Answer>) => {
      this.waiting.get(data.id)?.(data);
      this.waiting.delete(data.id);
    };
  }

  /** Asks the worker, which answers between two steps of training. */
  ask<T extends keyof Q>(topic: T, value: Q[T]["ask"]): Promise<Q[T]["answer"]> {
    const id = this.asked++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, (answer) => {
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.value as Q[T]["answer"]);
      });
      this.port.postMessage({ id, topic, value } satisfies Question);
    });
  }
}

/** The side of the worker, which answers once `ready` has resolved. */
export function answerQuestions<Q extends Topics<Q>>(
  port: MessagePort,
  answers: Answers<Q>,
  ready: () => Promise<unknown>,
): void {
  port.onmessage = async ({ data: { id, topic, value } }: MessageEvent<Question>) => {
    try {
      await ready();
      port.postMessage({ id, value: answers[topic as keyof Q](value as never) } satisfies Answer);
    } catch (error) {
      port.postMessage({ id, error: String(error instanceof Error ? error.message : error) } satisfies Answer);
    }
  };
}
