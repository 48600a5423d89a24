import { useEffect, useRef, type ReactNode } from 'react';
import UPlot from 'uplot';
import type { Plain } from '../../../shared/plain.ts';
import type { ScanSnapshot } from '../../../shared/snapshot.ts';
import { formatCount, formatRate } from '../../../shared/units.ts';
import { useScheme, useWidth } from '../../parts/canvas.ts';
import { useServices } from '../../store/services.ts';

const HEIGHT = 96;
const FEWEST = 4;
const SECONDS_APART = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/** Files a second since this window was opened. The number beside the sentence says the same in words. */
export function RateChart({
  runId,
  snapshot,
}: {
  readonly runId: string;
  readonly snapshot: Plain<ScanSnapshot>;
}): ReactNode {
  const { rates } = useServices();
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const width = useWidth(box);
  const isDark = useScheme();
  const { seconds } = rates.of(runId);
  const last = seconds.at(-1);
  const isShown = seconds.length >= FEWEST;
  useEffect(() => {
    if (box.current === null || width === 0 || !isShown) return;
    const made = new UPlot(optionsFor(box.current, width), [[], []], box.current);
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [width, isDark, isShown]);
  useEffect(() => {
    const known = rates.of(runId);
    chart.current?.setData([known.seconds, known.rates]);
    // Two points a second come, and four snapshots.
  }, [rates, runId, last, width, isDark, isShown]);
  return (
    <figure
      className={isShown ? 'rate-chart' : 'rate-chart waiting'}
      ref={box}
      role="img"
      aria-label={`Files a second, now ${formatRate(snapshot.filesPerSecond, 'files')}`}
    />
  );
}

function optionsFor(box: HTMLElement, width: number): UPlot.Options {
  const style = getComputedStyle(box);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  };
  return {
    width,
    height: HEIGHT,
    // The last time stands half to the right of its line.
    padding: [8, 32, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _low, high) => [0, Math.max(10, high * 1.1)] } },
    axes: [
      // Whole seconds apart, so that no label is there twice.
      { ...axis, grid: { show: false }, size: 22, space: 90, incrs: [...SECONDS_APART], values: '{HH}:{mm}:{ss}' },
      { ...axis, size: 60, space: 34, values: (_plot, ticks) => ticks.map((tick) => formatCount(tick)) },
    ],
    series: [{}, { stroke: color('--accent'), fill: color('--accent-soft'), width: 1.5, points: { show: false } }],
  };
}
