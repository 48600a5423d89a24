import type { Page } from 'playwright-core';

const MEASURED_MS = 3_000;

/** Scrolls a list up by some screens a frame, as a person does with a wheel, and counts the frames that are really drawn. */
export async function scrollThrough(page: Page, selector: string): Promise<{ perSecond: number; slowestMs: number }> {
  return await page.evaluate(
    async ([list, ms]) => {
      interface Box {
        scrollTop: number;
        readonly scrollHeight: number;
        readonly clientHeight: number;
      }
      const all = globalThis as unknown as {
        document: { querySelector(selector: string): Box | null };
        requestAnimationFrame(call: (at: number) => void): void;
      };
      const box = all.document.querySelector(list);
      if (box === null) throw new Error(`There is no ${list}.`);
      const frame = (): Promise<number> => new Promise((resolve) => all.requestAnimationFrame(resolve));
      const began = await frame();
      let before = began;
      let frames = 0;
      let slowestMs = 0;
      let step = -box.clientHeight / 3;
      while (before - began < ms) {
        if (box.scrollTop <= 0) step = Math.abs(step);
        else if (box.scrollTop + box.clientHeight >= box.scrollHeight) step = -Math.abs(step);
        box.scrollTop += step;
        const now = await frame();
        slowestMs = Math.max(slowestMs, now - before);
        before = now;
        frames += 1;
      }
      return { perSecond: (frames * 1000) / (before - began), slowestMs };
    },
    [selector, MEASURED_MS] as const,
  );
}
