import { ESLint, Linter } from 'eslint';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const eslint = new ESLint({ cwd: join(import.meta.dirname, '..') });

/** What the import rule of this file says of an import. */
async function said(file: string, from: string): Promise<readonly string[]> {
  const config = (await eslint.calculateConfigForFile(file)) as Linter.Config;
  const rule = config.rules?.['no-restricted-imports'];
  const messages = new Linter().verify(`import { x } from '${from}'; x();`, {
    rules: rule === undefined ? {} : { 'no-restricted-imports': rule },
  });
  return messages.map(({ message }) => message);
}

describe('the import rule', () => {
  it.each(['shared/units.ts', 'worker/probe.ts', 'engine/app/app.ts', 'cli/main.ts'])(
    '%s needs neither Electron nor React: it runs in containers and without a window',
    async (file) => {
      for (const from of ['electron', 'electron/main', 'react', 'react/jsx-runtime', 'react-dom']) {
        expect((await said(file, from)).join(), from).toContain('without Electron and React');
      }
    },
  );

  it('leaves the log its electron-log, which needs no Electron', async () => {
    expect(await said('engine/log/scan-log-file.ts', 'electron-log/node.js')).toEqual([]);
  });

  it('keeps the sides apart', async () => {
    expect((await said('engine/app/app.ts', '../../cli/main.ts')).join()).toContain('engine/ may import from');
    expect(await said('cli/main.ts', '../engine/app/app.ts')).toEqual([]);
  });
});
