import * as v from 'valibot';

export const SMALLEST = { width: 900, height: 600 } as const;
const USUAL = { width: 1280, height: 800 } as const;

const whole = v.pipe(v.number(), v.integer());
export const WindowStateSchema = v.object({
  x: v.nullable(whole),
  y: v.nullable(whole),
  width: whole,
  height: whole,
  maximized: v.boolean(),
});
export type WindowState = v.InferOutput<typeof WindowStateSchema>;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the window opens: where it was, if enough of that is on a screen of now; never larger than its screen. */
export function placeWindow(saved: WindowState | null, screens: readonly Area[]): WindowState {
  const wanted = saved ?? { x: null, y: null, ...USUAL, maximized: false };
  const { x, y } = wanted;
  const home = x === null || y === null ? undefined : screens.find((screen) => overlaps(screen, { ...wanted, x, y }));
  const screen = home ?? screens[0] ?? { x: 0, y: 0, ...USUAL };
  return {
    x: home === undefined ? null : x,
    y: home === undefined ? null : y,
    width: Math.max(SMALLEST.width, Math.min(wanted.width, screen.width)),
    height: Math.max(SMALLEST.height, Math.min(wanted.height, screen.height)),
    maximized: wanted.maximized,
  };
}

/** At least so much of the title bar that it can be taken hold of. */
function overlaps(screen: Area, window: Area): boolean {
  const across = Math.min(screen.x + screen.width, window.x + window.width) - Math.max(screen.x, window.x);
  return across >= 100 && window.y >= screen.y && window.y < screen.y + screen.height - 40;
}
