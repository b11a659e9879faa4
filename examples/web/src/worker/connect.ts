/** A worker that trains and answers questions, as the page starts it. */
import { remoteTraining, type RemoteTraining } from "matprop/worker";
import { Questioner, type Topics } from "./questions.ts";

/** Sent once: the port of the training and that of the questions. */
export interface Connect {
  readonly training: MessagePort;
  readonly questions: MessagePort;
}

/** Both ports of a worker; `onValue` is called with what it sends while training, `onError` if it does not load. */
export function connect<S, V, Q extends Topics<Q>>(
  worker: Worker,
  onValue: (value: V) => void,
  onError: (message: string) => void,
): { readonly training: RemoteTraining<S, V>; readonly questions: Questioner<Q> } {
  const [training, questions] = [new MessageChannel(), new MessageChannel()];
  worker.onerror = ({ message }) => onError(message || "the worker did not load");
  worker.postMessage({ training: training.port2, questions: questions.port2 } satisfies Connect, [
    training.port2,
    questions.port2,
  ]);
  return {
    training: remoteTraining(training.port1, { onValue }),
    questions: new Questioner(questions.port1),
  };
}
