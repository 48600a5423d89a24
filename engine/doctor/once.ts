/** Asks once, whoever asks how often, and gives everybody the same answer or error. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    if (answer === null) {
      answer = ask();
      // Each who asked hears of it; that nobody is left who did is no crash.
      answer.catch(() => undefined);
    }
    return answer;
  };
}
