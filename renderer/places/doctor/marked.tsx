import type { ReactNode } from 'react';
import { inAppWords } from '../../words/app-words.ts';

/** A sentence of the doctor: what stands between backquotes is a path or a command. Text everywhere, never HTML. */
export function Marked({ text }: { readonly text: string }): ReactNode {
  return inAppWords(text)
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part : <code key={index}>{part}</code>));
}

export function MarkedList({ sentences }: { readonly sentences: readonly string[] }): ReactNode {
  return (
    <ul>
      {sentences.map((sentence) => (
        <li key={sentence}>
          <Marked text={sentence} />
        </li>
      ))}
    </ul>
  );
}
