import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import * as prettier from 'prettier';
import { describe, expect, it } from 'vitest';
import { CatalogService } from '../engine/catalog/service.ts';
import { CHECKS } from '../engine/doctor/checks.ts';
import { KINDS, type FindingId } from '../engine/doctor/kinds.ts';
import { troubleshootingPage } from '../engine/doctor/troubleshooting-page.ts';
import { ERROR_CODES } from '../shared/errors.ts';
import { SHARD_DDL, SHARD_VERSION } from '../shared/shard-schema.ts';
import { SPOOL_FILES, WORKER_EXIT, WorkerLineSchema } from '../shared/worker-protocol.ts';
import { appWords, code, messagesInSources, page, ROOT, rowsBelow, wordsOfTheApp } from './docs-sources.ts';

describe('errors.md', () => {
  it('has every error code with the exit status it leads to, so that a person who looks one up finds it', () => {
    const documented = rowsBelow(page('errors.md'), '## Codes').map(
      (row) => [code(row[0]), Number(row[1])] satisfies [string, number],
    );
    expect(Object.fromEntries(documented)).toEqual(ERROR_CODES);
    expect(documented).toHaveLength(Object.keys(ERROR_CODES).length);
  });

  it.each([
    ['errors.md', '## Exit codes of a worker'],
    ['worker-protocol.md', '## Exit codes'],
  ])('%s has the exit codes of a worker', (name, heading) => {
    const documented = rowsBelow(page(name), heading).map((row) => [code(row[0]), Number(row[1])]);
    expect(Object.fromEntries(documented)).toEqual(WORKER_EXIT);
  });
});

describe('worker-protocol.md', () => {
  it('has every line type, and every spool file', () => {
    const lines = rowsBelow(page('worker-protocol.md'), '## Lines on stdout').map((row) => code(row[0]));
    expect(lines.sort()).toEqual(WorkerLineSchema.options.map((option) => option.entries.type.literal).sort());
    const files = rowsBelow(page('worker-protocol.md'), '## Files in the spool').map((row) => code(row[0]));
    expect(files.sort()).toEqual(Object.values(SPOOL_FILES).sort());
  });

  it('names every table and column of a shard, and its version', () => {
    const text = page('worker-protocol.md');
    const shard = text.slice(text.indexOf('## The shard'), text.indexOf('### What the catalog trusts'));
    const db = new Sqlite(':memory:');
    db.exec(SHARD_DDL);
    const missing = tablesOf(db).flatMap((table) =>
      [table, ...columnsOf(db, table)].filter((name) => !shard.includes(`\`${name}\``)),
    );
    expect(missing).toEqual([]);
    expect(shard.replaceAll('\n', ' ')).toContain(`\`user_version\` (${SHARD_VERSION})`);
  });
});

describe('catalog.md', () => {
  it('has the tables, columns and views of a catalog that was really made', () => {
    const dir = mkdtempSync(join(tmpdir(), 'docs-catalog-'));
    const service = new CatalogService();
    try {
      const path = join(dir, 'catalog.db');
      service.handlers.open({ path, mustExist: false, allowAnyFilesystem: true });
      service.close();
      const db = new Sqlite(path, { readonly: true });
      const text = page('catalog.md');
      const tables = rowsBelow(text, '## Tables');
      expect(tables.map((row) => code(row[0])).sort()).toEqual(tablesOf(db).sort());
      const views = rowsBelow(text, '## Views').map((row) => code(row[0]));
      expect(views.sort()).toEqual(namesOf(db, 'view').sort());
      const section = text.slice(text.indexOf('## Tables'), text.indexOf('## Invariants'));
      const missing = tablesOf(db).flatMap((table) =>
        columnsOf(db, table).filter((column) => !section.includes(`\`${column}\``) && !isStat(column)),
      );
      expect(missing).toEqual([]);
      const queries = /```sql\n([^`]*)```/.exec(text)?.[1] ?? '';
      expect(queries.split(';').filter((query) => query.trim() !== '').length).toBeGreaterThan(3);
      // Each of them runs.
      for (const query of queries.split(/;\n/)) if (query.trim() !== '') db.prepare(query).all();
      db.close();
    } finally {
      service.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('cli.md', () => {
  const text = page('cli.md');
  const common = optionsOf(rowsBelow(text, '## Options of every command'));
  it.each(['scan', 'retry', 'monitor', 'pause', 'resume', 'stop', 'stats', 'cleanup', 'shares', 'ls', 'debug'])(
    'has exactly the options of %s',
    (command) => {
      const documented = new Set([...common, ...optionsOf(rowsBelow(text, `## ${command}`))]);
      expect([...documented].sort()).toEqual(helpOptions(command).sort());
    },
  );

  it.each(['list', 'add', 'test', 'remove', 'default'])('has exactly the options of hosts %s', (command) => {
    const documented = new Set([...common, ...optionsOf(rowsBelow(text, `### hosts ${command}`))]);
    expect([...documented].sort()).toEqual(helpOptions('hosts', command).sort());
  });

  it.each(['status', 'prepare', 'export', 'load'])('has exactly the options of image %s', (command) => {
    const documented = new Set([...common, ...optionsOf(rowsBelow(text, `### image ${command}`))]);
    expect([...documented].sort()).toEqual(helpOptions('image', command).sort());
  });

  it('has every command', () => {
    const listed = /Commands:\n([\s\S]*)/.exec(help([]))?.[1]?.matchAll(/^ {2}([a-z]+) /gm) ?? [];
    const commands = [...listed].map((match) => match[1]).filter((name) => name !== 'help');
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) expect(text).toContain(`\n## ${command ?? ''}\n`);
  });
});

