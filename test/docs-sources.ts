import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '..');

export function page(name: string): string {
  return readFileSync(join(ROOT, 'docs', name), 'utf8');
}

/** The cells of each table row below this heading (up to the next one of its level), without the head of each table. */
export function rowsBelow(text: string, heading: string): string[][] {
  const level = /^#+/.exec(heading)?.[0].length ?? 1;
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`There is no heading "${heading}".`);
  const end = lines.findIndex((line, index) => index > start && /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines
    .slice(start, end < 0 ? undefined : end)
    .filter((line, index, section) => line.startsWith('|') && !isHead(line, section[index + 1]))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const RULE = /^\|[\s:|-]+$/;

function isHead(line: string, next: string | undefined): boolean {
  return RULE.test(line) || RULE.test(next ?? '');
}

/** What stands between the first pair of backticks. */
export function code(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}

export interface Message {
  readonly file: string;
  readonly text: string;
}

const LOG_METHODS = new Set(['info', 'warn', 'error']);

/** Texts that a person may see, as the source has them, `…` for each value: of errors, their hints, and lines of the scan log. */
export function messagesInSources(): Message[] {
  const files = globSync('{engine,cli,shared,electron}/**/*.ts', { cwd: ROOT }).filter(
    (file) => !file.endsWith('.test.ts'),
  );
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const found: Message[] = [];
    const visit = (node: ts.Node): void => {
      for (const expression of spoken(node).flatMap(branches)) {
        const text = textOf(expression);
        // What is nothing but values is somebody else's sentence.
        if (/\p{L}{3}/u.test(text)) found.push({ file, text });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function spoken(node: ts.Node): ts.Expression[] {
  if (ts.isNewExpression(node) && node.expression.getText() === 'SmartScannerError')
    return (node.arguments ?? []).slice(1, 2);
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'hint') return [node.initializer];
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression: object, name } = node.expression;
    if (/(^|\.)log$/.test(object.getText()) && LOG_METHODS.has(name.text)) return node.arguments.slice(0, 1);
  }
  return [];
}

function branches(node: ts.Expression): ts.Expression[] {
  return ts.isConditionalExpression(node) ? [node.whenTrue, node.whenFalse].flatMap(branches) : [node];
}

function textOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression);
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return textOf(node.left) + textOf(node.right);
  return '…';
}

/** Attributes of an element that nobody reads. */
const SILENT = new Set([
  'className',
  'role',
  'id',
  'key',
  'style',
  'type',
  'd',
  'viewBox',
  'slot',
  'name',
  'src',
  'href',
]);

/** What the desktop app shows or reads out, white space as one blank, `…` for each value. */
export function wordsOfTheApp(): Message[] {
  const files = globSync('{renderer,electron}/**/*.{ts,tsx}', { cwd: ROOT }).filter(
    (file) => !/\.test\.tsx?$/u.test(file),
  );
  return files.flatMap((file) => {
    const kind = file.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
    const text = readFileSync(join(ROOT, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind);
    const found: Message[] = [];
    const add = (words: string): void => {
      const shown = words.replace(/\s+/gu, ' ').trim();
      if (/\p{L}{2,}/u.test(shown)) found.push({ file, text: shown });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
      if (ts.isJsxAttribute(node) && SILENT.has(node.name.getText())) return;
      if (ts.isJsxText(node)) add(node.text);
      else if ((ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) && isSentence(textOf(node)))
        add(textOf(node));
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

/** Words beside one another; names of classes, channels and keys have none, or begin small. */
function isSentence(text: string): boolean {
  return /^[\p{Lu}…“(].*\p{L}{2,} |^\p{Lu}.*\p{L} \p{L}/su.test(text);
}

/** A page as one line, its marks taken for the characters that they stand for. */
export function appWords(markdown: string): string {
  return markdown.replace(/\\([|_*])/gu, '$1').replace(/\s+/gu, ' ');
}
