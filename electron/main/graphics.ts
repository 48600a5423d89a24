/** What the drivers of graphics cards make on Linux: the kernel's own, NVIDIA's, and that of Linux inside Windows. */
const CARDS = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/**
 * Whether there is nothing to draw with but the processor, as in most virtual machines. Chromium would find that out by a process that fails
 * while the first page waits for it: a quarter of a second of each start.
 */
export function lacksGraphicsCard(platform: string, exists: (path: string) => boolean): boolean {
  return platform === 'linux' && !CARDS.some(exists);
}