describe('dependencies.md', () => {
  it.each([
    ['dependencies', '## At run time'],
    ['devDependencies', '## For development'],
  ])('has exactly the %s of package.json, each with its reason', (kind, heading) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, object>;
    const rows = rowsBelow(page('dependencies.md'), heading);
    expect(rows.map((row) => code(row[0])).sort()).toEqual(Object.keys(manifest[kind] ?? {}).sort());
    for (const row of rows) expect(row[1]).toMatch(/\w/);
  });
});

describe('wording.md', () => {
  it('has every sentence of errors, hints and the scan log as the source has it', () => {
    const text = page('wording.md').replaceAll('\\|', '|');
    const messages = messagesInSources();
    expect(messages.length).toBeGreaterThan(80);
    const missing = messages.filter((message) => !text.includes(message.text));
    expect(missing).toEqual([]);
  });

  it('has every word that the desktop app shows or reads out', () => {
    const text = appWords(page('wording.md'));
    const words = wordsOfTheApp();
    expect(words.length).toBeGreaterThan(400);
    expect(words.filter((word) => !text.includes(word.text))).toEqual([]);
  });
});

describe('troubleshooting.md', () => {
  it('is what scripts/troubleshooting.ts makes of the checks, so that no finding leads to an old section', async () => {
    const path = join(ROOT, 'docs', 'troubleshooting.md');
    const options = await prettier.resolveConfig(path);
    expect(page('troubleshooting.md')).toBe(
      await prettier.format(troubleshootingPage(), { ...options, filepath: path }),
    );
  });

  it('has every finding under a check that finds it', () => {
    const finds = new Set(CHECKS.flatMap((check) => check.finds));
    expect(Object.keys(KINDS).filter((id) => !finds.has(id as FindingId))).toEqual([]);
  });
});

describe('links', () => {
  const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].filter((name) =>
    existsSync(join(ROOT, name)),
  );
  it.each(pages)('%s leads nowhere wrong', (name) => {
    const broken = linksOf(name).filter(({ file, anchor }) => {
      if (!existsSync(file)) return true;
      return anchor !== '' && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('lead from the index to every page', () => {
    const linked = linksOf('docs/README.md').map(({ file }) => file);
    for (const name of globSync('docs/*.md', { cwd: ROOT }))
      if (name !== join('docs', 'README.md')) expect(linked).toContain(join(ROOT, name));
  });
});

/** Columns that `lstat` fills, described together. */
function isStat(column: string): boolean {
  return ['size', 'alloc', 'mtime', 'ctime', 'dev', 'ino', 'nlink', 'mode', 'uid', 'gid'].includes(column);
}

function tablesOf(db: Sqlite.Database): string[] {
  return namesOf(db, 'table').filter((name) => !name.startsWith('sqlite_'));
}

function namesOf(db: Sqlite.Database, type: string): string[] {
  return db.prepare<[string], string>('SELECT name FROM sqlite_schema WHERE type = ?').pluck().all(type);
}

function columnsOf(db: Sqlite.Database, table: string): string[] {
  return db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
}

function optionsOf(rows: readonly string[][]): string[] {
  return rows.map((row) => code(row[0])).filter((cell) => cell.startsWith('-'));
}

function help(args: readonly string[]): string {
  // Wide enough that nothing wraps.
  return execFileSync(process.execPath, [join(ROOT, 'dist', 'cli.cjs'), ...args, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '400', NO_COLOR: '1' },
  });
}

function helpOptions(...command: readonly string[]): string[] {
  return [...help(command).matchAll(/^ {2}((?:-\w, )?--[\w-]+(?: [<[][\w]+[>\]])?)/gm)].map((match) => match[1] ?? '');
}

function linksOf(name: string): { file: string; anchor: string }[] {
  const text = readFileSync(join(ROOT, name), 'utf8').replace(/```[\s\S]*?```/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { file: path === '' ? join(ROOT, name) : join(ROOT, dirname(name), path), anchor };
    });
}

/** As GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
