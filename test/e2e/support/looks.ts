import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import type { DesktopApp } from './desktop.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = [
  [1280, 800],
  [900, 600],
] as const;
const THEMES = ['light', 'dark'] as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds on the page as it is. */
async function violations(desktop: DesktopApp): Promise<string[]> {
  await desktop.page.evaluate(AXE);
  const { violations: found } = await desktop.page.evaluate(
    () =>
      (globalThis as unknown as { axe: { run(context: unknown): Promise<{ violations: Violation[] }> } }).axe.run({
        // What the component library says once to a screen reader, of a button that may be gone by now.
        exclude: [['[data-live-announcer]']],
      }) as Promise<{
        violations: Violation[];
      }>,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
}

/** A picture in each theme and size, looked at by axe in each theme. Nothing may be wider than the window. */
export async function look(desktop: DesktopApp, name: string): Promise<void> {
  for (const theme of THEMES) {
    await desktop.request('settings.change', { theme });
    await desktop.page.waitForFunction(
      (dark) =>
        (globalThis as unknown as { matchMedia(query: string): { matches: boolean } }).matchMedia(
          '(prefers-color-scheme: dark)',
        ).matches === dark,
      theme === 'dark',
    );
    for (const [width, height] of SIZES) {
      await desktop.resize(width, height);
      await desktop.screenshot(`${name}-${theme}-${width}x${height}`);
      // What lies before the place, too.
      const tooWide = await desktop.page
        .locator('main, .dialog, .sheet, .drawer')
        .evaluateAll((parts: { className: string; scrollWidth: number; clientWidth: number }[]) =>
          parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.className),
        );
      expect(tooWide, `${name} at ${width}`).toEqual([]);
      const second = await desktop.page
        .locator('html')
        .evaluate((page: { scrollHeight: number; clientHeight: number }) => page.scrollHeight - page.clientHeight);
      expect(second, `${name} at ${height}: the page scrolls beside its place`).toBeLessThanOrEqual(0);
    }
    expect(await violations(desktop), `${name} ${theme}`).toEqual([]);
  }
}
